/** The figures in the answers of a queue's object: what they count, and when they do not. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { COUNTERS, NOTHING, type QueueFigures } from "../../src/domain/figures.ts";
import { readDelivery, readFigures } from "../../src/domain/packed-figures.ts";
import type { ReportRequest } from "../../src/objects/rpc/meter.ts";
import type { ConditionalAnswer, QueueMethod } from "../../src/objects/rpc/queue.ts";
import { clock, freezeClock, until } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { inside, queueStub } from "../support/objects/stubs.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();
interceptCalls();

const CLIENT = "3381af922b9e11e3b19171861300734c";
const OTHER_CLIENT = "4481af922b9e11e3b19171861300734c";

function call(queue: Queue, method: QueueMethod, request?: unknown): Promise<ConditionalAnswer> {
  return inside(queue, (object) => object.callIfHere({ method, request, isSettled: true, withFigures: true }));
}

/** The figures in the answer to a call, by default to one that changes nothing. */
async function figuresOf(queue: Queue, method: QueueMethod = "metadata", request?: unknown): Promise<QueueFigures> {
  const answer = await call(queue, method, request);
  const figures = answer.isHere ? readFigures(answer.figures) : null;
  if (figures === null) throw new Error("The answer has no figures.");
  return figures;
}

/** The counters that are not 0. */
async function countersOf(queue: Queue): Promise<Readonly<Record<string, number>>> {
  const { counters } = await figuresOf(queue);
  return Object.fromEntries(COUNTERS.map((name) => [name, counters[name]] as const).filter(([, count]) => count > 0));
}

function alter(queue: Queue, statement: string): Promise<void> {
  return runInDurableObject(queueStub(queue), (_, state) => {
    state.storage.sql.exec(statement);
  });
}

describe("the figures of an answer", () => {
  test("tell what is there after the call", async () => {
    const queue = await project().queue();
    await queue.post({ body: 1, ttl: 600 }, { body: 2, ttl: 300 });
    const claim = { ttl: 60, grace: 60, limit: 1 };
    const now = Date.now();
    const figures = await figuresOf(queue, "claim", claim);
    expect(figures).toMatchObject({
      stored: { min: 2, max: 2 },
      delayed: NOTHING,
      claimed: 1,
      lapse: { first: now + 60_000, last: now + 60_000 },
      expiry: { first: now + 300_000 },
      oldest: { min: now, max: now },
      takenAt: now,
      subscriptions: 0,
      sequence: 0,
      waiting: 0,
      isShort: false,
      isPaused: { claims: false, notifications: false },
    });
    expect(figures.expiry.last).toBeGreaterThanOrEqual(now + 600_000);
    expect(figures.epoch).toMatch(/^[0-9a-f]{16}$/);
    expect(figures.bytes).toBeGreaterThan(0);
  });

  test("come with a refusal as well, and only if they are asked for", async () => {
    const queue = await project().queue();
    const request = { claim: "none", ttl: 60, grace: 60 };
    expect(await call(queue, "renew", request)).toMatchObject({ value: { ok: false }, figures: expect.any(Array) });
    const unasked = await inside(queue, (object) => object.callIfHere({ method: "renew", request }));
    expect(Object.keys(unasked)).toEqual(["isHere", "value"]);
  });

  test("are zeros after the queue was deleted, and the life goes on", async () => {
    const queue = await project().queue();
    await queue.post("a");
    const before = await figuresOf(queue);
    await queue.remove();
    const after = await figuresOf(queue);
    expect(after).toMatchObject({
      bootId: before.bootId,
      boot: before.boot,
      epoch: null,
      stored: NOTHING,
      claimed: 0,
      oldest: null,
      counters: { posted: 1 },
    });
    expect(after.version).toBeGreaterThan(before.version);
  });

  test("belong to another life after the object has slept", async () => {
    const queue = await project().queue();
    await queue.post("a", "b");
    const before = await figuresOf(queue);
    clock.advance({ seconds: 5 });
    await evictDurableObject(queueStub(queue));
    const after = await figuresOf(queue);
    expect(after).toMatchObject({ epoch: before.epoch, stored: before.stored, counters: { posted: 0 } });
    expect(after.bootId).not.toBe(before.bootId);
    expect(after.boot).toBe(before.boot + 5000);
  });

  test("have a later version after a change, and the same after time alone", async () => {
    const queue = await project().queue();
    const { version } = await figuresOf(queue);
    clock.advance({ seconds: 400 });
    expect(await figuresOf(queue, "stats")).toMatchObject({ version });
    await queue.post("a");
    expect((await figuresOf(queue)).version).toBeGreaterThan(version);
  });

  test("tell that claims and notifications are paused", async () => {
    const queue = await project().queue("orders", { _paused: ["claims"] });
    expect(await figuresOf(queue)).toMatchObject({ isPaused: { claims: true, notifications: false } });
  });
});

