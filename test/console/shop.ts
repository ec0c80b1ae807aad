/**
 * The overview of a shop on a bad night, as the service would answer it: figures that take an hour to come about, so that no test
 * can wait for them. The queues themselves do not exist.
 */
import type { Overview, PlaceFigures } from "sukkal/client";

const NONE = {
  posted: 0,
  adopted: 0,
  claimed: 0,
  released: 0,
  lapsed: 0,
  deleted: 0,
  expired: 0,
  dead_lettered: 0,
  redriven: 0,
};
const SECOND = 1000;
const MIN = 60 * SECOND;
const HOUR = 60 * MIN;

interface Row {
  readonly free: number;
  readonly claimed?: number;
  /** Milliseconds. */
  readonly oldest?: number;
  readonly left?: number;
  readonly posted?: number;
  readonly deleted?: number;
  readonly dead?: number;
  readonly more?: Partial<PlaceFigures>;
}

/** `at`: milliseconds since 1970. */
export function shop(at: number): Overview {
  const instant = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z/, "Z");
  const hour = (free: (minutesAgo: number) => number): readonly number[] =>
    Array.from({ length: 12 }, (_, index) => Math.round(free((11 - index) * 5)));
  const place = (name: string, row: Row): PlaceFigures => {
    const { free, claimed = 0, oldest = null, left = 12 * HOUR, posted = 0, deleted = 0, dead = 0, more } = row;
    const total = free + claimed;
    return {
      kind: "queue",
      name,
      href: `/v2/queues/${name}`,
      as_of: instant(at),
      certainty: "current",
      messages: {
        total,
        free,
        claimed,
        delayed: 0,
        oldest: oldest === null ? null : { age: Math.floor(oldest / SECOND), created: instant(at - oldest) },
        first_expiry: total === 0 ? null : instant(at + left),
      },
      waiting_claims: 0,
      bytes: 28_672 + 400 * total,
      paused: [],
      rates: { ...NONE, posted, deleted },
      counters: { since: instant(at - 40 * HOUR), exact: true, ...NONE, dead_lettered: dead },
      subscriptions: null,
      dead_letter_queue: null,
      consumers: [],
      trend: hour((ago) => free * (0.8 + 0.4 * Math.abs(Math.sin(ago * name.length)))),
      ...more,
    };
  };
  const consumers = ["7c1e0f52-9b6d-4d2e-8a44-0d3c5a1e9b07", "3381af92-2b9e-11e3-b191-71861300734c"].map((id) => ({
    client_id: id,
    last_asked: instant(at - 3 * SECOND),
    claimed_per_minute: 366,
    deleted_per_minute: 366,
  }));
  const topic = (name: string, posted: number): PlaceFigures =>
    place(name, { free: 0, posted, more: { kind: "topic" } });
  const attempts = { since: instant(at - 40 * HOUR), exact: true, delivered: 18_412, failed: 3071 };
  const cancelled = [{ id: "5f0c2a8e9d1b4c37", pending: 17, failed: 204, since: instant(at - 41 * MIN) }];
  const places = [
    place("catalog-import-staging", { free: 3418, claimed: 20, oldest: 8 * MIN, deleted: 0.02 }),
    place("emails-marketing-digest", {
      free: 6410,
      oldest: 11 * HOUR + 2 * MIN,
      posted: 0.15,
      more: { paused: ["claims"] },
    }),
    place("emails-transactional", { free: 31, claimed: 64, oldest: 2 * SECOND, posted: 21.7, deleted: 21.8 }),
    place("exports-gdpr", { free: 3, claimed: 1, oldest: 6 * MIN, posted: 0.01, deleted: 0.01 }),
    place("image-resize", { free: 212, claimed: 480, oldest: 9 * SECOND, posted: 54.3, deleted: 54.1, dead: 6 }),
    place("inventory-sync-warehouse-frankfurt-2-nightly-reconciliation", {
      free: 1204,
      oldest: 4 * HOUR + 10 * MIN,
      more: {
        as_of: instant(at - 4 * MIN),
        certainty: "unconfirmed",
        rates: null,
        messages: {
          total: { min: 0, max: 1224 },
          free: { min: 0, max: 1204 },
          claimed: { min: 0, max: 20 },
          delayed: 0,
          oldest: { age: { min: 0, max: 15_000 }, created: { min: instant(at - 15_000 * SECOND), max: instant(at) } },
          first_expiry: { min: instant(at + 6 * HOUR) },
        },
      },
    }),
    place("media-dead", { free: 6, oldest: 76 * HOUR }),
    topic("order-events", 42.9),
    place("orders-billing-eu", {
      free: 81_780,
      claimed: 148,
      oldest: 35 * MIN + 43 * SECOND,
      left: 24 * MIN + 16 * SECOND,
      posted: 38.2,
      deleted: 6.1,
      dead: 1274,
      more: {
        consumers,
        trend: hour((ago) => Math.max(40, (81_780 * (42 - ago)) / 42)),
        dead_letter_queue: "orders-dead",
        rates: { ...NONE, posted: 38.2, deleted: 6.1, dead_lettered: 0.55 },
      },
    }),
    place("orders-billing-us", { free: 12, claimed: 233, oldest: 400, posted: 29.4, deleted: 29.4 }),
    place("orders-cancellations", {
      free: 2,
      claimed: 1,
      oldest: SECOND,
      posted: 0.09,
      deleted: 0.09,
      more: { subscriptions: { count: 2, pending: 17, attempts, given_up: 204, failing: cancelled } },
    }),
    place("orders-dead", {
      free: 1312,
      oldest: 38 * MIN,
      more: { trend: hour((ago) => Math.max(0, 1312 - ago * 34)), rates: { ...NONE, adopted: 0.6 } },
    }),
    place("orders-fulfilment", {
      free: 58,
      claimed: 120,
      oldest: 4 * SECOND,
      posted: 42.9,
      deleted: 42.8,
      dead: 31,
      more: { dead_letter_queue: "orders-dead" },
    }),
    place("payments-capture", {
      free: 4,
      claimed: 40,
      oldest: 300,
      posted: 11.2,
      deleted: 11.2,
      dead: 7,
      more: { dead_letter_queue: "media-dead" },
    }),
    topic("price-changes", 1.4),
    place("returns-intake", { free: 0, claimed: 2, oldest: 9 * SECOND, posted: 0.31, deleted: 0.31 }),
    place("reviews-moderation", { free: 0 }),
    place("search-index-updates", { free: 890, claimed: 400, oldest: 14 * SECOND, posted: 63, deleted: 63.7 }),
  ];
  return {
    at: instant(at),
    totals: {
      places: places.length,
      unknown: 0,
      unconfirmed: 1,
      messages: { total: { min: 95_647 }, free: { min: 94_138 }, claimed: { min: 1509 }, delayed: 0 },
      waiting_claims: 12,
      bytes: 62_300_000,
      counters: { since: instant(at - 40 * HOUR), exact: true, ...NONE },
    },
    places,
  };
}

/** As many queues, each with more messages than the one before. */
export function manyQueues(number: number): Overview {
  const { at, totals, places } = shop(Date.now());
  const example = places.find(({ name }) => name === "reviews-moderation");
  if (example === undefined) throw new Error("The shop has no such queue.");
  return {
    at,
    totals: { ...totals, places: number },
    places: Array.from({ length: number }, (_, index) => {
      const messages = { ...example.messages, total: index, free: index };
      return { ...example, name: `queue-${String(index).padStart(4, "0")}`, messages };
    }),
  };
}
