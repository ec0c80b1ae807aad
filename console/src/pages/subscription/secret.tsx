/** The secret by which the receiver knows notifications of this service. It is shown once. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { CopyLine } from "../../components/copy-line.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Failure } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { useAction } from "../../components/use-action.ts";
import { refusalOf } from "../../state/service.ts";
import { clientOfPlace } from "../place/place-data.ts";
import type { SubscriptionId } from "./subscription-data.ts";

export function SecretPanel({ target }: { readonly target: SubscriptionId }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const refusal = refusalOf("subscription:renew_secret", target.name);
  return (
    <Panel title="Signing secret">
      <div class="panel-body stack">
        <p class="second">With one, notifications are signed, and the receiver can tell them apart.</p>
        <Button refusal={refusal} onPress={() => setOpen(true)}>
          Make a new one…
        </Button>
        <p class="label">{refusal ?? "For a day notifications carry the former signature too."}</p>
      </div>
      {isOpen && <SecretDialog target={target} onClose={() => setOpen(false)} />}
    </Panel>
  );
}

interface SecretDialogProps {
  readonly target: SubscriptionId;
  readonly onClose: () => void;
}

function SecretDialog({ target, onClose }: SecretDialogProps): JSX.Element {
  const [secret, setSecret] = useState<string | null>(null);
  const { isBusy, error, run } = useAction();
  const make = async (): Promise<void> => setSecret(await clientOfPlace(target).subscriptions.renewSecret(target.id));
  if (secret !== null) {
    const foot = (
      <Button kind="main" onPress={onClose}>
        I have kept it
      </Button>
    );
    return (
      <Dialog title="Keep this secret now" onClose={onClose} foot={foot} isFormless>
        <p>It is shown this one time. Give it to the receiver, which checks signatures with it.</p>
        <CopyLine text={secret} />
      </Dialog>
    );
  }
  const foot = (
    <>
      <Button onPress={onClose}>Close</Button>
      <Button kind="main" type="submit" busy={isBusy ? "Making" : null}>
        Make a new secret
      </Button>
    </>
  );
  return (
    <Dialog title="Make a new secret" onClose={onClose} onSubmit={() => run(make)} foot={foot}>
      <p>
        Notifications are signed with it at once. If there was one before, they carry both signatures for a day: that is
        the time to change the receiver.
      </p>
      {error !== null && <Failure what="No secret was made" error={error} />}
    </Dialog>
  );
}
