/** Purge and deletion: at the end of the settings, behind a dialog that wants the name. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../../components/button.tsx";
import { DangerDialog } from "../../../components/dialog.tsx";
import { Panel } from "../../../components/panel.tsx";
import { overview } from "../../../state/overview.ts";
import { askAgain } from "../../../state/poll.ts";
import { goTo } from "../../../state/route.ts";
import { refusalOf } from "../../../state/service.ts";
import { toast } from "../../../state/toasts.ts";
import { amount } from "../../../text/amounts.ts";
import { exact } from "../../../text/numbers.ts";
import { hrefOf } from "../../../text/routes.ts";
import { clientOfPlace, type PlaceData } from "../place-data.ts";

interface PlaceProps {
  readonly place: PlaceData;
}

export function Danger({ place }: PlaceProps): JSX.Element {
  const { kind, name } = place;
  const [purge, remove] = ["purge", "delete"].map((verb) => refusalOf(`${kind}s:${verb}`, name));
  const [over, setOver] = useState<"purge" | "delete" | null>(null);
  const close = (): void => setOver(null);
  return (
    <>
      <Panel title="Purge or delete" tools={<span class="label">Nothing brings back what they remove.</span>}>
        <ul class="dangers">
          <li>
            <div>
              <p>Purge</p>
              <p class="label">
                {purge ?? `Removes all messages that nobody has claimed. The ${kind} and its settings stay.`}
              </p>
            </div>
            <Button kind="toward-danger" refusal={purge ?? null} onPress={() => setOver("purge")}>
              Purge…
            </Button>
          </li>
          <li>
            <div>
              <p>Delete the {kind}</p>
              <p class="label">{remove ?? "Removes its messages, claims and settings. Subscriptions outlive it."}</p>
            </div>
            <Button kind="toward-danger" refusal={remove ?? null} onPress={() => setOver("delete")}>
              Delete {kind}…
            </Button>
          </li>
        </ul>
      </Panel>
      {over === "purge" && <Purge place={place} onClose={close} />}
      {over === "delete" && <Delete place={place} onClose={close} />}
    </>
  );
}

interface DialogProps extends PlaceProps {
  readonly onClose: () => void;
}

function Purge({ place, onClose }: DialogProps): JSX.Element {
  const { kind, name, figures } = place;
  const free = figures?.messages.free ?? null;
  const run = async (): Promise<void> => {
    await clientOfPlace(place).purge(["messages"]);
    toast(`${name} is purged.`);
    askAgain();
  };
  return (
    <DangerDialog
      title={`Purge ${name}?`}
      name={name}
      noun={kind}
      verb="Purge messages"
      busyVerb="Purging"
      failed="Nothing was purged"
      run={run}
      onClose={onClose}
    >
      <p>
        {kind === "queue"
          ? `${amount(free, exact)} messages are free and go; claimed ones stay with their consumers.`
          : "All its messages go."}{" "}
        They do not become dead letters, and there is no way back.
      </p>
      {kind === "queue" && (
        <p class="second">
          Rather keep them?{" "}
          <a href={hrefOf({ page: "place", kind, name, tab: "overview" })} onClick={onClose}>
            Pause claims
          </a>{" "}
          stops consumers and loses nothing until the first message expires.
        </p>
      )}
    </DangerDialog>
  );
}

function Delete({ place, onClose }: DialogProps): JSX.Element {
  const { kind, name, figures } = place;
  const run = async (): Promise<void> => {
    await clientOfPlace(place).delete();
    toast(`${name} is deleted.`);
    goTo({ page: "overview" });
    overview.askNow();
  };
  return (
    <DangerDialog
      title={`Delete ${name}?`}
      name={name}
      noun={kind}
      verb={`Delete ${kind}`}
      busyVerb="Deleting"
      failed="Nothing was deleted"
      run={run}
      onClose={onClose}
    >
      <p>
        {amount(figures?.messages.total ?? null, exact)} messages go with it, claimed ones too, and do not become dead
        letters. The next post would create it anew, with the settings of the service.
      </p>
    </DangerDialog>
  );
}
