/**
 * The name of a queue, topic or host, which keeps its end when it has to be cut. What is seen are two pieces that the style sheet
 * writes; what is read aloud, found and copied is the whole.
 */
import type { JSX } from "preact";
import { nameParts } from "../text/names.ts";

export function Name({ name }: { readonly name: string }): JSX.Element {
  const { head, tail } = nameParts(name);
  return (
    <span class="name" title={name}>
      <span class="unseen">{name}</span>
      <span class="name-part" aria-hidden="true" data-text={head} />
      {tail !== "" && <span class="name-part" aria-hidden="true" data-text={tail} />}
    </span>
  );
}
