/**
 * What queues and topics have counted of which the meter has nothing any more. A sum without it would fall when a
 * queue is forgotten, and Prometheus takes a fall for a start at 0: all that the others have counted would look new.
 */
import {
  COUNTERS,
  DELIVERY_COUNTERS,
  NO_COUNTS,
  NO_DELIVERIES,
  type Counters,
  type DeliveryCounters,
} from "../../domain/figures.ts";
import type { PlaceKind } from "../../domain/place.ts";
import type { Counts } from "./meter-entry.ts";
import type { Held } from "./places.ts";
import { addCounters } from "./point.ts";

export interface CountSums {
  readonly messages: Counters;
  readonly notifications: DeliveryCounters;
}

type Sums = Readonly<Record<PlaceKind, CountSums>>;

const NONE: CountSums = { messages: NO_COUNTS, notifications: NO_DELIVERIES };

export class RemovedCounts {
  /** When all counters of the project began at 0. */
  since: number;
  /** false: at least so many messages. */
  isExact = true;
  private sums: Sums = { queue: NONE, topic: NONE };

  /** `text`: of `pack`; null: none was written. */
  constructor(text: string | null, now: number) {
    this.since = now;
    if (text === null) return;
    const [since, queue, topic, isExact = true] = JSON.parse(text) as Packed;
    this.since = since;
    this.isExact = isExact;
    this.sums = { queue: read(queue), topic: read(topic) };
  }

  of(kind: PlaceKind): CountSums {
    return this.sums[kind];
  }

  add({ place: { kind }, queue, deliveries }: Held): void {
    this.isExact &&= queue.isCounterExact;
    this.sums = { ...this.sums, [kind]: countsOf({ queue, deliveries }, this.sums[kind]) };
  }

  /** After a loss all counters begin at 0. */
  restart(now: number): void {
    this.since = now;
    this.isExact = true;
    this.sums = { queue: NONE, topic: NONE };
  }

  pack(): string {
    const { since, sums, isExact } = this;
    return JSON.stringify([since, pack(sums.queue), pack(sums.topic), isExact] satisfies Packed);
  }
}

/** The sum of `sums` and what a queue or topic and its subscriptions have counted. */
export function countsOf({ queue, deliveries }: Pick<Held, "queue" | "deliveries">, sums: CountSums): CountSums {
  let { notifications } = sums;
  for (const { counts } of deliveries.values()) notifications = addDeliveries(notifications, counts);
  return { messages: addCounters(sums.messages, queue.counts), notifications };
}

function addDeliveries(sum: DeliveryCounters, counts: Counts): DeliveryCounters {
  const { delivered = 0, failed = 0, givenUp = 0 } = counts;
  return { delivered: sum.delivered + delivered, failed: sum.failed + failed, givenUp: sum.givenUp + givenUp };
}

type PackedSums = readonly [messages: readonly number[], notifications: readonly number[]];
/** Older versions did not write `isExact`. */
type Packed = readonly [since: number, queue: PackedSums, topic: PackedSums, isExact?: boolean];

function pack({ messages, notifications }: CountSums): PackedSums {
  return [COUNTERS.map((name) => messages[name]), DELIVERY_COUNTERS.map((name) => notifications[name])];
}

/** A counter that an older version did not have is 0. */
function read([messages, notifications]: PackedSums): CountSums {
  const named = (names: readonly string[], counts: readonly number[]): Counts =>
    Object.fromEntries(names.map((name, index) => [name, counts[index] ?? 0]));
  return {
    messages: { ...NO_COUNTS, ...named(COUNTERS, messages) },
    notifications: { ...NO_DELIVERIES, ...named(DELIVERY_COUNTERS, notifications) },
  };
}
