/** What needs somebody: each rule on both sides of its thresholds. */
import { describe, expect, test } from "vitest";
import type { Overview, PlaceFigures } from "sukkal/client";
import { keyOf } from "../../../console/src/state/figures.ts";
import type { Seen } from "../../../console/src/state/history.ts";
import { THRESHOLDS } from "../../../console/src/verdict/thresholds.ts";
import { verdictOn } from "../../../console/src/verdict/verdict.ts";

const NOW = new Date("2026-11-27T03:12:08").getTime();
const MIN = 60_000;
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

const ATTEMPTS = { since: new Date(0).toISOString(), exact: true, delivered: 0, failed: 0 };

type Changes = Omit<Partial<PlaceFigures>, "messages" | "rates" | "counters"> & {
  readonly messages?: Partial<PlaceFigures["messages"]>;
  readonly rates?: Partial<typeof NONE> | null;
  readonly counters?: Partial<typeof NONE>;
};

/** A queue that is well, with changes. */
function place(name: string, { messages, rates = {}, counters = {}, ...changes }: Changes = {}): PlaceFigures {
  return {
    kind: "queue",
    name,
    href: `/v2/queues/${name}`,
    as_of: at(NOW),
    certainty: "current",
    messages: { total: 0, free: 0, claimed: 0, delayed: 0, oldest: null, first_expiry: null, ...messages },
    waiting_claims: 0,
    bytes: 28_672,
    paused: [],
    rates: rates === null ? null : { ...NONE, ...rates },
    counters: { since: at(0), exact: true, ...NONE, ...counters },
    subscriptions: null,
    dead_letter_queue: null,
    ...changes,
  };
}

interface Rest {
  readonly seen?: ReadonlyMap<string, Seen>;
  readonly quotas?: Readonly<Record<string, number>>;
}

function verdict(places: readonly PlaceFigures[], { seen: history = new Map(), quotas }: Rest = {}) {
  const messages = { total: 0, free: 0, claimed: 0, delayed: 0 };
  const counters = { since: at(0), exact: true, ...NONE };
  const totals = { places: places.length, unknown: 0, unconfirmed: 0, messages, waiting_claims: 0, bytes: 0, counters };
  const overview: Overview = { at: at(NOW), totals, places };
  return verdictOn({ overview, seen: history, quotas: quotas ?? null, now: NOW });
}

function at(time: number): string {
  return new Date(time).toISOString();
}

/** What a page has seen of a queue. */
function seen(queue: PlaceFigures, what: Partial<Seen>): ReadonlyMap<string, Seen> {
  const nothing = { at: NOW, free: queue.messages.free, rise: null, deadLettered: null, dead: null };
  return new Map([[keyOf(queue), { ...nothing, ...what }]]);
}

test("a project whose queues are well needs nobody", () => {
  expect(verdict([place("orders", { messages: { free: 3, total: 3 } }), place("news", { kind: "topic" })])).toEqual([]);
});

