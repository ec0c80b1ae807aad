/**
 * The placement of a queue or topic (ADR 14): its region, and how it is spread there. Decided when it is created, and kept until
 * it is deleted.
 */
import type { Region } from "./region.ts";
import type { SpreadRule } from "./spread.ts";

export interface Placement {
  readonly region: Region;
  /** The pool that was chosen for it; null: none, because it is older than the pools, or there was none. */
  readonly pool: string | null;
  /** The rule of that pool when it was chosen. null, or absent from older versions: by its load. */
  readonly spread?: SpreadRule | null;
}

/** A placement as the project has recorded it. */
export interface SettledPlacement extends Placement {
  /** A new one whenever the queue is created, by which a late call about an earlier queue of this name is recognised. */
  readonly token: string;
}

/** The part of a request that may create a queue: the pool that was chosen for it, and its rule. Absent without pools. */
export interface Placed {
  readonly pool?: string | null;
  readonly spread?: SpreadRule | null;
}
