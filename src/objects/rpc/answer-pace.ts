/** Whether the next answer of one queue or topic carries figures: each one, unless the queue is busy, and then now and then. */
import type { EpochMs } from "../../domain/time.ts";

/** When a queue is busy, and how often its answers carry figures then. */
export interface Telling {
  readonly answersPerSecond: number;
  readonly intervalMs: number;
}

/** With fewer answers a question before each report would cost more than their figures. */
export const TELLING: Telling = { answersPerSecond: 16, intervalMs: 250 };

/** Milliseconds between two figures that come with answers to reads. */
const READ_MS = 1_000;

export class AnswerPace {
  private readonly telling: Telling;
  /** The present second, and the answers in it. */
  private second = 0;
  private answers = 0;
  private wasBusy = false;
  /** When figures were asked for with a call. The clock may be set back after it. */
  private toldAt = -Infinity;

  constructor(telling: Telling) {
    this.telling = telling;
  }

  /** `mustTell`: the answer to this change has to carry them. */
  wantsWithChange(now: EpochMs, mustTell: boolean): boolean {
    const { answersPerSecond, intervalMs } = this.telling;
    if (Math.abs(now - this.second) >= 1000) {
      this.wasBusy = this.answers > answersPerSecond && now - this.second < 2000;
      this.second = now;
      this.answers = 0;
    }
    this.answers += 1;
    const isBusy = this.wasBusy || this.answers > answersPerSecond;
    return this.note(mustTell || !isBusy || Math.abs(now - this.toldAt) >= intervalMs, now);
  }

  wantsWithRead(now: EpochMs): boolean {
    return this.note(Math.abs(now - this.toldAt) >= READ_MS, now);
  }

  private note(wants: boolean, now: EpochMs): boolean {
    if (wants) this.toldAt = now;
    return wants;
  }
}
