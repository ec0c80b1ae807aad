/** Requests that change something, and what the oracle has to know of them. */
import type { Figures } from "./figures.ts";
import type { Machine } from "./world.ts";

/** A request that changes something. What it did counts as told once its answer has left as the protocol wants it. */
export interface Operation {
  /**
   * Real time until which the change may be missing from what is shown: its mark has not come through, or its answer has not left
   * (`Infinity`), or the first report of an alarm failed.
   */
  excusedUntil: number;
  /** Messages of another queue, which an alarm reports. */
  readonly isMove: boolean;
}

export interface Change {
  readonly at: number;
  readonly order: number;
  readonly operation: Operation;
}

/** One request to an object that changes something. */
export interface Request {
  readonly queue: string;
  readonly to: Machine;
  readonly serve: (operation: Operation) => readonly Figures[];
  /** The figures, for an isolate that heard none with the answers. */
  readonly tell: () => readonly Figures[];
  /** Answers of a busy queue carry no figures, but for one now and then. */
  readonly isUntold?: boolean;
  /** A claim that waits: it changes only how many wait. */
  readonly isWait?: boolean;
  readonly isSlow?: boolean;
}
