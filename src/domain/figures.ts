/**
 * Figures: what an object knows of its messages without reading rows. Its answers carry them to the meter of its project
 * (docs/adr/0019-figures-ride-on-answers.md).
 */
import type { Epoch, SubscriptionId } from "./id.ts";
import type { SpreadFigures } from "./spread.ts";
import type { EpochMs } from "./time.ts";

/** A number between two bounds. Equal bounds: it is known. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Milliseconds that the mean load of an object is about. */
export const LOAD_MS = 10_000;

export const NOTHING: Bounds = { min: 0, max: 0 };

export function exactly(value: number): Bounds {
  return { min: value, max: value };
}

/**
 * What a queue counts, in messages:
 *   posted        by clients
 *   adopted       that came from another queue: dead letters, redriven ones
 *   claimed       once per claim
 *   released      from claims, by their client
 *   lapsed        from claims, because their time was over
 *   deleted       by clients, with `pop` and purges
 *   expired       when their rows are removed, up to minutes after the expiry itself
 *   deadLettered  moved to the dead-letter queue
 *   redriven      moved by a redrive
 */
export const COUNTERS = [
  "posted",
  "adopted",
  "claimed",
  "released",
  "lapsed",
  "deleted",
  "expired",
  "deadLettered",
  "redriven",
] as const;

export type Counter = (typeof COUNTERS)[number];
export type Counters = Readonly<Record<Counter, number>>;

/** All counters at 0. */
export const NO_COUNTS: Counters = Object.freeze({
  posted: 0,
  adopted: 0,
  claimed: 0,
  released: 0,
  lapsed: 0,
  deleted: 0,
  expired: 0,
  deadLettered: 0,
  redriven: 0,
});

/** Orders the figures of one object. All times are of its clock. */
export interface Stamp {
  /** The start of the life that counted. A life ends when the object leaves memory. */
  readonly boot: EpochMs;
  /** A random number of this life. */
  readonly bootId: number;
  /** The number of changes in this life. */
  readonly version: number;
  readonly takenAt: EpochMs;
}

/** An instant that may be none (Infinity: never; -Infinity: always past). */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** The sequence numbers after `after` until `upTo`. */
export interface Skipped {
  readonly after: number;
  readonly upTo: number;
}

/** The figures of a queue or topic. */
export interface QueueFigures extends Stamp {
  /** The life of the queue; null: it does not exist, and all numbers are 0. */
  readonly epoch: Epoch | null;
  /** Messages that are stored and alive, claimed and delayed ones included. */
  readonly stored: Bounds;
  /** Messages that no claim can take yet. */
  readonly delayed: Bounds;
  readonly claimed: number;
  /** When stored messages expire, leases lapse and delays end: first and last; an empty span has first > last. */
  readonly expiry: Span;
  readonly lapse: Span;
  readonly visibility: Span;
  /** When the oldest stored message was posted. `min` < `max`: not before `min`. null: there is none. */
  readonly oldest: Bounds | null;
  /** Bytes of storage, including the service's own tables. */
  readonly bytes: number;
  /** Claims that wait for messages, at most; and when the last of these waits ends. */
  readonly waiting: number;
  readonly lastWait: number;
  readonly subscriptions: number;
  /** Subscriptions of connections, which have no DeliveryObject; absent: none. */
  readonly connections?: number;
  /** Some are older than this life of the queue, so their DeliveryObjects may have to send messages of an earlier one. */
  readonly hasOlderSubscriptions?: true;
  /** The sequence number of the newest message; 0: none, or no subscription gets messages. */
  readonly sequence: number;
  /** Numbers that no message has, because the object skipped them when it woke. */
  readonly skipped?: Skipped;
  /** Since the object's start. */
  readonly counters: Counters;
  /** An earlier life adopted messages, and may not have told that it counted them. */
  readonly isShort: boolean;
  /** Absent: the queue is on one object. */
  readonly spread?: SpreadFigures;
  /** What the object does, as a share of what one carries, as a mean over LOAD_MS. Absent from older versions. */
  readonly load?: number;
  /** Whether claims and notifications are paused. */
  readonly isPaused: { readonly claims: boolean; readonly notifications: boolean };
}

/** What a DeliveryObject counts: attempts by their outcome, and notifications that were given up. */
export const DELIVERY_COUNTERS = ["delivered", "failed", "givenUp"] as const;
export type DeliveryCounters = Readonly<Record<(typeof DELIVERY_COUNTERS)[number], number>>;

export const NO_DELIVERIES: DeliveryCounters = Object.freeze({ delivered: 0, failed: 0, givenUp: 0 });

/** In the place of an epoch: as far as the DeliveryObject knows, it has only sent events and requests for confirmation. */
export const NO_MESSAGES = "" as Epoch;

/** The figures of the DeliveryObject of a subscription. */
export interface DeliveryFigures extends Stamp {
  readonly subscription: SubscriptionId;
  /** The life of the queue whose messages it took last, or NO_MESSAGES. null: the subscription is over. */
  readonly epoch: Epoch | null;
  /** The sequence number of the newest message that it took. */
  readonly sequence: number;
  /** Notifications that it has to send, and those that it gave up and keeps. */
  readonly pending: number;
  readonly kept: number;
  readonly counters: DeliveryCounters;
  /** When attempts began to fail, if none has arrived since; absent: the last one arrived, or it is not known. */
  readonly failsSince?: EpochMs;
}
