/** A command to paste into a terminal. */
import type { JSX } from "preact";
import { CopyButton } from "./button.tsx";

export function CopyLine({ text }: { readonly text: string }): JSX.Element {
  return (
    <div class="paste">
      <pre tabIndex={0} aria-label="Line to paste" role="group">
        {text.split(/(\s+)/).map((word, index) => (
          // Names contain hyphens, at which a line would break.
          <span key={index}>{word}</span>
        ))}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}
