/** Where a queue or topic is (ADR 14). Decided once, when it is created, and kept until it is deleted. */
import type { Region } from "./region.ts";

export interface Placement {
  readonly region: Region;
  /** The pool that was chosen for it; null: none, because it was there before there were pools, or for want of one. */
  readonly pool: string | null;
}

/** A placement as its project keeps it. `number` rises with each call that creates the queue, so that a late call is known. */
export interface SettledPlacement extends Placement {
  readonly number: number;
}
