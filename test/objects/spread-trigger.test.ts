/** When queues are spread and brought back, and what only queues on one object can have. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock, until } from "../support/clock.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";
import { captureLog } from "../support/log.ts";
import { countCalls, interceptObjects } from "../support/objects/calls.ts";
import { rows } from "../support/objects/queue-outbox.ts";
import { CLIENT, Shard } from "../support/objects/shards.ts";
import { inside, queueStub } from "../support/objects/stubs.ts";
import { UNLIMITED_QUOTAS } from "../../src/domain/quota.ts";
import type { Spreading } from "../../src/objects/queue/spreading.ts";

freezeClock();
const log = captureLog();

/** Requests per second at which an object has little to do, and at which it has too much (of 400). */
const [LITTLE, MUCH] = [50, 390];

interface Loaded {
  readonly host: { write(work: () => null): Promise<null> };
}

/** So many transactions per second, for some seconds. */
async function load(stub: DurableObjectStub, perSecond: number, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await runInDurableObject(stub, async (object) => {
      const { host } = object as unknown as Loaded;
      await Promise.all(Array.from({ length: perSecond }, () => host.write(() => null)));
    });
    clock.advance({ seconds: 1 });
  }
}

async function phaseOf(queue: Queue): Promise<unknown> {
  const [row] = await rows(queue, "spread");
  return row?.["phase"];
}

function ring(queue: Queue): Promise<boolean> {
  return runDurableObjectAlarm(queueStub(queue));
}

async function spread(): Promise<Queue> {
  const queue = await project().queue();
  await runInDurableObject(queueStub(queue), (object) =>
    (object as unknown as { readonly spreading: Spreading }).spreading.open(4),
  );
  expect(await phaseOf(queue)).toBe("spread");
  return queue;
}

const shard = (queue: Queue, number: number): Shard => new Shard(queue.project, queue.name, number);
const FIFO = { op: "add", path: "/metadata/_order", value: "fifo" } as const;

describe("load", () => {
  test("that lasts spreads a queue over SHARDS objects", async () => {
    const queue = await project().queue();
    await load(queueStub(queue), MUCH, 70);
    await until(async () => (await phaseOf(queue)) === "spread");
    expect((await rows(queue, "spread"))[0]).toMatchObject({ objects: 8 });
    expect(log.about(queue.project.id)).toContainEqual(
      expect.objectContaining({ event: "queue.spread", objects: 8, reason: "load" }),
    );
  });

  test("of a burst does not, and costs no row and no call", async () => {
    const queue = await project().queue();
    const calls = countCalls(["SHARD_OBJECTS"]);
    await load(queueStub(queue), MUCH, 25);
    await load(queueStub(queue), LITTLE, 30);
    await scheduler.wait(20);
    expect([await rows(queue, "spread"), calls()]).toEqual([[], []]);
  });

  test("does not spread a queue with _order, or with a subscription", async () => {
    const [ordered, watched] = await Promise.all([project().queue(), project().queue()]);
    await ordered.patch(FIFO);
    await watched.subscribe("http://127.0.0.1/hook");
    for (const queue of [ordered, watched]) await load(queueStub(queue), MUCH, 70);
    await scheduler.wait(20);
    expect([await rows(ordered, "spread"), await rows(watched, "spread")]).toEqual([[], []]);
  });

  test("that has gone brings a spread queue back after 10 minutes, across evictions", async () => {
    const queue = await spread();
    for (let minute = 0; minute <= 11; minute++) {
      expect(await phaseOf(queue)).toBe("spread");
      await ring(queue);
      await evictDurableObject(queueStub(queue));
      clock.advance({ seconds: 60 });
    }
    expect(await phaseOf(queue)).toBe("one");
    expect(log.about(queue.project.id)).toContainEqual(
      expect.objectContaining({ event: "queue.collapsed", objects: 4 }),
    );
  });

  test("is asked for once a minute, whatever else the alarm has to do, because a question wakes all shards", async () => {
    const queue = await spread();
    const calls = countCalls(["SHARD_OBJECTS"]);
    for (const seconds of [10, 45, 5, 10, 45, 5]) {
      clock.advance({ seconds });
      await ring(queue);
    }
    expect(calls().filter((call) => call.endsWith("survey"))).toHaveLength(2 * 3);
  });

  test("of a shard keeps it spread", async () => {
    const queue = await spread();
    for (let minute = 0; minute <= 12; minute++) {
      await load(shard(queue, 2).stub, MUCH, 10);
      await ring(queue);
      clock.advance({ seconds: 50 });
    }
    expect(await phaseOf(queue)).toBe("spread");
  });

  test("that is not known is not little: the time of little load begins after it", async () => {
    const queue = await spread();
    const pass = async (minutes: number): Promise<void> => {
      for (let minute = 0; minute < minutes; minute++) {
        await ring(queue);
        clock.advance({ seconds: 60 });
      }
    };
    await pass(9);
    const repair = interceptObjects("SHARD_OBJECTS", shard(queue, 1).name, () => ({
      survey: () => Promise.reject(new Error("lost")),
    }));
    await pass(12);
    repair();
    await pass(10);
    expect(await phaseOf(queue)).toBe("spread");
    await pass(1);
    expect(await phaseOf(queue)).toBe("one");
  });

  test("that is back spreads a queue that drains", async () => {
    const queue = await spread();
    await shard(queue, 1).posted();
    await queue.patch(FIFO);
    expect(await phaseOf(queue)).toBe("draining");
    await queue.patch({ op: "remove", path: "/metadata/_order" });
    await load(queueStub(queue), MUCH, 70);
    await until(async () => (await phaseOf(queue)) === "spread");
  });
});

