/** The figures of queues and topics as they are shown: computed to an instant, each with what is known of it. */
import { NO_COUNTS, NOTHING, type Bounds, type Counters, type DeliveryCounters } from "./figures.ts";
import type { Holding } from "./claim.ts";
import type { ClientId, ProjectId, SubscriptionId } from "./id.ts";
import type { Place } from "./place.ts";
import type { SpreadFigures } from "./spread.ts";
import type { EpochMs } from "./time.ts";

/**
 * `current`: nothing unreported can exist. `recent`: as of 20 s ago at most. `unconfirmed`: something was lost since. `unknown`:
 * the meter has never heard of it.
 */
export type Certainty = "current" | "recent" | "unconfirmed" | "unknown";

export const OVERVIEW_SORTS = ["name", "free", "stored", "claimed", "oldest", "rate", "bytes", "waiting"] as const;
export type OverviewSort = (typeof OVERVIEW_SORTS)[number];

/** The most queues and topics of an answer. With names of 30 characters they are 3 MB, or 70 kB compressed. */
export const OVERVIEW_MAX = 5_000;

export interface MeterOverview {
  readonly at: EpochMs;
  readonly places: readonly PlaceOverview[];
  /** The number of places that the request matches, and the sums over all of them. */
  readonly matched: number;
  readonly totals: Totals;
}

/** Bounds that hold for all that match, whatever was lost of some. */
export interface Totals {
  readonly stored: Bounds;
  readonly free: Bounds;
  readonly claimed: Bounds;
  readonly delayed: Bounds;
  readonly waiting: Bounds;
  /** At least, if some are unconfirmed. */
  readonly bytes: number;
  /** The number of those that are unconfirmed; absent: a meter of an older version. */
  readonly unconfirmed?: number;
  readonly counters: CounterTotals;
}

export interface CounterTotals {
  /** They count from here on: their start, or a loss of the meter. */
  readonly since: EpochMs;
  /** false: at least so many. */
  readonly isExact: boolean;
  readonly values: Counters;
}

/** One queue or topic. null: not known. */
export interface PlaceOverview {
  readonly place: Place;
  readonly certainty: Certainty;
  /** When its figures were taken. */
  readonly asOf: EpochMs | null;
  readonly stored: Bounds | null;
  readonly free: Bounds | null;
  readonly claimed: Bounds | null;
  readonly delayed: Bounds | null;
  readonly waiting: Bounds | null;
  /** When the oldest stored message was posted; null: there is none, or it is not known. */
  readonly oldestAt: Bounds | null;
  /** When the first message expires; not before `min`. */
  readonly firstExpiryAt: Bounds | null;
  readonly bytes: number | null;
  readonly isPaused: { readonly claims: boolean; readonly notifications: boolean } | null;
  readonly counters: CounterTotals | null;
  /** Messages a second over the last minute; null: not known for that time. */
  readonly rates: Counters | null;
  readonly subscriptions: SubscriptionsOverview | null;
  /** Absent: it is on one object. */
  readonly spread?: SpreadFigures;
  /** That of its object, of a spread queue its home, as a share of what one carries; null, or absent: not known. */
  readonly load?: number | null;
  readonly consumers?: readonly ConsumerOverview[];
  /** Free messages at every 5 minutes of the last hour, the newest last; null: a gap. */
  readonly trend?: readonly (Bounds | null)[];
}

export interface SubscriptionsOverview {
  readonly count: number;
  /** Notifications to send, at most. */
  readonly pending: Bounds;
  readonly counters: { readonly since: EpochMs; readonly isExact: boolean; readonly values: DeliveryCounters };
  /** Those with pending or given-up notifications first; bounded. */
  readonly failing: readonly {
    readonly subscription: SubscriptionId;
    readonly pending: number;
    readonly kept: number;
    /** When its attempts began to fail, if none has arrived since; null: the last one arrived, or it is not known. */
    readonly failsSince: EpochMs | null;
  }[];
}

export interface ConsumerOverview {
  readonly client: ClientId;
  readonly lastAskedAt: EpochMs;
  /** Messages a minute. */
  readonly claimedPerMinute: number;
  readonly deletedPerMinute: number;
}

/** The overview of a project without figures. */
export function noOverview(at: EpochMs): MeterOverview {
  const none = {
    stored: NOTHING,
    free: NOTHING,
    claimed: NOTHING,
    delayed: NOTHING,
    waiting: NOTHING,
    bytes: 0,
    unconfirmed: 0,
  };
  return { at, places: [], matched: 0, totals: { ...none, counters: { since: at, isExact: true, values: NO_COUNTS } } };
}

/** A queue or topic of the project's index that the meter has never heard of. */
export function unheardPlace(place: Place): PlaceOverview {
  return {
    place,
    certainty: "unknown",
    asOf: null,
    stored: null,
    free: null,
    claimed: null,
    delayed: null,
    waiting: null,
    oldestAt: null,
    firstExpiryAt: null,
    bytes: null,
    isPaused: null,
    counters: null,
    rates: null,
    subscriptions: null,
  };
}

/** A queue or topic with its figures, as callers see it. */
export interface ListedPlace extends PlaceOverview {
  /** By its metadata, where its dead letters go; null: nowhere. */
  readonly deadLetterQueue: string | null;
}

/** What callers see of a project. */
export interface ProjectOverview {
  readonly at: EpochMs;
  readonly places: readonly ListedPlace[];
  readonly totals: ProjectTotals;
}

/** Bounds that hold for all, also for those that the meter has never heard of. */
export interface ProjectTotals extends Omit<Totals, "bytes"> {
  /** The number of queues and topics, and of those of which nothing is known, or not for certain. */
  readonly places: number;
  readonly unknown: number;
  readonly unconfirmed: number;
  readonly bytes: Bounds;
}

/** What a project stores and has done. */
export interface ProjectUsage {
  readonly project: ProjectId;
  readonly at: EpochMs;
  readonly totals: ProjectTotals;
}

/** One queue or topic, which was asked. */
export interface AskedFigures {
  readonly at: EpochMs;
  readonly figures: PlaceOverview;
  /** Who holds claims. */
  readonly holdings: readonly Holding[];
}
