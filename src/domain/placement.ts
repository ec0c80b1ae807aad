/** Where a queue or topic is (ADR 14). Decided once, when it is created, and kept until it is deleted. */
import type { Region } from "./region.ts";

export interface Placement {
  readonly region: Region;
  /** The pool that was chosen for it; null: none, because it was there before there were pools, or for want of one. */
  readonly pool: string | null;
}

/** A placement as its project keeps it. */
export interface SettledPlacement extends Placement {
  /** Another one whenever the queue is created, so that a call about an earlier queue is known, however late it comes. */
  readonly token: string;
}

/** Of a request that may create a queue: the pool that was chosen for it. Absent where no pools are in use. */
export interface Placed {
  readonly pool?: string | null;
}
