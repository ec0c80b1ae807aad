/** Instants. The clock is read here, so that only they are rendered again every second. */
import type { JSX } from "preact";
import { now } from "../state/clock.ts";
import { distance, instant, machineTime, since } from "../text/instants.ts";

/** `03:14:20, in 2 min 12 s`. */
export function Instant({ at }: { readonly at: number }): JSX.Element {
  return (
    <time dateTime={machineTime(at)}>
      {instant(at, now.value)}, {distance(at, now.value)}
    </time>
  );
}

/** `42 min ago`, with the instant in its title. */
export function Distance({ at }: { readonly at: number }): JSX.Element {
  return (
    <time dateTime={machineTime(at)} title={instant(at, now.value)}>
      {distance(at, now.value)}
    </time>
  );
}

/** `since 02:29, 42 min`. */
export function Since({ at }: { readonly at: number }): JSX.Element {
  return <time dateTime={machineTime(at)}>{since(at, now.value)}</time>;
}
