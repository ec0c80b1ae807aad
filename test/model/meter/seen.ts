/** What a meter shows of a queue, for the oracle. */
import type { Range, Shown } from "./figures.ts";

export interface Seen {
  readonly isConfirmed: boolean;
  /** The place of its figures among all that happened. */
  readonly order: number;
  readonly shown: Omit<Shown, "pending">;
  /** null: the figures of its delivery are not confirmed. */
  readonly pending: Range | null;
  readonly counter: number;
  readonly createdAt: number;
  readonly isCounterExact: boolean;
}
