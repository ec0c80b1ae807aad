/**
 * A queue on one object or on many (ADR 24). Object 0 is the home of the queue, its QueueObject. The others are its shards:
 * objects 1 up to the number of objects. Only the home decides whether the queue is spread.
 */
import type { Epoch } from "./id.ts";
import type { EpochMs } from "./time.ts";

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
export const PHASES = ["one", "opening", "spread", "stopping", "draining", "closing", "deleting"] as const;
export type Phase = (typeof PHASES)[number];

/** How the pool of a queue has it spread: from its creation on, or not at all. Without a rule its load decides. */
export const SPREAD_RULES = ["always", "never"] as const;
export type SpreadRule = (typeof SPREAD_RULES)[number];

/** What figures tell of a queue that is on several objects. */
export interface SpreadFigures {
  readonly phase: Phase;
  /** The home included. */
  readonly objects: number;
  /** That of all objects together, as a share of what one carries; null: not known yet. */
  readonly load: number | null;
  /** When the queue began to be spread, or to be brought back. */
  readonly changedAt: EpochMs;
}

/** The stored phase of a queue that was spread at least once. */
export interface SpreadRow {
  /** That of the last command. */
  readonly version: number;
  readonly phase: Phase;
  /** The number of objects, the home included, since the shards were opened. */
  readonly objects: number;
  /** The last number of the home when the shards were opened. */
  readonly floor: number;
}

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
 * `done`: the shard has stored the command; `last` is the last number that it has given. `busy`: it has to hand transfers
 * over first. `stale`: it knows a command of this version or a later one, so nothing has changed.
 */
export type ShardReply =
  | { readonly kind: "done"; readonly last: number }
  | { readonly kind: "busy" }
  | { readonly kind: "stale"; readonly version: number };

/** The command that a shard has stored last. */
export interface ShardRow {
  readonly version: number;
  readonly state: ShardState;
  /** null: it has never had a command. */
  readonly epoch: Epoch | null;
}

export const NO_COMMAND: ShardRow = { version: 0, state: "closed", epoch: null };

export const HOME_OBJECT = 0;

/** Fewer objects carry no more than one, because the home gets no posts without a key (docs/SCALING.md). */
export const SHARDS_MIN = 4;
/** More objects carry hardly more (docs/SCALING.md). */
export const SHARDS_MAX = 64;
