/**
 * The figures of a queue against its rows: whatever happens to it, the truth lies within their bounds, then and later. They are
 * exact as soon as all rows are counted.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { toEpochMs, toSeconds } from "../../src/domain/time.ts";
import { entriesOf, isAlive, sequenceOf, visibleAt, type Segment } from "../../src/storage/queue/segment.ts";
import { READ_ROWS_MAX } from "../../src/storage/queue/segment-rows.ts";
import { Segments } from "../../src/storage/queue/segments.ts";
import { shownAt } from "../model/meter/figures.ts";
import { withBareQueue, type BareQueue } from "../support/objects/bare-queue.ts";

const seconds = fc.integer({ min: 1, max: 120 });
const count = fc.integer({ min: 1, max: 6 });
const pick = fc.nat(2);
const step = fc.oneof(
  fc.record({ kind: fc.constant("post" as const), count, ttl: seconds, delay: fc.oneof(fc.constant(0), seconds) }),
  fc.record({ kind: fc.constant("claim" as const), count, ttl: seconds }),
  fc.record({ kind: fc.constant("settle" as const), pick, count: fc.nat(2), delay: fc.oneof(fc.constant(0), seconds) }),
  fc.record({ kind: fc.constant("release" as const), pick }),
  fc.record({ kind: fc.constant("renew" as const), pick, ttl: seconds }),
  fc.record({ kind: fc.constant("withdraw" as const), pick }),
  fc.record({ kind: fc.constant("delete" as const), pick }),
  fc.record({ kind: fc.constant("pop" as const), count }),
  fc.record({ kind: fc.constant("adopt" as const) }),
  // Half of them to the end of a second, when nothing is left to doubt.
  fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 40_000 }), isWhole: fc.boolean() }),
  fc.record({ kind: fc.constant("sweep" as const) }),
  fc.record({ kind: fc.constant("purge" as const) }),
  fc.record({ kind: fc.constant("restart" as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

class Script {
  private readonly bare: BareQueue;
  private readonly claims: ReturnType<BareQueue["claim"]>[] = [];
  private adopted = 0;

  constructor(bare: BareQueue) {
    this.bare = bare;
  }

  take(each: Step): void {
    const { bare } = this;
    const { queue, now } = bare;
    queue.advanceTo(now);
    switch (each.kind) {
      case "post":
        return bare.post(
          Array.from({ length: each.count }, (_, index) => `m${index}`),
          each,
        );
      case "claim":
        return void this.claims.push(bare.claim(each.count, each.ttl));
      case "settle": {
        const claim = this.claimAt(each.pick);
        const ids = claim?.messages.map(({ id }) => id) ?? [];
        const released = [{ ids: ids.slice(each.count), delay: toSeconds(each.delay), isCounted: true }];
        return void queue.settle(claim?.id ?? "", { deleted: ids.slice(0, each.count), released }, now);
      }
      case "release":
        return void queue.release(this.claimAt(each.pick)?.id ?? "");
      case "renew": {
        const lease = { ttl: toSeconds(each.ttl), grace: toSeconds(60) };
        return void queue.renew(this.claimAt(each.pick)?.id ?? "", lease, now);
      }
      case "withdraw": {
        const claim = this.claimAt(each.pick);
        return void (claim !== undefined && queue.withdraw(claim.id, claim.undo));
      }
      case "delete": {
        const message = bare.page(null, 10).messages[each.pick];
        return void queue.deleteMany(message === undefined ? [] : [message.id], null, now);
      }
      case "pop":
        return void queue.pop(each.count, now);
      case "adopt":
        return bare.adopt(++this.adopted, "dead");
      case "pass":
        bare.now = toEpochMs(
          each.isWhole ? now + 1_000 * Math.ceil(each.ms / 1_000) - ((now + 1) % 1_000) : now + each.ms,
        );
        return;
      case "sweep":
        return void queue.sweep(now);
      case "purge":
        return void queue.purge(queue.extent, now);
      case "restart":
        return bare.restart();
    }
  }

  private claimAt(index: number): ReturnType<BareQueue["claim"]> | undefined {
    return this.claims[this.claims.length - 1 - (index % Math.max(1, this.claims.length))];
  }
}

interface Truth {
  readonly stored: number;
  readonly claimed: number;
  readonly delayed: number;
  readonly free: number;
  readonly oldest: number | null;
}

function segmentsOf(bare: BareQueue): Segment[] {
  const segments: Segment[] = [];
  for (;;) {
    const next = new Segments(bare.sql).from((segments.at(-1)?.first ?? 0) + 1, READ_ROWS_MAX);
    segments.push(...next.filter(({ first }) => first > (segments.at(-1)?.first ?? 0)));
    if (next.length < READ_ROWS_MAX) return segments;
  }
}

/** By the rows and the live claims. */
function truthOf(bare: BareQueue, at = bare.now): Truth {
  bare.queue.advanceTo(at);
  const entries = segmentsOf(bare)
    .flatMap((segment) => entriesOf(segment, 1))
    .filter((entry) => isAlive(entry, at));
  const claimed = bare.queue.claimedCount;
  const delayed = entries.filter((entry) => visibleAt(entry) > at).length;
  const [oldest] = entries.toSorted((one, other) => sequenceOf(one) - sequenceOf(other));
  const free = entries.length - claimed - delayed;
  return { stored: entries.length, claimed, delayed, free, oldest: oldest?.segment.postedAt ?? null };
}