describe("a counter counts", () => {
  test("posts once, also if a post is repeated", async () => {
    const queue = await project().queue();
    const post = { body: { messages: [{ body: 1, ttl: 60 }] }, headers: { "Idempotency-Key": "once" } };
    await queue.send("POST", "/messages", post);
    await queue.send("POST", "/messages", post);
    expect(await countersOf(queue)).toEqual({ posted: 1 });
  });

  test("claims, releases, lapses and deletions", async () => {
    const queue = await project().queue();
    await queue.post("a", "b", "c", "d");
    await (await queue.claim({ limit: 2 })).release();
    await queue.claim({ limit: 3, ttl: 60 });
    clock.advance({ seconds: 61 });
    expect(await countersOf(queue)).toEqual({ posted: 4, claimed: 5, released: 2, lapsed: 3 });
    await queue.pop(1);
    await queue.purge("messages");
    expect(await countersOf(queue)).toEqual({ posted: 4, claimed: 5, released: 2, lapsed: 3, deleted: 4 });
  });

  test("messages that expire when they are removed", async () => {
    const queue = await project().queue();
    await queue.post({ body: 1, ttl: 60 }, { body: 2, ttl: 600 });
    clock.advance({ seconds: 61 });
    expect(await countersOf(queue)).toEqual({ posted: 2 });
    await queue.purge("messages");
    expect(await countersOf(queue)).toEqual({ posted: 2, deleted: 1, expired: 1 });
  });

  test("dead letters and redriven messages at both queues", async () => {
    const owner = project();
    const queue = await owner.queue("source", { _max_claim_count: 1, _dead_letter_queue: "dead" });
    const dead = await owner.queue("dead");
    await queue.post("a");
    await (await queue.claim()).release();
    await queue.claim();
    expect(await countersOf(queue)).toEqual({ posted: 1, claimed: 1, released: 1, deadLettered: 1 });
    expect(await countersOf(dead)).toEqual({ adopted: 1 });
    await dead.send("POST", "/redrive", { body: {} });
    await until(async () => (await countersOf(queue))["adopted"] === 1);
    expect(await countersOf(dead)).toEqual({ adopted: 1, redriven: 1 });
  });

  test("nothing of what was rolled back", async () => {
    const queue = await project().queue();
    await queue.post("a");
    await alter(queue, "CREATE TRIGGER full BEFORE INSERT ON claim BEGIN SELECT raise(ABORT, 'no room'); END");
    await expect(call(queue, "claim", { ttl: 60, grace: 60, limit: 1 })).rejects.toThrow("no room");
    expect(await countersOf(queue)).toEqual({ posted: 1 });
    expect(await figuresOf(queue)).toMatchObject({ stored: { min: 1, max: 1 }, claimed: 0 });
  });
});