describe("falls behind", () => {
  const waiting = (age: number, left: number): Partial<PlaceFigures["messages"]> => ({
    free: 81_780,
    oldest: { age: age / 1000, created: at(NOW - age) },
    first_expiry: at(NOW + left),
  });
  const rates = { posted: 38.2, deleted: 6.1 };

  test("names when the oldest messages expire, and since when Free grows", () => {
    const queue = place("orders", { messages: waiting(35 * MIN, 24 * MIN), rates });
    const since = NOW - 42 * MIN;
    const saw = (isBeginning: boolean) => ({ seen: seen(queue, { rise: { since, from: 40, isBeginning } }) });
    const [found] = verdict([queue], saw(true));
    expect(verdict([queue], saw(false))[0]?.since).toBeNull();
    expect(found).toMatchObject({ severity: "act", subject: "orders", since });
    expect(found?.sentence).toBe(
      "falls behind: 6.1 of 38.2 messages a second are taken. From about 03:40 its oldest messages expire at this pace.",
    );
  });

  test("says that nobody takes them, or that claims are paused", () => {
    const messages = waiting(35 * MIN, 24 * MIN);
    expect(verdict([place("orders", { messages })])[0]?.sentence).toMatch(/^falls behind: nobody takes its messages/);
    const paused = verdict([place("orders", { messages, paused: ["claims"] })]);
    expect(paused[0]?.sentence).toMatch(/^falls behind: its claims are paused/);
  });

  test.each([
    ["as many are taken as come", { messages: waiting(35 * MIN, 24 * MIN), rates: { posted: 6, deleted: 6 } }],
    ["the rates are not known", { messages: waiting(35 * MIN, 24 * MIN), rates: null }],
    ["the oldest is young", { messages: waiting(THRESHOLDS.oldestAtLeast - 1, 24 * MIN), rates }],
    ["none is free", { messages: { ...waiting(35 * MIN, 24 * MIN), free: { min: 0, max: 9 } }, rates }],
    ["nobody takes them, and three quarters of their life are left", { messages: waiting(20 * MIN - 1, 60 * MIN) }],
    ["the loss is far", { messages: waiting(35 * MIN, THRESHOLDS.lossWithin + 1) }],
    ["it is a topic", { kind: "topic", messages: waiting(35 * MIN, 24 * MIN), rates }],
  ] satisfies readonly (readonly [string, Changes])[])("not if %s", (_, changes) => {
    expect(verdict([place("orders", changes)])).toEqual([]);
  });

  test.each([
    ["the oldest is old enough", { messages: waiting(THRESHOLDS.oldestAtLeast, 24 * MIN), rates }],
    ["nobody takes them, and a quarter of their life is over", { messages: waiting(20 * MIN, 60 * MIN) }],
    ["the loss is within the time", { messages: waiting(35 * MIN, THRESHOLDS.lossWithin) }],
    [
      "dead letters are more than what is handled",
      { messages: waiting(35 * MIN, MIN), rates: { posted: 9, dead_lettered: 1 } },
    ],
  ] satisfies readonly (readonly [string, Changes])[])("if %s", (_, changes) => {
    expect(verdict([place("orders", changes)])).toMatchObject([{ severity: "act", subject: "orders" }]);
  });

  test("the next loss comes first", () => {
    const later = place("later", { messages: waiting(35 * MIN, 24 * MIN) });
    const sooner = place("sooner", { messages: waiting(35 * MIN, 3 * MIN) });
    expect(verdict([later, sooner]).map(({ subject }) => subject)).toEqual(["sooner", "later"]);
  });
});

describe("dead letters", () => {
  const dead = (age: number): PlaceFigures =>
    place("orders-dead", { messages: { total: 1312, oldest: { age: age / 1000, created: at(NOW - age) } } });
  const source = (name: string, count: number): PlaceFigures =>
    place(name, { dead_letter_queue: "orders-dead", counters: { dead_lettered: count } });

  test("of the hour, with the queue that most come from", () => {
    const found = verdict([source("orders-us", 38), source("orders-eu", 1274), dead(38 * MIN)]);
    expect(found).toMatchObject([{ severity: "act", subject: "orders-dead", since: NOW - 38 * MIN }]);
    expect(found[0]?.sentence).toBe("holds 1,312 dead letters, 1,274 of them from orders-eu.");
    expect(verdict([source("orders-eu", 9), dead(MIN)])[0]?.sentence).toBe("holds 1,312 dead letters from orders-eu.");
  });

  test("older than an hour need nobody, unless others have come", () => {
    const old = dead(THRESHOLDS.deadLettersWithin);
    expect(verdict([source("orders-eu", 1274), old])).toEqual([]);
    expect(verdict([source("orders-eu", 1274), dead(THRESHOLDS.deadLettersWithin - 1)])).toHaveLength(1);
    const moving = place("orders-eu", { dead_letter_queue: "orders-dead", rates: { dead_lettered: 0.5 } });
    expect(verdict([moving, old])).toMatchObject([{ since: null }]);
    const last = NOW - THRESHOLDS.deadLettersWithin;
    const saw = (time: number): Rest => ({
      seen: seen(source("orders-eu", 2), { dead: { count: 1, since: NOW - 90 * MIN, last: time } }),
    });
    expect(verdict([source("orders-eu", 2), old], saw(last))).toEqual([]);
    expect(verdict([source("orders-eu", 2), old], saw(last + 1))).toMatchObject([{ since: NOW - 90 * MIN }]);
  });

  test("that are gone need nobody", () => {
    expect(verdict([source("orders-eu", 1274), place("orders-dead")])).toEqual([]);
  });
});

