/** A consumer that cannot work: nobody can miss that, and what no repetition can change is not repeated. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { format } from "node:util";
import { Sukkal, SukkalError } from "sukkal/client";
import { CLAIMS, consume, serviceWith, settlements } from "./consumption.ts";
import { claimed, nothing, refused, ScriptedService } from "./scripted-service.ts";
import { VirtualTime } from "./virtual-time.ts";

const FROM_SERVICE = { "X-OpenStack-Request-Id": "req-1" };

const ANSWERS: readonly (readonly [status: number, headers: Readonly<Record<string, string>>, isFinal: boolean])[] = [
  [400, FROM_SERVICE, true],
  [401, FROM_SERVICE, true],
  [403, FROM_SERVICE, true],
  [404, FROM_SERVICE, true],
  [429, FROM_SERVICE, false],
  [500, FROM_SERVICE, false],
  [503, FROM_SERVICE, false],
  // As a proxy answers whose service is being replaced.
  [404, {}, false],
];
for (const [status, headers, isFinal] of ANSWERS) {
  const title = `${status} ${headers === FROM_SERVICE ? "of the service" : "of a proxy"}`;
  test(`a consumer ${isFinal ? "stops" : "goes on"} after ${title}`, async () => {
    using time = new VirtualTime();
    const service = new ScriptedService().on(CLAIMS, () => refused(status, headers));
    const { consumer, events } = consume(service, () => undefined);
    const outcome = consumer.stopped.then(
      () => null,
      (error: unknown) => error,
    );
    await time.advance(120_000, 1000);
    const [event] = events;
    assert.ok(event?.type === "error" && event.error instanceof SukkalError && event.error.status === status);
    assert.equal(service.of(CLAIMS).length === 1, isFinal);
    service.on(CLAIMS, () => nothing(false));
    void consumer.stop();
    await time.advance(60_000, 1000);
    assert.equal(await outcome, isFinal ? event.error : null);
  });
}

test("a consumer of a queue that no address has stops", async () => {
  const service = new ScriptedService();
  const consumer = new Sukkal({ url: "http://service.test", fetch: service.fetch })
    .queue("..")
    .consume(() => undefined);
  await assert.rejects(consumer.stopped, { name: "SukkalError", code: "path-invalid" });
  assert.equal(service.asked.length, 0);
});

test("what is in work is settled before the consumer says that it was refused", async () => {
  using time = new VirtualTime();
  const work = Promise.withResolvers<void>();
  let claims = 0;
  const service = serviceWith([]).on(CLAIMS, () =>
    claims++ === 0 ? claimed("first", [{ id: "a" }]) : refused(403, FROM_SERVICE),
  );
  const { consumer } = consume(service, () => work.promise);
  let isOver = false;
  consumer.stopped.catch(() => (isOver = true));
  await time.advance(10_000);
  assert.deepEqual([claims, isOver], [2, false]);
  work.resolve();
  await time.advance(1000);
  assert.deepEqual([settlements(service), isOver], [[{ delete: ["a"], release: [] }], true]);
  await consumer.stop();
});

test("without a listener, failures are printed once a minute", async () => {
  using time = new VirtualTime();
  const print = mock.method(console, "error", () => undefined);
  const service = serviceWith([]).on(CLAIMS, () => refused(503));
  const fetch = service.fetch;
  const consumer = new Sukkal({ url: "http://service.test", fetch }).queue("jobs").consume(() => undefined);
  const texts = (): string[] => print.mock.calls.map(({ arguments: words }) => format(...(words as unknown[])));
  await time.advance(59_000, 1000);
  assert.deepEqual(texts(), ["sukkal: error SukkalError: Refused: By the test."]);
  assert.ok(service.of(CLAIMS).length > 3);
  await time.advance(60_000, 1000);
  assert.equal(texts().length, 2);
  void consumer.stop();
  await time.advance(60_000, 1000);
  await consumer.stopped;
});

test("without a listener, the stack of a handler's failure is printed", async () => {
  using time = new VirtualTime();
  const print = mock.method(console, "error", () => undefined);
  const service = serviceWith([{ id: "a" }]);
  new Sukkal({ url: "http://service.test", fetch: service.fetch }).queue("jobs").consume(() => {
    throw new Error("no disk");
  });
  await time.advance(1000);
  const [text = ""] = print.mock.calls.map(({ arguments: words }) => format(...(words as unknown[])));
  assert.match(text, /^sukkal: failed Error: no disk\n +at .*consumer-refusals/);
});

test("without a listener, what a refused consumer rejects with is not printed too", async () => {
  using time = new VirtualTime();
  const print = mock.method(console, "error", () => undefined);
  const service = serviceWith([]).on(CLAIMS, () => refused(401, FROM_SERVICE));
  const queue = new Sukkal({ url: "http://service.test", fetch: service.fetch }).queue("jobs");
  const outcomes = [queue.consume(() => undefined).stopped, queue.drain(() => undefined, { forMs: 1000 })];
  const rejected = outcomes.map((outcome) => assert.rejects(outcome, { name: "SukkalError", status: 401 }));
  await time.advance(2000);
  await Promise.all(rejected);
  assert.equal(print.mock.callCount(), 0);
});

for (const lease of [59, Number.NaN]) {
  test(`a lease of ${lease} s is refused at once`, () => {
    assert.throws(() => consume(serviceWith([]), () => undefined, { lease }), RangeError);
  });
}

function drained(service: ScriptedService, signal?: AbortSignal): Promise<unknown> {
  const options = { forMs: 10_000, signal, onEvent: () => undefined };
  const queue = new Sukkal({ url: "http://service.test", fetch: service.fetch }).queue("jobs");
  return queue.drain(() => undefined, options).catch((error: unknown) => error);
}

test("drain throws if no claim is answered", async () => {
  using time = new VirtualTime();
  for (const answer of [refused(403, FROM_SERVICE), refused(503), new Response("<html>")]) {
    const outcome = drained(new ScriptedService().on(CLAIMS, () => answer.clone()));
    await time.advance(30_000, 1000);
    assert.ok((await outcome) instanceof SukkalError);
  }
});

test("drain returns if the service was there", async () => {
  using time = new VirtualTime();
  let claims = 0;
  const service = serviceWith([]).on(CLAIMS, () => (claims++ === 0 ? claimed("first", [{ id: "a" }]) : refused(503)));
  const outcome = drained(service);
  await time.advance(30_000, 1000);
  assert.equal(await outcome, undefined);
});

test("a signal ends drain, but no handler", async () => {
  using time = new VirtualTime();
  const reason = new Error("enough");
  const aborting = new AbortController();
  const work = Promise.withResolvers<void>();
  const service = serviceWith([{ id: "a" }]);
  const queue = new Sukkal({ url: "http://service.test", fetch: service.fetch }).queue("jobs");
  let outcome: unknown = null;
  void queue
    .drain(() => work.promise, { forMs: 1e9, concurrency: 1, signal: aborting.signal })
    .catch((error: unknown) => (outcome = error));
  await time.advance(100);
  aborting.abort(reason);
  await time.advance(5000);
  assert.equal(outcome, null);
  work.resolve();
  await time.advance(1000);
  assert.deepEqual([outcome, settlements(service)], [reason, [{ delete: ["a"], release: [] }]]);
  await assert.rejects(
    queue.drain(() => undefined, { forMs: 1, signal: aborting.signal }),
    reason,
  );
});
