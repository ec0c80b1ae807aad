/** The dialog that creates a queue. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Field } from "../../components/field.tsx";
import { Failure } from "../../components/notice.tsx";
import { useAction } from "../../components/use-action.ts";
import { overview } from "../../state/overview.ts";
import { goTo } from "../../state/route.ts";
import { refusalOf, service } from "../../state/service.ts";
import { signedIn } from "../../state/session.ts";
import { toast } from "../../state/toasts.ts";

export function CreateQueue({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const prefix = service.value?.caller.queue_prefix ?? "";
  const [name, setName] = useState(prefix);
  const { isBusy, error, run } = useAction();
  const create = async (): Promise<void> => {
    await signedIn().queue(name).create();
    toast(`${name} exists.`);
    overview.askNow();
    onClose();
    goTo({ page: "place", kind: "queue", name, tab: "overview" });
  };
  const refusal = name.length < prefix.length ? null : refusalOf("queues:create", name);
  const isReady = name !== "" && name.startsWith(prefix);
  const submit = (): void => {
    if (isReady) run(create);
  };
  const foot = (
    <>
      <Button onPress={onClose}>Close</Button>
      <Button kind="main" type="submit" busy={isBusy ? "Creating" : null} isDisabled={!isReady}>
        Create queue
      </Button>
    </>
  );
  return (
    <Dialog title="Create a queue" onClose={onClose} onSubmit={submit} foot={foot}>
      <Field
        label="Name"
        value={name}
        onInput={setName}
        hasFocus
        isCode
        error={refusal ?? undefined}
        hint={
          prefix === ""
            ? "Letters, digits, _, - and full stops. A post creates its queue too."
            : `It has to begin with ${prefix}, because your key may use no others.`
        }
      />
      {error !== null && <Failure what="The queue was not created" error={error} />}
    </Dialog>
  );
}
