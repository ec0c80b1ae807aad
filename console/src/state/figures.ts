/** The figures of queues and topics as `GET /v2/overview` has them. docs/OBSERVE.md describes each. */
import type { Amount } from "../text/amounts.ts";
import type { PlaceKind } from "../text/routes.ts";

export interface Overview {
  readonly at: string;
  readonly totals: {
    /** Queues and topics. */
    readonly places: number;
    /** Those that the sums do not contain. */
    readonly unknown: number;
    readonly messages: MessageFigures;
    readonly waiting_claims: Amount;
    readonly bytes: number;
    readonly counters: CounterFigures;
  };
  /** Not all of them, if there are many. */
  readonly places: readonly PlaceFigures[];
}

export interface PlaceFigures {
  readonly kind: PlaceKind;
  readonly name: string;
  readonly as_of: string | null;
  readonly certainty: "current" | "recent" | "unconfirmed" | "unknown";
  readonly messages: MessageFigures & {
    readonly oldest: { readonly age: Amount; readonly created: TimeFigure } | null;
    readonly first_expiry: TimeFigure | null;
  };
  readonly waiting_claims: Amount;
  readonly bytes: number | null;
  readonly paused: readonly ("claims" | "notifications")[] | null;
  /** Messages a second over the last minute. */
  readonly rates: Counters | null;
  readonly counters: CounterFigures | null;
  readonly subscriptions: {
    readonly count: number;
    readonly pending: Amount;
    readonly given_up: number;
    readonly failing: readonly { readonly id: string; readonly pending: number; readonly failed: number }[];
  } | null;
  readonly dead_letter_queue: string | null;
  readonly consumers?: readonly ConsumerFigures[];
}

export interface ConsumerFigures {
  readonly client_id: string;
  readonly last_asked: string;
  readonly claimed_per_minute: number;
  readonly deleted_per_minute: number;
}

export interface MessageFigures {
  readonly total: Amount;
  readonly free: Amount;
  readonly claimed: Amount;
  readonly delayed: Amount;
}

type TimeFigure = string | { readonly min: string; readonly max?: string };

interface Counters {
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

interface CounterFigures extends Counters {
  readonly since: string;
  readonly exact: boolean;
}

/** Names of queues and topics are apart. */
export function keyOf({ kind, name }: Pick<PlaceFigures, "kind" | "name">): string {
  return `${kind}/${name}`;
}

/** The earlier bound of an instant, in milliseconds since 1970. */
export function earliest(time: TimeFigure): number {
  return Date.parse(typeof time === "string" ? time : time.min);
}

/** Messages a minute by which a queue grows; null: not known. Claims move none in or out. */
export function growthPerMinute({ rates }: PlaceFigures): number | null {
  if (rates === null) return null;
  const { posted, adopted, deleted, expired, dead_lettered: dead, redriven } = rates;
  return (posted + adopted - deleted - expired - dead - redriven) * 60;
}
