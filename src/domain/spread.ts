/**
 * A queue on one object or on many (ADR 24). Object 0 is the home of the queue, its QueueObject. The others are its shards:
 * objects 1 up to the number of objects. Only the home decides whether the queue is spread.
 */
import type { Epoch } from "./id.ts";

/**
 *         load, or size              all open                    little load
 *   ONE ────────────────► OPENING ────────────► SPREAD ─────────────────────────► STOPPING
 *    ▲                      ▲                                                         │ all stopped
 *    │ all closed           │ load is back                                            ▼
 *    └────────── CLOSING ◄──┼──────────────────────────────────────────────────── DRAINING
 *                           └─────────────────────────────────────────────────────────┘  all empty: CLOSING
 *   any phase ── the queue is deleted ──► DELETING ── all closed ──► the queue is erased
 *
 * Posts go to the home in every phase but SPREAD. Shards may have messages in every phase but ONE.
 */
export type Phase = "one" | "opening" | "spread" | "stopping" | "draining" | "closing" | "deleting";

/** `open`: takes posts. `stopped`: only gives messages. `closed`: has none. */
export type ShardState = "open" | "stopped" | "closed";

/** The one command of a home to its shards. */
export interface ShardCommand {
  /** The life of the queue. */
  readonly epoch: Epoch;
  /** Grows with every command of a life. */
  readonly version: number;
  readonly state: ShardState;
  /** The shard's next number has to be above it. */
  readonly floor: number;
}

/**
 * `done`: the shard has stored the command. `busy`: it has to hand transfers over first. `stale`: it knows a command of this
 * version or a later one, so nothing has changed.
 */
export type ShardReply =
  | { readonly kind: "done" }
  | { readonly kind: "busy" }
  | { readonly kind: "stale"; readonly version: number };

/** Where a message is in a list: lists are in the order of numbers, and of objects where numbers are equal. */
export interface LogPlace {
  readonly number: number;
  readonly object: number;
}

export const HOME_OBJECT = 0;

export function comparePlaces(a: LogPlace, b: LogPlace): number {
  return a.number - b.number || a.object - b.object;
}

/** The shard for the posts of a client without a key. `objects`: at least 2. */
export function shardOf(client: string, objects: number): number {
  return 1 + (hashOf(client) % (objects - 1));
}

/** FNV-1a, with the last steps of MurmurHash3, because FNV alone spreads the ids of similar clients badly. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