describe("waiting claims are counted", () => {
  test("from the claim that announces the wait, until it is over", async () => {
    const queue = await project().queue();
    const claim = { ttl: 60, grace: 60, limit: 1, waitsFor: 20 };
    const end = Date.now() + 20_000;
    expect(await figuresOf(queue, "claim", claim)).toMatchObject({ waiting: 1, lastWait: end });
    const wait = inside(queue, (object) => object.awaitMessages({ seconds: 20, client: CLIENT as never, wait: "w" }));
    await until(async () => (await figuresOf(queue)).version > 0);
    expect(await figuresOf(queue)).toMatchObject({ waiting: 1, lastWait: end });
    await inside(queue, (object) => object.endWaits({ wait: "w" }));
    await wait;
    expect(await figuresOf(queue)).toMatchObject({ waiting: 0, lastWait: -Infinity });
  });

  test("no longer than a call may take if the announced wait does not begin", async () => {
    const queue = await project().queue();
    await figuresOf(queue, "claim", { ttl: 60, grace: 60, limit: 1, waitsFor: 20 });
    clock.advance({ seconds: 10 });
    expect(await figuresOf(queue)).toMatchObject({ waiting: 0 });
  });
});

test("a question counts a deep log that earlier lives of the object have stored", async () => {
  const queue = await project().queue();
  await inside(queue, async (object) => {
    const posting = { runs: [{ ttl: 3600, delay: null, count: 1, bodies: "1" }], defect: null, delayDefect: null };
    const quotas = { messages_per_queue: -1, bytes_per_queue: -1 };
    const post = { client: CLIENT, size: 1, posting, idempotency: null, quotas };
    for (let count = 0; count < 1100; count++) await object.post(post as never);
  });
  await evictDurableObject(queueStub(queue));
  expect((await figuresOf(queue)).stored).toEqual({ min: 512, max: 1100 });
  const { figures } = await inside(queue, (object) => object.figures());
  expect(readFigures(figures)?.stored).toEqual({ min: 1100, max: 1100 });
});

describe("the figures of DeliveryObjects", () => {
  test("come with the next answer of their queue, once, and with each answer to a question", async () => {
    const queue = await project().queue();
    const hook = new Receiver();
    await queue.subscribe(hook.url);
    const told = async (): Promise<readonly unknown[]> => {
      const answer = await call(queue, "metadata");
      return answer.isHere ? (answer.deliveries ?? []) : [];
    };
    await queue.post("a");
    let first: readonly unknown[] = [];
    await until(async () => (first = await told()).length > 0);
    expect(first.map(readDelivery)).toMatchObject([{ sequence: 1 }]);
    expect(await told()).toEqual([]);
    const asked = await inside(queue, (object) => object.figures());
    expect(asked.deliveries).toEqual(first);
    expect(readFigures(asked.figures)).toMatchObject({ subscriptions: 1, sequence: 1 });
  });
});

describe("the alarm reports", () => {
  interface Meter {
    readonly reports: ReportRequest[];
    isDown: boolean;
  }

  function meterOf({ project: { id } }: Queue): Meter {
    const meter: Meter = { reports: [], isDown: false };
    interceptObjects("METERS", id, () => ({
      async report(report) {
        if (meter.isDown) throw new Error("The meter cannot be reached.");
        meter.reports.push(report);
        return { era: "1", pace: 1 };
      },
    }));
    return meter;
  }

  async function ring(queue: Queue, seconds = 8): Promise<void> {
    clock.advance({ seconds });
    await runDurableObjectAlarm(queueStub(queue));
  }

  function reported({ reports }: Meter): readonly (QueueFigures | null)[] {
    return reports.flatMap(({ figures }) => figures).map(({ packed }) => readFigures(packed));
  }

  /** A dead letter has moved to the queue, and nobody has got its figures. */
  async function moveDeadLetter(): Promise<Queue> {
    const owner = project();
    const source = await owner.queue("source", { _max_claim_count: 1, _dead_letter_queue: "dead" });
    const dead = await owner.queue("dead");
    await source.post("a");
    await (await source.claim()).release();
    await source.claim();
    return dead;
  }

  test("adopted messages, once, eight seconds after their arrival", async () => {
    const dead = await moveDeadLetter();
    const meter = meterOf(dead);
    const at = await runInDurableObject(queueStub(dead), async (_, { storage }) => storage.getAlarm());
    expect(at).toBe(Date.now() + 8000);
    await ring(dead);
    expect(reported(meter)).toMatchObject([{ stored: { min: 1, max: 1 }, counters: { adopted: 1 }, isShort: false }]);
    expect(meter.reports).toMatchObject([{ session: null, final: true, figures: [{ place: { name: "dead" } }] }]);
    await ring(dead, 60);
    expect(meter.reports.length).toBe(1);
  });

  test("that the life is lost that counted adopted messages, until that has been taken", async () => {
    const dead = await moveDeadLetter();
    const meter = meterOf(dead);
    await evictDurableObject(queueStub(dead));
    expect(await figuresOf(dead)).toMatchObject({
      stored: { min: 1, max: 1 },
      counters: { adopted: 0 },
      isShort: true,
    });
    meter.isDown = true;
    await ring(dead);
    expect(meter.reports).toEqual([]);
    meter.isDown = false;
    await ring(dead, 10);
    expect(reported(meter)).toMatchObject([{ counters: { adopted: 0 }, isShort: true }]);
    expect(await figuresOf(dead)).toMatchObject({ isShort: false });
    await evictDurableObject(queueStub(dead));
    expect(await figuresOf(dead)).toMatchObject({ isShort: false });
  });

  test("messages that a sweep has removed, and nothing that an answer has told", async () => {
    const queue = await project().queue();
    const meter = meterOf(queue);
    await figuresOf(queue, "post", {
      client: CLIENT,
      size: 1,
      posting: { runs: [{ ttl: 60, delay: null, count: 1, bodies: "1" }], defect: null, delayDefect: null },
      idempotency: null,
      quotas: { messages_per_queue: -1, bytes_per_queue: -1 },
    });
    await ring(queue);
    expect(meter.reports).toEqual([]);
    await ring(queue, 120);
    expect(reported(meter)).toMatchObject([{ stored: NOTHING, oldest: null, counters: { posted: 1, expired: 1 } }]);
  });
});