test("figures tell of a spread queue, and of no other", async () => {
  const [queue, other] = [await spread(), await project().queue()];
  for (const each of [queue, other]) await each.post("a");
  clock.advance({ seconds: 60 });
  await ring(queue);
  await inside(queue, (object) => object.figures());
  await queue.post("b");
  const figures = async (of: Queue): Promise<unknown> => (await of.send("GET", "/figures")).json;
  expect(await figures(queue)).toMatchObject({ spread: { phase: "spread", objects: 4, load: 0 } });
  await load(shard(queue, 2).stub, MUCH, 10);
  // Without another judgement.
  const { spread: later } = (await figures(queue)) as { readonly spread: { readonly load: number } };
  expect(later.load).toBeGreaterThan(0.5);
  expect(await figures(other)).not.toHaveProperty("spread");
  const page = await other.project.send("GET", `/metrics?per_queue=true&project_id=${queue.project.id}`);
  expect(page.text).toContain(`sukkal_queue_objects{project="${queue.project.id}",kind="queue",name="orders"} 4\n`);
});

test("figures tell the load of a queue on one object, which ends when nothing comes", async () => {
  const queue = await project().queue();
  await load(queueStub(queue), MUCH, 20);
  await queue.post("a");
  const shown = async (): Promise<unknown> => {
    const { text } = await queue.project.send("GET", `/metrics?per_queue=true&project_id=${queue.project.id}`);
    expect(text).not.toContain("sukkal_queue_objects");
    return Number(/^sukkal_queue_load{.*} (.*)$/m.exec(text)?.[1]);
  };
  expect((await queue.send("GET", "/figures")).json).toMatchObject({ load: 0.8, messages: { total: 1 } });
  expect(await shown()).toBeCloseTo(0.8, 1);
  clock.advance({ seconds: 60 });
  expect(await shown()).toBeLessThan(0.01);
  expect((await queue.send("GET", "/figures")).json).toMatchObject({ load: 0 });
});

