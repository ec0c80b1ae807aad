/** A consumer whose program or whose service does what it should not: nothing may stay claimed, run twice or grow because of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConsumeOptions, Message } from "sukkal/client";
import { CLAIMS, consume, END_WAITS, RENEW, serviceWith, SETTLE, settlements, stop } from "./consumption.ts";
import { collectGarbage } from "./garbage.ts";
import { claimed, done, Later, never, nothing, refused, ScriptedService } from "./scripted-service.ts";
import { VirtualTime } from "./virtual-time.ts";

const fails = (): never => {
  throw new Error("by the handler");
};

test("options that are undefined have their defaults", async () => {
  using time = new VirtualTime();
  const service = serviceWith([]);
  // As a program in JavaScript may give them.
  const options = { concurrency: undefined, batch: undefined, lease: undefined, wait: undefined } as unknown;
  consume(service, () => undefined, options as ConsumeOptions);
  await time.advance(0);
  const [poll] = service.of(CLAIMS);
  assert.equal(poll?.query.get("limit"), "10");
  assert.equal(poll?.headers.get("Prefer"), "wait=20");
  assert.deepEqual(JSON.parse(poll?.body ?? ""), { ttl: 60, grace: 60 });
});

for (const options of [{ concurrency: 0 }, { concurrency: Number.NaN }, { batch: 0 }, { batch: -1 }, { lease: 0 }]) {
  test(`refuses ${JSON.stringify(options)}, by which it would never do anything`, () => {
    assert.throws(() => consume(serviceWith([]), () => undefined, options), RangeError);
  });
}

const RETRIES: readonly (readonly [title: string, retry: () => unknown, delay: number])[] = [
  ["throws", fails, 2],
  ["returns nothing", () => undefined, 2],
  ["returns a promise", async () => 5, 2],
  ["returns NaN", () => Number.NaN, 2],
  ["returns less than 0", () => -5, 0],
  ["returns a fraction", () => 1.6, 2],
  ["returns more than the service allows", () => 3600, 900],
  ["returns Infinity", () => Infinity, 900],
];
for (const [title, retry, delay] of RETRIES) {
  test(`releases a message whose retry ${title} with a delay of ${delay} s`, async () => {
    using time = new VirtualTime();
    const service = serviceWith([{ id: "a" }]).on(SETTLE, ({ body }) => {
      const { release } = JSON.parse(body) as { release: { delay: number | null }[] };
      const asked = release[0]?.delay ?? -1;
      return asked >= 0 && asked <= 900 ? done() : refused(400);
    });
    consume(service, fails, { retry: retry as () => number });
    await time.advance(1000);
    assert.deepEqual(settlements(service).at(-1), { delete: [], release: [{ ids: ["a"], delay, count: true }] });
  });
}

test("gives up a settlement that gets no answer when the lease ends", async () => {
  using time = new VirtualTime();
  const service = serviceWith([{ id: "a" }])
    .on(SETTLE, never)
    .on(RENEW, never);
  const { events } = consume(service, () => undefined);
  await time.advance(58_000, 100);
  assert.deepEqual(events, []);
  await time.advance(2000, 100);
  assert.deepEqual(events, [{ type: "lost", ids: ["a"] }]);
  assert.deepEqual(
    [...service.of(SETTLE), ...service.of(RENEW)].map(({ signal }) => signal.aborted),
    [true, true],
  );
});

test("a claim that its last settlement has ended is not lost by the renewal on its way", async () => {
  using time = new VirtualTime();
  const answer = new Later<Response>();
  const service = serviceWith([{ id: "a" }])
    .on(SETTLE, answer.promise)
    .on(RENEW, () => refused(404));
  const { events } = consume(service, () => undefined);
  await time.advance(30_000, 1000);
  answer.come(done());
  await time.advance(1000);
  assert.deepEqual(events, [{ type: "settled", ids: ["a"] }]);
});

test("begins nothing of a claim whose lease is over when the answer arrives", async () => {
  using time = new VirtualTime();
  const answer = new Later<Response>();
  const service = serviceWith([]).on(CLAIMS, answer.promise);
  const handled: string[] = [];
  consume(service, ({ id }) => handled.push(id));
  await time.advance(61_000, 1000);
  answer.come(claimed("late", [{ id: "a" }]));
  await time.advance(1000);
  assert.deepEqual(handled, []);
  assert.deepEqual(settlements(service), []);
});

test("does not begin a message whose claim ends while its body is checked", async () => {
  using time = new VirtualTime();
  const service = serviceWith([{ id: "a" }]).on(END_WAITS, done);
  const checked = new Later<null>();
  const handled: string[] = [];
  const { consumer } = consume(service, ({ id }) => void handled.push(id), { parse: checked.promise });
  await time.advance(100);
  void consumer.stop({ force: true });
  await time.advance(100);
  checked.come(null);
  await time.advance(100);
  assert.deepEqual(handled, []);
  assert.deepEqual(settlements(service), [{ delete: [], release: [{ ids: ["a"], delay: 0, count: false }] }]);
});

test("stop waits for a handler whose claim is lost", async () => {
  using time = new VirtualTime();
  const service = serviceWith([{ id: "a" }])
    .on(RENEW, () => refused(404))
    .on(CLAIMS, ({ query }) => (query.get("limit") === "1" ? claimed("first", [{ id: "a" }]) : nothing(true)));
  const work = new Later<void>();
  const { consumer } = consume(service, work.promise, { concurrency: 1 });
  await time.advance(30_000, 1000);
  const stopping = stop(consumer);
  await time.advance(10_000, 1000);
  assert.equal(stopping.isOver, false);
  work.come();
  await time.advance(100);
  assert.equal(stopping.isOver, true);
});

test("stops once, however often it is asked, and asks nothing of the service afterwards", async () => {
  using time = new VirtualTime();
  const answer = new Later<Response>();
  const service = new ScriptedService().on(CLAIMS, answer.promise).on(END_WAITS, never);
  const { consumer, events } = consume(service, () => undefined);
  await time.advance(100);
  const stopped = Promise.all([consumer.stop(), consumer.stop({ timeout: Infinity }), consumer.stop({ timeout: 1 })]);
  await time.advance(100);
  answer.come(nothing(true));
  await stopped;
  await consumer.stop({ force: true });
  await time.advance(120_000, 1000);
  // The request to end the wait, which would keep the process alive.
  assert.deepEqual(
    service.of(END_WAITS).map(({ signal }) => signal.aborted),
    [true],
  );
  assert.equal(service.of(CLAIMS).length, 1);
  assert.deepEqual(events, []);
});

test("a handler gets all members of a message, also when its body was parsed", async () => {
  using time = new VirtualTime();
  const service = serviceWith([{ id: "a", body: 1, claim_count: 2 }]);
  const messages: Message<number>[] = [];
  const parse = (body: unknown): number => Number(body) + 1;
  consume(service, (message) => void messages.push({ ...message }), { parse });
  await time.advance(100);
  assert.deepEqual(
    messages.map(({ id, body, bodyText, claimCount }) => [id, body, bodyText, claimCount]),
    [["a", 2, "1", 2]],
  );
});

test("keeps nothing of handled messages, whatever handlers leave at their signals", async () => {
  let left = 200;
  const signals: WeakRef<AbortSignal>[] = [];
  const all = Promise.withResolvers<void>();
  const waiting = Promise.withResolvers<Response>();
  const service = new ScriptedService()
    .on(CLAIMS, () => {
      if (left-- > 0) return claimed(`claim${left}`, [{ id: "a" }]);
      all.resolve();
      return waiting.promise;
    })
    .on(SETTLE, done)
    .on(END_WAITS, () => {
      waiting.resolve(nothing(true));
      return done();
    });
  const { consumer } = consume(service, (_, { signal }) => {
    signals.push(new WeakRef(signal));
    signal.addEventListener("abort", () => {});
  });
  await all.promise;
  // Collection needs turns of the event loop; what is in use for a moment may stay.
  let alive = signals.length;
  for (let turn = 0; turn < 50 && alive > 20; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collectGarbage();
    alive = signals.filter((each) => each.deref() !== undefined).length;
  }
  await consumer.stop();
  assert.ok(alive <= 20, `${alive} of ${signals.length} signals are alive`);
});
