/** The limits of a service as text. Their names are those of its settings, which operators know. */
import { byteLimit } from "./bytes.ts";
import { setDuration } from "./durations.ts";
import { exact } from "./numbers.ts";

type Write = (value: number) => string;

const perSecond: Write = (value) => `${exact(value)} /s`;

/** The first that matches decides. Names that no rule knows are counts. */
const UNITS: readonly (readonly [RegExp, Write])[] = [
  [/^websocket_(reply|push)_rate$/, (value) => `${byteLimit(value)} /s`],
  [/_per_second$/, perSecond],
  [/(_size|_frame|_unheard|_in_flight|_metadata|^bytes_per_queue)$/, byteLimit],
  [/(_ttl|_ttl_max|_grace|_delay|_wait|_window|_idle_max)$/, setDuration],
];

/** `256 KiB`, `14 d`, `1,000`, `no limit`. -1 and null: no limit. */
export function limit(name: string, value: number | null): string {
  if (value === null || value === -1) return "no limit";
  const [, write] = UNITS.find(([pattern]) => pattern.test(name)) ?? [];
  return (write ?? exact)(value);
}
