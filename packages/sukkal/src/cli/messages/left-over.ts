/** What a consumer leaves in its queue, which is empty only of messages that can be claimed. */
import type { Queue } from "../../queue.ts";
import type { Session } from "../command.ts";
import { Failure } from "../exit-code.ts";
import { isPausedForClaims } from "../place.ts";
import { counted, duration } from "../terminal/units.ts";
import { PAGE } from "./view.ts";

/** Messages that are read to find the next: further ones may come before it. */
const READ_MAX = 100;

/** Says what is left, and why. Fails if messages wait in a queue that is paused: a script would take it for done. */
export async function assertEmpty({ output, signal }: Pick<Session, "output" | "signal">, queue: Queue): Promise<void> {
  const details = await queue.details({ signal });
  // Messages that are delayed count as free, and are never the oldest.
  const { total = 0, oldest = null } = details?.stats ?? {};
  if (details === null || total === 0) return;
  if (oldest !== null && isPausedForClaims(details))
    throw new Failure(`Messages of ${queue.name} wait: it is paused for claims.`, {
      hint: `sukkal queue resume ${queue.name} ends the pause.`,
    });
  const next = total <= READ_MAX ? await nextOf(queue, signal) : null;
  const when = next === null ? "" : `, the next in ${duration(next)}`;
  output.hint(`${counted(total, "message")} cannot be claimed yet${when}: sukkal peek ${queue.name} --all`);
}

/** Seconds until a delayed message can be claimed, by the clock of the service; null: none is delayed. */
async function nextOf(queue: Queue, signal: AbortSignal): Promise<number | null> {
  let next = Infinity;
  let count = 0;
  for await (const { age, created, delayedUntil } of queue.messages({ limit: PAGE, includeDelayed: true, signal })) {
    if (delayedUntil !== null)
      next = Math.min(next, Math.ceil((delayedUntil.getTime() - created.getTime()) / 1000) - age);
    // Others have come since.
    if (++count === READ_MAX) break;
  }
  return next === Infinity ? null : Math.max(0, next);
}
