/** Figures on the wire: what is exact, what is an interval, and what is not known. */
import { describe, expect, test } from "vitest";
import { COUNTERS, exactly, type Bounds, type Counters } from "../../src/domain/figures.ts";
import type { ClientId, ProjectId, QueueName, SubscriptionId } from "../../src/domain/id.ts";
import { unheardPlace, type PlaceOverview, type ProjectTotals } from "../../src/domain/overview.ts";
import { queueNamed } from "../../src/domain/place.ts";
import type { SeriesPoint } from "../../src/domain/series.ts";
import { toEpochMs, toSeconds } from "../../src/domain/time.ts";
import { encodeOverview, encodePlaceFigures, encodeProjects, encodeUsage, toFigure } from "../../src/wire/overview.ts";
import { encodeSeries } from "../../src/wire/series.ts";

const AT = toEpochMs(Date.parse("2030-01-01T12:00:00Z"));
const JOBS = queueNamed("jobs" as QueueName);
const before = (seconds: number): number => AT - seconds * 1000;

function counters(values: Partial<Counters> = {}): Counters {
  return { ...(Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Counters), ...values };
}

const NO_NAMES = {
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

const KNOWN: PlaceOverview = {
  place: JOBS,
  certainty: "recent",
  asOf: toEpochMs(before(7)),
  stored: exactly(12),
  free: { min: 3, max: 9 },
  claimed: { min: 0, max: 2 },
  delayed: exactly(1),
  waiting: exactly(0),
  oldestAt: { min: before(60), max: before(30) },
  firstExpiryAt: exactly(before(-60)),
  bytes: 28_672,
  isPaused: { claims: true, notifications: false },
  counters: { since: toEpochMs(before(3600)), isExact: false, values: counters({ posted: 5, deadLettered: 2 }) },
  rates: counters({ posted: 0.5 }),
  subscriptions: null,
};

const HOLDINGS = [
  { client: "me" as ClientId, claims: 2, messages: 9 },
  { client: null, claims: 1, messages: 1 },
];

const TOTALS: ProjectTotals = {
  places: 2,
  unknown: 1,
  unconfirmed: 2,
  stored: { min: 12, max: Infinity },
  free: { min: 3, max: 9 },
  claimed: { min: 0, max: 2 },
  delayed: exactly(1),
  waiting: exactly(0),
  bytes: { min: 0, max: Infinity },
  counters: { since: AT, isExact: true, values: counters() },
};

const TOTALS_DOCUMENT = {
  places: 2,
  unknown: 1,
  unconfirmed: 2,
  messages: { total: { min: 12 }, free: { min: 3, max: 9 }, claimed: { min: 0, max: 2 }, delayed: 1 },
  waiting_claims: 0,
  bytes: null,
  counters: { since: "2030-01-01T12:00:00Z", exact: true, ...NO_NAMES },
};

describe("a figure", () => {
  test.each<readonly [bounds: Bounds | null, expected: unknown]>([
    [null, null],
    [exactly(0), 0],
    [
      { min: 3, max: 7 },
      { min: 3, max: 7 },
    ],
    [
      { min: 0, max: 1 },
      { min: 0, max: 1 },
    ],
    [{ min: 3, max: Infinity }, { min: 3 }],
    [{ min: 1, max: Infinity }, { min: 1 }],
    [{ min: 0, max: Infinity }, null],
  ])("%j is %j", (bounds, expected) => {
    expect(toFigure(bounds)).toEqual(expected);
  });
});

describe("a queue", () => {
  test("with figures", () => {
    const text = encodeOverview({ at: AT, places: [{ ...KNOWN, deadLetterQueue: "graves" }], totals: TOTALS });
    expect(JSON.parse(text)).toEqual({
      at: "2030-01-01T12:00:00Z",
      totals: TOTALS_DOCUMENT,
      places: [
        {
          kind: "queue",
          name: "jobs",
          href: "/v2/queues/jobs",
          as_of: "2030-01-01T11:59:53Z",
          certainty: "recent",
          messages: {
            total: 12,
            free: { min: 3, max: 9 },
            claimed: { min: 0, max: 2 },
            delayed: 1,
            oldest: {
              age: { min: 30, max: 60 },
              created: { min: "2030-01-01T11:59:00Z", max: "2030-01-01T11:59:30Z" },
            },
            first_expiry: "2030-01-01T12:01:00Z",
          },
          waiting_claims: 0,
          bytes: 28_672,
          paused: ["claims"],
          rates: { ...NO_NAMES, posted: 0.5 },
          counters: { since: "2030-01-01T11:00:00Z", exact: false, ...NO_NAMES, posted: 5, dead_lettered: 2 },
          subscriptions: null,
          dead_letter_queue: "graves",
        },
      ],
    });
  });

  test("without figures has null and no 0", () => {
    const text = encodeOverview({ at: AT, places: [{ ...unheardPlace(JOBS), deadLetterQueue: null }], totals: TOTALS });
    const { places } = JSON.parse(text) as { readonly places: readonly Readonly<Record<string, unknown>>[] };
    const { kind: _, name: __, href: ___, certainty, messages, ...others } = places[0] ?? {};
    expect(certainty).toBe("unknown");
    expect(new Set(Object.values(messages as object))).toEqual(new Set([null]));
    expect(new Set(Object.values(others))).toEqual(new Set([null]));
  });

  test("with subscriptions and consumers", () => {
    const subscription = "000000000001a1b2c3d4e5f6" as SubscriptionId;
    const values = { delivered: 7, failed: 3, givenUp: 1 };
    const figures: PlaceOverview = {
      ...KNOWN,
      subscriptions: {
        count: 2,
        pending: { min: 0, max: 4 },
        counters: { since: AT, isExact: true, values },
        failing: [
          { subscription, pending: 4, kept: 1, failsSince: AT },
          { subscription, pending: 1, kept: 0, failsSince: null },
        ],
      },
      consumers: [
        { client: "me" as ClientId, lastAskedAt: toEpochMs(before(2)), claimedPerMinute: 12.5, deletedPerMinute: 12 },
      ],
    };
    expect(JSON.parse(encodePlaceFigures({ at: AT, figures, holdings: HOLDINGS }))).toMatchObject({
      at: "2030-01-01T12:00:00Z",
      name: "jobs",
      subscriptions: {
        count: 2,
        pending: { min: 0, max: 4 },
        attempts: { since: "2030-01-01T12:00:00Z", exact: true, delivered: 7, failed: 3 },
        given_up: 1,
        failing: [
          { id: subscription, pending: 4, failed: 1, since: "2030-01-01T12:00:00Z" },
          { id: subscription, pending: 1, failed: 0, since: null },
        ],
      },
      consumers: [
        {
          client_id: "me",
          last_asked: "2030-01-01T11:59:58Z",
          claimed_per_minute: 12.5,
          deleted_per_minute: 12,
          claims: 2,
          held: 9,
        },
        {
          client_id: null,
          last_asked: null,
          claimed_per_minute: null,
          deleted_per_minute: null,
          claims: 1,
          held: 1,
        },
      ],
    });
  });

  test("has no negative age, though clocks differ", () => {
    const figures = { ...KNOWN, oldestAt: exactly(before(-2)) };
    expect(JSON.parse(encodePlaceFigures({ at: AT, figures, holdings: HOLDINGS }))).toMatchObject({
      messages: { oldest: { age: 0 } },
    });
  });

  test("whose oldest message may have any later time", () => {
    const figures = { ...KNOWN, oldestAt: { min: before(60), max: Infinity } };
    expect(JSON.parse(encodePlaceFigures({ at: AT, figures, holdings: HOLDINGS }))).toMatchObject({
      messages: { oldest: { age: { min: 0, max: 60 }, created: { min: "2030-01-01T11:59:00Z" } } },
    });
  });
});

test("the usage of a project, and a list of them", () => {
  const usage = { project: "demo" as ProjectId, at: AT, totals: TOTALS };
  const document = { project_id: "demo", at: "2030-01-01T12:00:00Z", ...TOTALS_DOCUMENT };
  expect(JSON.parse(encodeUsage(usage))).toEqual(document);
  expect(JSON.parse(encodeProjects([usage]))).toEqual({ projects: [document] });
});

test("a series has columns, in which null is a gap", () => {
  const point: SeriesPoint = {
    stored: exactly(2),
    free: { min: 0, max: 2 },
    claimed: exactly(0),
    delayed: exactly(0),
    waiting: exactly(1),
    oldestAt: exactly(before(-40)),
    counters: counters({ posted: 2 }),
  };
  const empty = { ...point, stored: exactly(0), free: exactly(0), oldestAt: null, counters: null };
  const doubtful = { ...point, oldestAt: null };
  const series = { from: AT, step: toSeconds(10), points: [null, empty, doubtful, null, null, point] };
  expect(JSON.parse(encodeSeries(series, JOBS))).toEqual({
    queue: "jobs",
    from: "2030-01-01T12:00:00Z",
    step: 10,
    messages: {
      total: [null, 0, 2, null, null, 2],
      free: [null, 0, { min: 0, max: 2 }, null, null, { min: 0, max: 2 }],
      claimed: [null, 0, 0, null, null, 0],
      delayed: [null, 0, 0, null, null, 0],
    },
    oldest_age: [null, 0, null, null, null, 10],
    waiting_claims: [null, 1, 1, null, null, 1],
    counters: Object.fromEntries(
      Object.keys(NO_NAMES).map((name) => {
        const value = name === "posted" ? 2 : 0;
        return [name, [null, null, value, null, null, value]];
      }),
    ),
  });
  expect(JSON.parse(encodeSeries(series, null))).not.toHaveProperty("queue");
});