/** What the meter would show of the figures at an instant. */
function shownOf(figures: ReturnType<BareQueue["queue"]["figures"]>, at: number): ReturnType<typeof shownAt> {
  const { expiry, lapse, visibility, ...counts } = figures;
  const instants = {
    firstExpiry: expiry.first,
    lastExpiry: expiry.last,
    firstLapse: lapse.first,
    lastLapse: lapse.last,
    firstVisible: visibility.first,
    lastVisible: visibility.last,
  };
  const rest = { name: "", boot: 0, bootId: "", version: 0, takenAt: 0, exists: true, waiting: 0, lastWait: 0 };
  const figuresOfModel = {
    ...rest,
    ...counts,
    ...instants,
    posted: 0,
    isShort: false,
    epoch: 1,
    sequence: 0,
    pending: 0,
    order: 0,
  };
  return shownAt(figuresOfModel, at, () => true);
}

function expectWithin(what: string, { min, max }: { readonly min: number; readonly max: number }, value: number): void {
  expect(min, `${what} is at least`).toBeLessThanOrEqual(value);
  expect(max, `${what} is at most`).toBeGreaterThanOrEqual(value);
}

function check(bare: BareQueue): void {
  const truth = truthOf(bare);
  const figures = bare.queue.figures(bare.now);
  expectWithin("stored", figures.stored, truth.stored);
  expectWithin("delayed", figures.delayed, truth.delayed);
  expect(figures.claimed).toBe(truth.claimed);
  if (truth.oldest !== null) expectWithin("oldest", figures.oldest ?? { min: Infinity, max: 0 }, truth.oldest);
  // What ends in the present second is the only doubt about messages that are counted.
  if (bare.now % 1000 === 999 && figures.expiry.first !== -Infinity) {
    expect(figures.stored).toEqual({ min: truth.stored, max: truth.stored });
    expect(figures.delayed).toEqual({ min: truth.delayed, max: truth.delayed });
  }
  const shown = shownOf(figures, bare.now);
  for (const key of ["stored", "claimed", "delayed", "free"] as const) expectWithin(key, shown[key], truth[key]);
}

/** Later, when nothing has happened but by time. */
function checkLater(bare: BareQueue): void {
  const figures = bare.queue.figures(bare.now);
  for (const ms of [1, 900, 5_000, 30_000, 61_000, 200_000, 400_000]) {
    const at = toEpochMs(bare.now + ms);
    const truth = truthOf(bare, at);
    const shown = shownOf(figures, at);
    for (const key of ["stored", "claimed", "delayed", "free"] as const) expectWithin(key, shown[key], truth[key]);
  }
}

test("figures contain the truth after each of many random steps, and later", { timeout: 120_000 }, async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), (script) =>
    withBareQueue((bare) => {
      const taken = new Script(bare);
      for (const each of script) {
        taken.take(each);
        check(bare);
      }
      checkLater(bare);
    }),
  );
  await fc.assert(property, { numRuns: 150 });
});

/** A log of two pages and a bit, whose object has restarted. */
function deepen(bare: BareQueue): void {
  for (let post = 0; post < DEEP_ROWS; post++) bare.post(["m"], { delay: post % 10 === 0 ? 60 : 0 });
  bare.advance(1);
  bare.restart();
}

const DEEP_ROWS = 2 * READ_ROWS_MAX + 10;

test("a deep log is counted after a restart, a page with each answer", async () => {
  await withBareQueue((bare) => {
    deepen(bare);
    const read = (): number => {
      const before = bare.sql.rowsRead;
      bare.queue.figures(bare.now);
      return bare.sql.rowsRead - before;
    };
    expect(bare.queue.figures(bare.now)).toMatchObject({
      stored: { min: READ_ROWS_MAX, max: DEEP_ROWS },
      delayed: { min: Math.ceil(READ_ROWS_MAX / 10), max: DEEP_ROWS - READ_ROWS_MAX + Math.ceil(READ_ROWS_MAX / 10) },
      expiry: { first: -Infinity, last: Infinity },
      oldest: { min: bare.now - 1000, max: bare.now - 1000 },
    });
    bare.queue.figures(bare.now);
    expect(bare.queue.figures(bare.now)).toMatchObject({
      stored: { min: DEEP_ROWS, max: DEEP_ROWS },
      delayed: { min: Math.ceil(DEEP_ROWS / 10), max: Math.ceil(DEEP_ROWS / 10) },
    });
    expect(read()).toBe(0);
  });
});

test("what happens to a deep log before it is counted keeps the truth within the bounds", async () => {
  await withBareQueue((bare) => {
    deepen(bare);
    check(bare);
    bare.queue.purge({ from: DEEP_ROWS - 30, to: DEEP_ROWS }, bare.now);
    bare.claim(20);
    bare.post(["new"], { delay: 30 });
    for (let answer = 0; answer < 3; answer++) check(bare);
  });
});

test("the head of the log is read once for many removed rows", async () => {
  await withBareQueue((bare) => {
    for (let post = 0; post < 600; post++) {
      bare.post(["m"]);
      bare.advance(1);
    }
    bare.restart();
    for (let answer = 0; answer < 3; answer++) bare.queue.figures(bare.now);
    let reads = 0;
    for (let taken = 0; taken < 600; taken++) {
      bare.queue.pop(1, bare.now);
      const before = bare.sql.rowsRead;
      const { oldest } = bare.queue.figures(bare.now);
      if (bare.sql.rowsRead > before) reads++;
      const postedAt = 1_000_000_000_000 + (taken + 1) * 1000;
      expect(oldest).toEqual(taken === 599 ? null : { min: postedAt, max: postedAt });
    }
    expect(reads).toBeLessThanOrEqual(3);
  });
});
