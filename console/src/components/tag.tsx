/** A short word or number beside a name. */
import type { ComponentChildren, JSX } from "preact";

export type TagTone = "act" | "watch" | "held" | "free";

interface TagProps {
  readonly tone?: TagTone | undefined;
  /** Where it is only for wide windows. */
  readonly at?: "desk" | "wide";
  readonly children: ComponentChildren;
}

export function Tag({ tone, at, children }: TagProps): JSX.Element {
  return (
    <span class={`tag${tone === undefined ? "" : ` tag-${tone}`}${at === undefined ? "" : ` at-${at}`}`}>
      {children}
    </span>
  );
}