describe("what only a queue on one object can have", () => {
  test("_order is answered when no shard takes posts any more", async () => {
    const queue = await spread();
    await shard(queue, 1).posted();
    await queue.patch(FIFO);
    expect([await phaseOf(queue), await shard(queue, 1).post()]).toEqual(["draining", "moved"]);
  });

  test("a subscription gets every message that is posted after it", async () => {
    const queue = await spread();
    await queue.subscribe("http://127.0.0.1/hook");
    expect([await phaseOf(queue), await shard(queue, 2).post()]).toEqual(["one", "moved"]);
  });

  test("is refused while the home could not carry the load, and nothing changes", async () => {
    const queue = await spread();
    await load(shard(queue, 1).stub, MUCH, 30);
    const patched = await queue.sendPatch([FIFO]);
    const subscribed = await queue.send("POST", "/subscriptions", { body: { subscriber: "http://127.0.0.1/hook" } });
    expect([patched.status, patched.json, subscribed.status]).toMatchObject([409, { code: "queue-spread" }, 409]);
    expect([await phaseOf(queue), (await queue.subscriptions()).subscriptions]).toEqual(["spread", []]);
  });

  test("is 503 while a shard does not answer, and done later", async () => {
    const queue = await spread();
    const repair = interceptObjects("SHARD_OBJECTS", shard(queue, 1).name, () => ({
      set: () => Promise.reject(new Error("lost")),
    }));
    expect((await queue.sendPatch([FIFO])).status).toBe(503);
    expect(await phaseOf(queue)).toBe("stopping");
    repair();
    await queue.patch(FIFO);
    expect(await phaseOf(queue)).toBe("one");
  });

  test("an invalid wish changes nothing", async () => {
    const queue = await spread();
    const wrong = await queue.sendPatch([{ ...FIFO, value: "lifo" }]);
    const subscribed = await queue.send("POST", "/subscriptions", { body: { subscriber: "gopher://x" } });
    expect([wrong.status, subscribed.status, await phaseOf(queue)]).toEqual([400, 400, "spread"]);
  });

  test("a quota of messages brings the queue back once there is a post under it", async () => {
    const queue = await spread();
    const posting = { runs: [], defect: null, delayDefect: null };
    const quotas = { ...UNLIMITED_QUOTAS, messages_per_queue: 5 };
    await inside(queue, (object) =>
      object.post({ client: CLIENT, size: 1, posting, idempotency: null, quotas, pool: null }),
    );
    await ring(queue);
    expect(await phaseOf(queue)).toBe("one");
  });

  test("is not spread again by a post while it is brought back", async () => {
    const queue = await spread();
    await runInDurableObject(queueStub(queue), (object) => {
      const { host } = object as unknown as { readonly host: { config: object } };
      host.config = { ...host.config, spreadAlways: true };
    });
    const posts: Promise<unknown>[] = [];
    interceptObjects("SHARD_OBJECTS", shard(queue, 1).name, (own) => ({
      isDrained: async () => {
        const posted = queue.post("meanwhile");
        posts.push(posted);
        await Promise.race([posted, until(async () => (await phaseOf(queue)) === "opening")]);
        return own.isDrained();
      },
    }));
    expect((await queue.sendPatch([FIFO])).status).toBe(200);
    await Promise.all(posts);
    expect(["draining", "one"]).toContain(await phaseOf(queue));
  });

  test("a redrive waits until the other objects are empty", async () => {
    const queue = await spread();
    await shard(queue, 1).posted();
    const refused = await queue.send("POST", "/redrive", { body: {} });
    expect([refused.status, refused.json]).toMatchObject([409, { code: "queue-spread" }]);
    await shard(queue, 1).rpc.pop({ limit: 1 });
    expect((await queue.send("POST", "/redrive", { body: {} })).status).toBe(202);
  });
});

test("a queue that is being deleted cannot be created again yet", async () => {
  const queue = await spread();
  const repair = interceptObjects("SHARD_OBJECTS", shard(queue, 1).name, () => ({
    set: () => Promise.reject(new Error("lost")),
  }));
  expect((await queue.send("DELETE", "")).status).toBe(503);
  expect((await queue.send("PUT", "", { body: {} })).status).toBe(503);
  repair();
  await ring(queue);
  expect((await queue.send("PUT", "", { body: {} })).status).toBe(201);
});