describe("subscribers that do not take their notifications", () => {
  const failing = (failed: readonly number[], since: number | null = null): Changes => ({
    subscriptions: {
      count: 2,
      pending: 17,
      attempts: ATTEMPTS,
      given_up: 9,
      failing: failed.map((each, index) => ({
        id: `s${index}`,
        pending: 17,
        failed: each,
        since: since === null ? null : at(since),
      })),
    },
  });

  test("until some were given up are worth a look, at the subscription if it is one", () => {
    const found = verdict([place("cancellations", failing([204], NOW - 41 * MIN))]);
    expect(found).toMatchObject([
      {
        severity: "watch",
        subject: "cancellations",
        route: { page: "subscription", id: "s0" },
        since: NOW - 41 * MIN,
      },
    ]);
    expect(found[0]?.sentence).toBe(
      "has a subscriber that did not take 204 notifications: 17 wait for a retry, 204 were given up and are kept.",
    );
    const both = verdict([place("cancellations", failing([1, 2]))]);
    expect(both).toMatchObject([{ route: { page: "place", tab: "subscriptions" } }]);
    expect(both[0]?.sentence).toMatch(/^has two subscribers that did not take 3 notifications: 34 wait/);
  });

  test("are worth a look before anything is given up", () => {
    const [found] = verdict([place("cancellations", failing([0], NOW - THRESHOLDS.failsFor))]);
    expect(found).toMatchObject({ route: { page: "subscription", id: "s0" }, since: NOW - THRESHOLDS.failsFor });
    expect(found?.sentence).toBe("has a subscriber that takes nothing: 17 notifications wait for a retry.");
    const [both] = verdict([place("cancellations", failing([0, 0], NOW - 9 * MIN))]);
    expect(both?.sentence).toBe("has two subscribers that take nothing: 34 notifications wait for a retry.");
  });

  test("not while they wait for a first attempt, or for less than a minute", () => {
    expect(verdict([place("cancellations", failing([0]))])).toEqual([]);
    expect(verdict([place("cancellations", failing([0], NOW - THRESHOLDS.failsFor + 1))])).toEqual([]);
  });
});

describe("Free has grown", () => {
  const grown = (forMs: number, by: number): ReturnType<typeof verdict> => {
    const queue = place("orders", { messages: { free: 1000 } });
    return verdict([queue], {
      seen: seen(queue, { rise: { since: NOW - forMs, from: 1000 - by, isBeginning: false } }),
    });
  };

  test("for long enough, and by enough", () => {
    expect(grown(THRESHOLDS.grownFor, THRESHOLDS.grownBy)).toMatchObject([
      { severity: "watch", since: NOW - 10 * MIN },
    ]);
    expect(grown(THRESHOLDS.grownFor - 1, THRESHOLDS.grownBy)).toEqual([]);
    expect(grown(THRESHOLDS.grownFor, THRESHOLDS.grownBy - 1)).toEqual([]);
  });

  test("is not said of a queue that falls behind", () => {
    const messages = { free: 1000, oldest: { age: 600, created: at(NOW - 10 * MIN) }, first_expiry: at(NOW + MIN) };
    const queue = place("orders", { messages });
    const rise = { since: NOW - 20 * MIN, from: 0, isBeginning: true };
    expect(verdict([queue], { seen: seen(queue, { rise }) })).toMatchObject([{ severity: "act" }]);
  });
});

describe("a quota is nearly used up", () => {
  const found = (used: number, limit: number): ReturnType<typeof verdict> =>
    verdict([place("orders", { messages: { total: used } })], { quotas: { messages_per_queue: limit } });

  test("above nine tenths", () => {
    expect(found(91, 100)).toMatchObject([{ severity: "watch", subject: "orders" }]);
    expect(found(91, 100)[0]?.sentence).toBe("holds 91 of the 100 messages that its quota allows: 91 %.");
    expect(found(90, 100)).toEqual([]);
    expect(found(1_000_000, -1)).toEqual([]);
    expect(found(0, 0)).toEqual([]);
  });

  test("of the project, its bytes and its subscriptions too", () => {
    expect(verdict([place("orders")], { quotas: { queues: 1 } })).toMatchObject([{ route: { page: "quotas" } }]);
    expect(verdict([place("orders")], { quotas: { bytes_per_queue: 28_672 } })).toHaveLength(1);
    const subscriptions = { count: 10, pending: 0, attempts: ATTEMPTS, given_up: 0, failing: [] };
    expect(verdict([place("orders", { subscriptions })], { quotas: { subscriptions_per_queue: 11 } })).toHaveLength(1);
  });
});

test("what destroys comes before what is worth a look", () => {
  const dead = place("dead", { messages: { total: 95, oldest: { age: 60, created: at(NOW - MIN) } } });
  const source = place("orders", { dead_letter_queue: "dead" });
  const rest = { quotas: { messages_per_queue: 100 } };
  expect(verdict([source, dead], rest).map(({ severity }) => severity)).toEqual(["act", "watch"]);
});
