/**
 * Who reports next, and when. The work after the answer of a request is the clock: the request that brings the first news waits
 * and reports. The runtime may end that work without a word, so a later request takes over what is overdue.
 */
import { FLUSH_MS, REPEAT_MS } from "../../domain/metering.ts";

/** A report is overdue after this time, because its request has been ended. */
const OVERDUE_MS = 4_000;
/** The runtime ends the work of a request 30 s after its answer. */
const WORK_MS_MAX = 28_000;

/** The turn of one request, or of an alarm, which has no end. */
export interface Turn {
  readonly endsAt: number;
  dueAt: number;
}

/** `over`: all is told; `again`: more is to come; `failed`: the report was not answered. */
export type Outcome = "over" | "again" | "failed";

export class FlushPlan {
  private turn: Turn | null = null;
  /** Its turn ends soon, so that the next request takes over. */
  private isFree = false;

  /** The turn of the caller, which has to wait until it is due; null: somebody else reports. `isEndless`: of an alarm. */
  take(flushMs: number, now: number, isEndless = false): Turn | null {
    const { turn } = this;
    const isOverdue = turn !== null && now > turn.dueAt + OVERDUE_MS;
    if (turn !== null && !isOverdue && !this.isFree) return null;
    const dueAt = turn === null ? now + flushMs : isOverdue ? now : turn.dueAt;
    this.turn = { dueAt, endsAt: isEndless ? Number.POSITIVE_INFINITY : now + WORK_MS_MAX };
    this.isFree = false;
    return this.turn;
  }

  /** Whether the turn has not been taken over. */
  isStill(turn: Turn): boolean {
    return this.turn === turn;
  }

  /** Whether the turn goes on, at its new `dueAt`. */
  goesOn(turn: Turn, outcome: Outcome, flushMs: number, now: number): boolean {
    if (!this.isStill(turn)) return false;
    const dueAt = now + (outcome === "failed" ? REPEAT_MS : flushMs);
    if (outcome === "over" || now >= turn.endsAt) {
      this.turn = null;
      return false;
    }
    // The last try. The next request may take over before.
    this.isFree = dueAt + FLUSH_MS > turn.endsAt;
    turn.dueAt = Math.min(dueAt, turn.endsAt);
    return true;
  }
}
