/** Deletes messages for good. Those that a consumer works on stay, unless the reader says otherwise. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../../components/button.tsx";
import { Dialog } from "../../../components/dialog.tsx";
import { Failure } from "../../../components/notice.tsx";
import { useAction } from "../../../components/use-action.ts";
import { now } from "../../../state/clock.ts";
import { overview } from "../../../state/overview.ts";
import { toast } from "../../../state/toasts.ts";
import { counted } from "../../../text/words.ts";
import { clientOfPlace, type PlaceData } from "../place-data.ts";
import { stateOf } from "./message-state.ts";
import type { PeekedRow } from "./peek.ts";

interface DeleteMessagesProps {
  readonly place: PlaceData;
  readonly rows: readonly PeekedRow[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function DeleteMessages({ place, rows, onClose, onDone }: DeleteMessagesProps): JSX.Element {
  const [hasClaimed, setHasClaimed] = useState(false);
  const { isBusy, error, run } = useAction();
  const claimed = rows.filter(({ message }) => stateOf(message, now.value) === "claimed");
  const chosen = hasClaimed ? rows : rows.filter((row) => !claimed.includes(row));
  const remove = async (): Promise<void> => {
    await clientOfPlace(place).deleteMessages(chosen.map(({ message }) => message.id));
    toast(`Deleted ${counted(chosen.length, "message")} of ${place.name}.`);
    overview.askNow();
    onDone();
    onClose();
  };
  const submit = (): void => {
    if (chosen.length > 0) run(remove);
  };
  const foot = (
    <>
      <Button onPress={onClose}>Keep everything</Button>
      <Button kind="danger" type="submit" isDisabled={chosen.length === 0} busy={isBusy ? "Deleting" : null}>
        Delete {counted(chosen.length, "message")}
      </Button>
    </>
  );
  return (
    <Dialog title={`Delete messages of ${place.name}?`} onClose={onClose} onSubmit={submit} foot={foot}>
      <p class="second">Nothing brings them back.</p>
      {claimed.length > 0 && (
        <>
          <p>
            <strong>{counted(claimed.length, "message is claimed", "messages are claimed")}.</strong> A consumer may be
            working on what you delete: it finishes the work, and nobody repeats it if it fails.
          </p>
          <label class="row">
            <input
              type="checkbox"
              checked={hasClaimed}
              onChange={(event) => setHasClaimed(event.currentTarget.checked)}
            />
            Delete what is claimed, too
          </label>
        </>
      )}
      {error !== null && <Failure what="Not all messages were deleted" error={error} />}
    </Dialog>
  );
}
