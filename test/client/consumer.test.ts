/** The rules of a consumer about leases, settlements, back-off and stopping, under a clock that is moved. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mock, test } from "node:test";
import { LeaseLost } from "sukkal/client";
import { CLAIMS, consume, END_WAITS, forever, RENEW, serviceWith, SETTLE, settlements, stop } from "./consumption.ts";
import { claimed, done, Later, never, nothing, refused, ScriptedService } from "./scripted-service.ts";
import { VirtualTime } from "./virtual-time.ts";

test("settles the outcomes of a claim in one request once all are known", async () => {
  using time = new VirtualTime();
  const service = serviceWith([{ id: "a" }, { id: "b" }, { id: "c", claim_count: 2 }]);
  consume(service, ({ id }) => {
    if (id !== "a") throw new Error("not now");
  });
  await time.advance(0);
  await time.advance(1, 1);
  assert.deepEqual(settlements(service), [
    {
      delete: ["a"],
      release: [
        { ids: ["b"], delay: 2, count: true },
        { ids: ["c"], delay: 8, count: true },
      ],
    },
  ]);
});

test("collects outcomes for 50 ms while other messages are in work", async () => {
  using time = new VirtualTime();
  const service = serviceWith([{ id: "a" }, { id: "b" }]);
  consume(service, ({ id }) => (id === "a" ? undefined : forever()));
  await time.advance(49, 1);
  assert.deepEqual(settlements(service), []);
  await time.advance(1, 1);
  assert.deepEqual(settlements(service), [{ delete: ["a"], release: [] }]);
});

test("claims no more than the free slots", async () => {
  using time = new VirtualTime();
  const service = serviceWith([{ id: "a" }, { id: "b" }]);
  consume(service, forever, { concurrency: 3, batch: 2 });
  await time.advance(100);
  assert.deepEqual(
    service.of(CLAIMS).map(({ query }) => query.get("limit")),
    ["2", "1"],
  );
});

test("no signal gets a listener for each message, of which Node 20 would warn", async () => {
  using time = new VirtualTime();
  const targets = new Set<EventTarget>();
  // The method is called with the target that it belongs to.
  // oxlint-disable-next-line typescript/unbound-method
  const listen = EventTarget.prototype.addEventListener;
  mock.method(
    EventTarget.prototype,
    "addEventListener",
    function (this: EventTarget, ...given: Parameters<typeof listen>) {
      targets.add(this);
      listen.apply(this, given);
    },
  );
  const messages = Array.from({ length: 30 }, (_, index) => ({ id: String(index) }));
  const { consumer } = consume(serviceWith(messages), forever, { concurrency: 30, batch: 30 });
  await time.advance(100);
  const most = Math.max(...[...targets].map((target) => getEventListeners(target, "abort").length));
  assert.ok(most > 0 && most <= 10, `${most} listeners`);
  void consumer.stop({ force: true });
  await time.advance(1000);
  await consumer.stopped;
});

test("renews at a third of the lease until everything is settled, so that a handler of five leases gets its message once", async () => {
  using time = new VirtualTime();
  const service = serviceWith([{ id: "a" }]);
  const work = new Later<void>();
  const { events } = consume(service, work.promise, { lease: 60 });
  await time.advance(300_000, 1000);
  const renewals = service.of(RENEW).length;
  assert.ok(renewals >= 14 && renewals <= 15, `${renewals} renewals in 300 s`);
  work.come();
  await time.advance(60_000, 1000);
  assert.deepEqual(settlements(service), [{ delete: ["a"], release: [] }]);
  assert.equal(service.of(RENEW).length, renewals, "a settled claim is not renewed");
  assert.deepEqual(events, [{ type: "settled", ids: ["a"] }]);
});

test("aborts the signal when a renewal says that the claim is over, and settles nothing of it", async () => {
  using time = new VirtualTime();
  const service = serviceWith([{ id: "a" }, { id: "b" }]).on(RENEW, () => refused(404));
  const reasons: unknown[] = [];
  const { events } = consume(service, (message, { signal }) => {
    if (message.id === "b") return forever();
    return new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        reasons.push(signal.reason);
        resolve();
      });
    });
  });
  await time.advance(30_000, 1000);
  assert.equal(reasons.length, 1);
  assert.ok(reasons[0] instanceof LeaseLost);
  assert.deepEqual(settlements(service), []);
  assert.deepEqual(events, []);
});

for (const [title, renewal] of [
  ["fail", () => refused(503)],
  ["get no answer", never],
] as const) {
  test(`loses the claim before its lease ends when renewals ${title}`, async () => {
    using time = new VirtualTime();
    const service = serviceWith([{ id: "a" }]).on(RENEW, renewal);
    let lostAfter: number | null = null;
    const began = performance.now();
    consume(service, (_, { signal }) => {
      signal.addEventListener("abort", () => (lostAfter = performance.now() - began));
      return forever();
    });
    await time.advance(70_000, 100);
    assert.ok(lostAfter !== null && lostAfter > 55_000 && lostAfter < 60_000, `lost after ${String(lostAfter)} ms`);
  });
}

test("repeats a settlement that got no answer", async () => {
  using time = new VirtualTime();
  let failures = 0;
  const service = serviceWith([{ id: "a" }]).on(SETTLE, () => (failures++ < 6 ? refused(503) : done()));
  const { events } = consume(service, () => undefined);
  await time.advance(40_000);
  assert.deepEqual(events.at(-1), { type: "settled", ids: ["a"] });
});

test("reports messages whose outcome came too late", async () => {
  using time = new VirtualTime();
  const service = serviceWith([{ id: "a" }]).on(SETTLE, () => refused(404));
  const { events } = consume(service, () => undefined);
  await time.advance(1000);
  assert.deepEqual(events, [{ type: "lost", ids: ["a"] }]);
});

test("releases at once what may not be delayed for so long", async () => {
  using time = new VirtualTime();
  const isDelayed = ({ body }: { readonly body: string }): boolean => !body.includes('"delay":0');
  const service = serviceWith([{ id: "a" }]).on(SETTLE, (asked) => (isDelayed(asked) ? refused(400) : done()));
  const { events } = consume(
    service,
    () => {
      throw new Error("later");
    },
    { retry: () => 100_000 },
  );
  await time.advance(1000);
  assert.deepEqual(events.at(-1), { type: "settled", ids: ["a"] });
});

const POLLS: readonly {
  readonly title: string;
  readonly reply: () => Response;
  readonly max: number;
  readonly min: number;
}[] = [
  { title: "pauses after an answer without a wait", reply: () => nothing(false), min: 30, max: 60 },
  { title: "asks again at once after a wait", reply: () => nothing(true), min: 100, max: 10_000 },
  { title: "obeys Retry-After", reply: () => refused(503, { "Retry-After": "10" }), min: 5, max: 7 },
  { title: "backs off after failures", reply: () => refused(500), min: 5, max: 15 },
];
for (const { title, reply, min, max } of POLLS) {
  test(title, async () => {
    using time = new VirtualTime();
    let isTired = false;
    const service = new ScriptedService().on(CLAIMS, async () => {
      if (isTired) return never();
      await new Promise((resolve) => setTimeout(resolve, 10));
      return reply();
    });
    consume(service, () => undefined);
    await time.advance(60_000, 100);
    isTired = true;
    const polls = service.of(CLAIMS).length;
    assert.ok(polls >= min && polls <= max, `${polls} requests in a minute`);
  });
}

test("stop ends the wait, releases what comes uncounted, and lets handlers return", async () => {
  using time = new VirtualTime();
  const answer = new Later<Response>();
  let isFirst = true;
  const service = serviceWith([])
    .on(CLAIMS, () => {
      if (!isFirst) return answer.promise();
      isFirst = false;
      return claimed("first", [{ id: "a" }]);
    })
    .on(END_WAITS, () => {
      answer.come(claimed("second", [{ id: "b" }]));
      return done();
    });
  const work = new Later<void>();
  const { consumer } = consume(service, work.promise);
  await time.advance(100);
  const stopping = stop(consumer);
  await time.advance(1000);
  const [wait] = service.of(END_WAITS);
  assert.equal(wait?.query.get("waiting"), "true");
  assert.equal(wait?.headers.get("Client-ID"), service.of(CLAIMS)[0]?.headers.get("Client-ID"));
  assert.deepEqual(settlements(service), [{ delete: [], release: [{ ids: ["b"], delay: 0, count: false }] }]);
  assert.equal(stopping.isOver, false, "a handler is running");
  work.come();
  await time.advance(1000);
  assert.deepEqual(settlements(service).at(-1), { delete: ["a"], release: [] });
  assert.equal(stopping.isOver, true);
});

test("stop asks again for the end of a wait that had not begun", async () => {
  using time = new VirtualTime();
  let asked = 0;
  const answer = new Later<Response>();
  const service = new ScriptedService().on(CLAIMS, answer.promise).on(END_WAITS, () => {
    if (++asked === 3) answer.come(nothing(true));
    return done();
  });
  const { consumer } = consume(service, () => undefined);
  await time.advance(100);
  const stopping = stop(consumer);
  // Soon: a consumer often stops when a handler has just returned, and the next wait begins.
  await time.advance(200, 10);
  assert.equal(asked, 3);
  assert.equal(stopping.isOver, true);
});

for (const options of [{ force: true }, { timeout: 5000 }]) {
  test(`stop(${JSON.stringify(options)}) aborts handlers and releases their messages uncounted`, async () => {
    using time = new VirtualTime();
    const service = serviceWith([{ id: "a" }]).on(END_WAITS, done);
    let hasAborted = false;
    const { consumer } = consume(
      service,
      (_, { signal }) => {
        signal.addEventListener("abort", () => (hasAborted = true));
        return forever();
      },
      { concurrency: 1 },
    );
    await time.advance(100);
    void consumer.stop(options);
    await time.advance(4900);
    assert.equal(hasAborted, "force" in options);
    await time.advance(200);
    assert.equal(hasAborted, true);
    assert.deepEqual(settlements(service), [{ delete: [], release: [{ ids: ["a"], delay: 0, count: false }] }]);
    await consumer.stopped;
  });
}

test("a body that the parser refuses counts as a failed attempt", async () => {
  using time = new VirtualTime();
  const service = serviceWith([{ id: "a", body: "text" }]);
  const parse = (body: unknown): number => {
    if (typeof body !== "number") throw new TypeError("not a number");
    return body;
  };
  const handled: number[] = [];
  consume(service, ({ body }) => handled.push(body), { parse });
  await time.advance(1000);
  assert.deepEqual(handled, []);
  assert.deepEqual(settlements(service), [{ delete: [], release: [{ ids: ["a"], delay: 2, count: true }] }]);
});
