/** The mark: three wedges, a queue, of which one goes ahead. */
import type { JSX } from "preact";

export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M2 2.6 7 5.1 20 5.9 20 6.1 7 6.9 2 9.4Z" />
      <path class="sent" d="M6 8.6 11 11.1 24 11.9 24 12.1 11 12.9 6 15.4Z" />
      <path d="M2 14.6 7 17.1 20 17.9 20 18.1 7 18.9 2 21.4Z" />
    </svg>
  );
}