test("subscriptions that outlive their queue are older than the next one", async () => {
  const queue = await project().queue();
  await queue.subscribe(new Receiver().url);
  expect(await figuresOf(queue)).not.toHaveProperty("hasOlderSubscriptions");
  clock.advance({ seconds: 1 });
  await queue.remove();
  await queue.post("a");
  expect(await figuresOf(queue)).toMatchObject({ hasOlderSubscriptions: true, subscriptions: 1, sequence: 1 });
});

describe("consumers are told", () => {
  test("by client, with their live claims and the messages that these hold, also after a restart", async () => {
    const queue = await project().queue();
    await queue.post(...Array.from({ length: 10 }, (_, index) => `m${index}`));
    const claim = (limit: number, client?: string): Promise<ConditionalAnswer> =>
      call(queue, "claim", { ttl: 60, grace: 60, limit, ...(client === undefined ? {} : { client }) });
    await claim(1, CLIENT);
    await claim(2, CLIENT);
    await claim(4, OTHER_CLIENT);
    await claim(1);
    const expected = [
      { client: OTHER_CLIENT, claims: 1, messages: 4 },
      { client: CLIENT, claims: 2, messages: 3 },
      { client: null, claims: 1, messages: 1 },
    ];
    expect(await inside(queue, (object) => object.consumers())).toEqual(expected);
    await evictDurableObject(queueStub(queue));
    expect(await inside(queue, (object) => object.consumers())).toEqual(expected);
    clock.advance({ seconds: 60 });
    expect(await inside(queue, (object) => object.consumers())).toEqual([]);
  });

  test("that claim over HTTP", async () => {
    const queue = await project().queue();
    await queue.post("a");
    await queue.claim();
    const [holding] = await inside(queue, (object) => object.consumers());
    expect(holding).toMatchObject({ claims: 1, messages: 1 });
    expect(holding?.client).toMatch(/^[0-9a-f]{32}$/);
  });

  test("up to 100 of them, those with most messages first", async () => {
    const queue = await project().queue();
    await queue.post(...Array.from({ length: 103 }, (_, index) => `m${index}`));
    for (let client = 0; client <= 100; client++) {
      await call(queue, "claim", { ttl: 60, grace: 60, limit: client === 100 ? 3 : 1, client: `client-${client}` });
    }
    const holdings = await inside(queue, (object) => object.consumers());
    expect(holdings.length).toBe(100);
    expect(holdings[0]).toEqual({ client: "client-100", claims: 1, messages: 3 });
  });
});
