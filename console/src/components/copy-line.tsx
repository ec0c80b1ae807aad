/** A command to paste into a terminal. */
import type { JSX } from "preact";
import { CopyButton } from "./button.tsx";

export function CopyLine({ text }: { readonly text: string }): JSX.Element {
  return (
    <div class="paste">
      <pre tabIndex={0} aria-label="Line to paste" role="group">
        {text.split("\n").map((line, index) => (
          <span key={index} class="paste-line">
            {line.split(/(\s+)/).map(wordOf)}
          </span>
        ))}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}

/** Names contain hyphens, at which a line would break. */
function wordOf(word: string, index: number): JSX.Element | string {
  return word.trim() === "" ? word : <span key={index}>{word}</span>;
}
