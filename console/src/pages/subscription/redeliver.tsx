/** Sends again what was given up. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Option } from "../../components/field.tsx";
import { Failure } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { useAction } from "../../components/use-action.ts";
import { askAgain } from "../../state/poll.ts";
import { refusalOf } from "../../state/service.ts";
import { toast } from "../../state/toasts.ts";
import { exact } from "../../text/numbers.ts";
import { counted } from "../../text/words.ts";
import { clientOfPlace } from "../place/place-data.ts";
import type { SubscriptionId } from "./subscription-data.ts";

interface RedeliverProps {
  readonly target: SubscriptionId;
  /** Notifications that can be sent again. */
  readonly kept: number;
  readonly selected: ReadonlySet<string>;
  readonly onDone: () => void;
}

export function Redeliver({ target, kept, selected, onDone }: RedeliverProps): JSX.Element {
  const [which, setWhich] = useState<"all" | "selected">("all");
  const { isBusy, error, run } = useAction();
  const chosen = selected.size > 0 ? which : "all";
  const refusal = refusalOf("subscription:redeliver", target.name);
  const amount = chosen === "all" ? kept : selected.size;
  const redeliver = async (): Promise<void> => {
    const options = chosen === "all" ? {} : { ids: [...selected] };
    const sent = await clientOfPlace(target).subscriptions.redeliver(target.id, options);
    toast(`${counted(sent, "notification")} ${sent === 1 ? "is" : "are"} sent again.`);
    onDone();
    askAgain();
  };
  return (
    <Panel title="Redeliver">
      <form
        class="panel-body"
        onSubmit={(event) => {
          event.preventDefault();
          if (amount > 0 && refusal === null) run(redeliver);
        }}
      >
        <fieldset class="form-grid">
          <legend class="unseen">What to send again</legend>
          <Option
            group="redeliver"
            text={`Everything given up, ${exact(kept)}`}
            isChosen={chosen === "all"}
            onChoose={() => setWhich("all")}
          />
          {selected.size > 0 && (
            <Option
              group="redeliver"
              text={`Those selected, ${exact(selected.size)}`}
              isChosen={chosen === "selected"}
              onChoose={() => setWhich("selected")}
            />
          )}
          <Button type="submit" busy={isBusy ? "Sending" : null} isDisabled={amount === 0} refusal={refusal}>
            Redeliver {exact(amount)}
          </Button>
        </fieldset>
        <p class="label">
          {refusal ?? "Each starts its attempts anew, under the same webhook-id. Those that fail are kept again."}
        </p>
        {error !== null && <Failure what="Nothing was sent again" error={error} />}
      </form>
    </Panel>
  );
}
