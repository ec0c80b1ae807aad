/** A redrive as numbers and words: how fast it is, and whether it is held up, follows from what the service tells. */
import type { Redrive } from "sukkal/client";
import { count } from "../text/numbers.ts";
import { counted } from "../text/words.ts";

/** The service tries again after 10 s, so a redrive that goes on has moved something in that time. Milliseconds. */
const STILL_MAX = 15_000;

export interface RedriveProgress {
  /** Messages that it has moved or has still to look at. */
  readonly total: number;
  /** Messages a second since it began; null: it has moved none. */
  readonly pace: number | null;
  /** Milliseconds since it began, or those that it took. */
  readonly took: number;
  /** Milliseconds; null: not known, or it is over. */
  readonly left: number | null;
}

/** `now`: by the service. Milliseconds since 1970. */
export function progressOf(redrive: Redrive, now: number): RedriveProgress {
  const { moved, remaining, started_at: startedAt, finished_at: finishedAt } = redrive;
  // The service tells whole seconds, and a pace of the first moment would be any number.
  const took = Math.max(1000, (finishedAt === null ? now : Date.parse(finishedAt)) - Date.parse(startedAt));
  // It may begin with the messages of one second at once.
  const pace = moved === 0 ? null : Math.min((moved / took) * 1000, redrive.messages_per_second ?? Infinity);
  const isRunning = redrive.status === "running";
  return {
    total: moved + remaining,
    pace,
    took,
    left: isRunning && pace !== null ? (remaining / pace) * 1000 : null,
  };
}

/** `stillSince`: when it last moved or passed over a message. */
export function isHeldUp({ status }: Redrive, stillSince: number, now: number): boolean {
  return status === "running" && now - stillSince >= STILL_MAX;
}

/** `812 of 2,360 are back at their sources`. */
export function redriveTitle(redrive: Redrive): string {
  const { status, moved, remaining, target } = redrive;
  const where = target === null ? "back at their sources" : `in ${target}`;
  if (status === "running") return `${count(moved)} of ${count(moved + remaining)} are ${where}`;
  const what = `${counted(moved, "message")} ${moved === 1 ? "is" : "are"} ${where}`;
  return status === "done" ? `done, ${what}` : `cancelled, ${what}`;
}
