/** The glyphs of the console. Words are beside them, except on phones. */
import type { JSX } from "preact";

const PATHS = {
  search: "M10.5 10.5 14 14M11.5 7A4.5 4.5 0 1 1 2.5 7 4.5 4.5 0 0 1 11.5 7Z",
  down: "M4 6.5 8 10.5 12 6.5",
  up: "M4 9.5 8 5.5 12 9.5",
  right: "M6 3.5 10.5 8 6 12.5",
  plus: "M8 3V13M3 8H13",
  pause: "M5.5 3.5V12.5M10.5 3.5V12.5",
  copy: "M5.5 5.5H13.5V13.5H5.5ZM10.5 3V2.5H2.5V10.5H3",
  close: "M4 4 12 12M12 4 4 12",
  check: "M3 8.5 6.5 12 13 4.5",
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
