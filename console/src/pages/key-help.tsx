/** All keys. */
import type { JSX } from "preact";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["j", "k"], "the next and the previous row"],
  [["Enter"], "opens the row"],
  [["Esc"], "closes what is open"],
  [["x"], "selects the row"],
  [["/"], "the filter"],
  [["g"], "goes to a queue or page"],
  [["[", "]"], "the previous and the next tab"],
  [["r"], "asks again, for figures of now"],
  [["p"], "posts a message"],
  [["t"], "sends a test"],
  [["?"], "shows this"],
];

export function KeyHelp({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" onClose={onClose} foot={<Button onPress={onClose}>Close</Button>}>
      <dl class="key-list">
        {KEYS.map(([keys, what]) => (
          <>
            <dt>
              {keys.map((key) => (
                <>
                  <kbd>{key}</kbd>{" "}
                </>
              ))}
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <p class="label">They do nothing while you type. No key purges, deletes, cancels or makes a secret.</p>
    </Dialog>
  );
}
