/** Figures of queues and topics, as `sukkal.overview` and others return them. docs/OBSERVE.md describes them. */
import type { PageOptions, Signal } from "./transport.ts";

/** A number if it is exact, otherwise its bounds; null: it is not known. Without `max` no upper bound is known. */
export type Figure = number | { readonly min: number; readonly max?: number } | null;

/** A time if it is exact, otherwise the earliest and the latest. */
export type FigureTime = string | { readonly min: string; readonly max?: string };

/** `total`: all messages. `free`: those that a claim can get now. */
export interface MessageFigures {
  readonly total: Figure;
  readonly free: Figure;
  readonly claimed: Figure;
  readonly delayed: Figure;
}

/** Messages, by what happened to them. */
export interface MessageCounts {
  readonly posted: number;
  readonly adopted: number;
  readonly claimed: number;
  readonly released: number;
  readonly lapsed: number;
  readonly deleted: number;
  readonly expired: number;
  readonly dead_lettered: number;
  readonly redriven: number;
}

/** Messages since a time. Not `exact`: at least so many. */
export interface MessageCounters extends MessageCounts {
  readonly since: string;
  readonly exact: boolean;
}

/** What may have happened since `as_of`. `current`: nothing. `recent`: changes of the last 20 seconds. */
export type Certainty = "current" | "recent" | "unconfirmed" | "unknown" | (string & {});

/** A queue or topic. null: not known, or there is none. */
export interface PlaceFigures {
  readonly kind: "queue" | "topic";
  readonly name: string;
  readonly href: string;
  readonly as_of: string | null;
  readonly certainty: Certainty;
  readonly messages: MessageFigures & {
    readonly oldest: { readonly age: Figure; readonly created: FigureTime } | null;
    readonly first_expiry: FigureTime | null;
  };
  readonly waiting_claims: Figure;
  readonly bytes: number | null;
  readonly paused: readonly ("claims" | "notifications")[] | null;
  /** Absent: the queue is on one object. */
  readonly spread?: SpreadFigures;
  /** What its object does, as a share of what one carries. Absent: it is spread, or the load is not known. */
  readonly load?: number;
  /** A second. */
  readonly rates: MessageCounts | null;
  readonly counters: MessageCounters | null;
  readonly subscriptions: SubscriptionFigures | null;
  /** Only where they were asked for. */
  readonly consumers?: readonly ConsumerFigures[];
  /** Only where it was asked for: free messages at every 5 minutes of the last hour, the newest last. */
  readonly trend?: readonly Figure[];
  /** Only in the overview. */
  readonly dead_letter_queue?: string | null;
}

/** A queue that is spread over several objects. */
export interface SpreadFigures {
  readonly phase: string;
  readonly objects: number;
  /** What all do, as a share of what one object carries; null: not known yet. */
  readonly load: number | null;
  readonly changed: string;
}

export interface SubscriptionFigures {
  readonly count: number;
  readonly pending: Figure;
  readonly attempts: {
    readonly since: string;
    readonly exact: boolean;
    readonly delivered: number;
    readonly failed: number;
  };
  readonly given_up: number;
  /** Subscriptions with notifications to send, or that were given up and are kept. */
  readonly failing: readonly {
    readonly id: string;
    readonly pending: number;
    readonly failed: number;
    /** When its attempts began to fail, if none has arrived since. */
    readonly since: string | null;
  }[];
}

export interface ConsumerFigures {
  /** null: not known. */
  readonly client_id: string | null;
  /** null: not lately. */
  readonly last_asked: string | null;
  readonly claimed_per_minute: number | null;
  readonly deleted_per_minute: number | null;
  /** Its claims, and the messages under them. Only in the figures of one queue. */
  readonly claims?: number;
  readonly held?: number;
}

/** Sums over queues and topics. They are no numbers while some are `unknown` or `unconfirmed`. */
export interface FigureTotals {
  readonly places: number;
  readonly unknown: number;
  readonly unconfirmed: number;
  readonly messages: MessageFigures;
  readonly waiting_claims: Figure;
  readonly bytes: Figure;
  readonly counters: MessageCounters;
}

export interface Overview {
  readonly at: string;
  readonly totals: FigureTotals;
  readonly places: readonly PlaceFigures[];
}

export interface OverviewOptions extends Signal {
  readonly kind?: "queue" | "topic" | undefined;
  /** A text that names have to contain. */
  readonly name?: string | undefined;
  /** By name, the default, or by a figure, the largest first. */
  readonly sort?: "name" | "free" | "total" | "claimed" | "oldest" | "rate" | "bytes" | "waiting_claims" | undefined;
  /** Default: 100; at most 5,000. */
  readonly limit?: number | undefined;
  /** The name after which the answer begins, with `kind` and the order by name. */
  readonly marker?: string | undefined;
  /** Whether each queue and topic of the answer is asked; at most 100. */
  readonly fresh?: boolean | undefined;
  /** Whether it shows who claims and deletes messages. */
  readonly consumers?: boolean | undefined;
  /** Whether it shows the free messages of the last hour. */
  readonly trend?: boolean | undefined;
}

/** Columns: point `n` is at `from` + `n` × `step` seconds. null is a gap. */
export interface Series {
  readonly queue?: string;
  readonly topic?: string;
  readonly from: string;
  readonly step: number;
  readonly messages: Readonly<Record<keyof MessageFigures, readonly Figure[]>>;
  readonly oldest_age: readonly Figure[];
  readonly waiting_claims: readonly Figure[];
  /** Messages of each step. */
  readonly counters: Readonly<Record<keyof MessageCounts, readonly (number | null)[]>>;
}

export interface SeriesOptions extends Signal {
  readonly queue?: string | undefined;
  readonly topic?: string | undefined;
  /** Such as `2030-01-01T00:00:00Z`. Default: an hour before `until`. */
  readonly from?: string | undefined;
  /** Default: now. */
  readonly until?: string | undefined;
  /** Seconds between two points: 10 for an hour, 300 for a week. */
  readonly step?: 10 | 300 | undefined;
}

export interface ProjectUsage extends FigureTotals {
  readonly project_id: string;
  readonly at: string;
}

export interface UsageOptions extends Signal {
  /** Default: the caller's. Another one needs an operator. */
  readonly project_id?: string | undefined;
}

/** `limit`: the most projects, by default 20. */
export type ProjectListOptions = Omit<PageOptions, "marker">;
