/** The state of a thing as a shape: what is well has none. */
import type { JSX } from "preact";

const SIGNS = {
  act: { label: "Act", shape: <path d="M6 0 12 6 6 12 0 6Z" /> },
  watch: { label: "Watch", shape: <path d="M6 1 12 11H0Z" /> },
  stale: { label: "Stale", shape: <circle cx="6" cy="6" r="4.5" stroke-dasharray="2.4 2.3" /> },
  paused: { label: "Paused", shape: <path d="M4 2V10M8 2V10" /> },
  well: { label: "Arrived", shape: <path d="M2 6.5 5 9.5 10.5 3" /> },
} as const;

export type SignKind = keyof typeof SIGNS;

/** `kind` null: the place of a sign, so that names begin at the same column. */
export function Sign({ kind }: { readonly kind: SignKind | null }): JSX.Element {
  if (kind === null) return <svg class="sign" viewBox="0 0 12 12" aria-hidden="true" />;
  const { label, shape } = SIGNS[kind];
  return (
    <svg class={`sign sign-${kind}`} viewBox="0 0 12 12" role="img" aria-label={label}>
      {shape}
    </svg>
  );
}
