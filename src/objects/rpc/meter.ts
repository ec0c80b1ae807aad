/**
 * The interface of a project's meter, for Workers, objects and the operations that show figures. Callers and meters of different
 * versions call each other: readers tolerate absent members.
 */
import type { Bounds, Counters, DeliveryCounters } from "../../domain/figures.ts";
import type { ClientId, SubscriptionId } from "../../domain/id.ts";
import type { Place, PlaceKind } from "../../domain/place.ts";
import type { EpochMs, Seconds } from "../../domain/time.ts";

export interface MeterRpc {
  /** Marks queues as hot and opens the reporter's session, before the answers to changes leave. */
  begin(request: BeginRequest): Promise<MeterReply>;
  /** Takes figures, and what the reporter does not know. */
  report(request: ReportRequest): Promise<MeterReply>;
  /** The figures of queues and topics, computed to now. */
  overview(request: OverviewRequest): Promise<MeterOverview>;
  /** Points of the past of a queue or topic, or of the whole project. */
  series(request: SeriesRequest): Promise<Series>;
}

/** What a reporter says of itself. */
interface Reporter {
  /** Random, per isolate or object. */
  readonly reporter: string;
  readonly session: string;
  /** By the reporter's clock. */
  readonly sentAt: EpochMs;
}

export interface BeginRequest extends Reporter {
  readonly places: readonly Place[];
}

export interface ReportRequest extends Omit<Reporter, "session"> {
  /** null: an object reports from its alarm. */
  readonly session: string | null;
  readonly final: boolean;
  /** Figures as the answers carried them (`readFigures`). */
  readonly figures: readonly { readonly place: Place; readonly packed: readonly unknown[] }[];
  readonly deliveries?: readonly { readonly place: Place; readonly packed: readonly unknown[] }[];
  /** Changes whose outcome the reporter does not know, with the instants at which it learned that. */
  readonly doubts: readonly { readonly place: Place; readonly at: EpochMs }[];
  readonly consumers?: readonly ConsumerNews[];
}

/** What a client did with a queue since the reporter's last report. */
export interface ConsumerNews {
  readonly place: Place;
  readonly client: ClientId;
  readonly askedAt: EpochMs;
  readonly claimed: number;
  readonly deleted: number;
}

export interface MeterReply {
  /** Random, per start of the meter. */
  readonly era: string;
  /** A factor for the reporter's periods: 1, 2, 4 or 8. */
  readonly pace: number;
  /** The hot queues, and for how many milliseconds; absent: as told before. */
  readonly hot?: readonly (readonly [Place, number])[];
}

/**
 * `current`: nothing unreported can exist. `recent`: as of 20 s ago at most. `unconfirmed`: something was lost since. `unknown`: the
 * meter has never heard of it.
 */
export type Certainty = "current" | "recent" | "unconfirmed" | "unknown";

export const OVERVIEW_SORTS = ["name", "free", "stored", "claimed", "oldest", "rate", "bytes", "waiting"] as const;
export type OverviewSort = (typeof OVERVIEW_SORTS)[number];

export interface OverviewRequest {
  readonly kind: PlaceKind | null;
  /** Names that begin with this only: the prefix of an API key. */
  readonly prefix: string;
  /** A substring of the name; null: any. */
  readonly name: string | null;
  readonly sort: OverviewSort;
  readonly limit: number;
  /** Asks the objects of the queues on this page that are hot and unconfirmed. */
  readonly asks: boolean;
  /** Asks all objects of this page, whatever is known. */
  readonly fresh?: true;
  /** Whether the answer has the consumers of each queue. */
  readonly consumers?: true;
}

export interface MeterOverview {
  readonly at: EpochMs;
  readonly places: readonly PlaceOverview[];
  /** The number of places that the request matches, and the sums over all of them. */
  readonly matched: number;
  readonly totals: Totals;
}

export interface Totals {
  readonly stored: Bounds;
  readonly free: Bounds;
  readonly claimed: Bounds;
  readonly delayed: Bounds;
  readonly waiting: Bounds;
  readonly bytes: number;
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
  readonly consumers?: readonly ConsumerOverview[];
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
  }[];
}

export interface ConsumerOverview {
  readonly client: ClientId;
  readonly lastAskedAt: EpochMs;
  /** Messages a minute. */
  readonly claimedPerMinute: number;
  readonly deletedPerMinute: number;
}

/** Seconds between two points, and the seconds for which they are kept: an hour, and a week. */
export const SERIES_STEPS = { 10: 3_600, 300: 604_800 } as const;
export type SeriesStep = keyof typeof SERIES_STEPS;

export interface SeriesRequest {
  /** null: the whole project. */
  readonly place: Place | null;
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly step: SeriesStep;
}

export interface Series {
  /** The instant of the first point. */
  readonly from: EpochMs;
  readonly step: Seconds;
  /** null: a gap. It is not 0. */
  readonly points: readonly (SeriesPoint | null)[];
}

export interface SeriesPoint {
  readonly stored: Bounds;
  readonly free: Bounds;
  readonly claimed: Bounds;
  readonly delayed: Bounds;
  readonly waiting: Bounds;
  readonly oldestAt: Bounds | null;
  /** The growth since the point before; null: not known. */
  readonly counters: Counters | null;
}
