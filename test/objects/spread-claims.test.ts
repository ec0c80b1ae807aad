/** The home of a spread queue finds messages for claims, and wakes those that wait, whichever object gets a message. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { QueueRpc } from "../../src/objects/rpc/queue.ts";
import { shardOfClaim } from "../../src/domain/id.ts";
import { toSeconds } from "../../src/domain/time.ts";
import type { Spreading } from "../../src/objects/queue/spreading.ts";
import { clock, freezeClock, moveTimers } from "../support/clock.ts";
import { claimed, queueAndSocket, wait } from "../support/drivers/waits.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";
import { countCalls, interceptObjects } from "../support/objects/calls.ts";
import { rows } from "../support/objects/queue-outbox.ts";
import { CLIENT, Shard } from "../support/objects/shards.ts";
import { queueStub } from "../support/objects/stubs.ts";

freezeClock();

function atHome(queue: Queue, work: (spreading: Spreading) => Promise<void>): Promise<void> {
  return runInDurableObject(queueStub(queue), (object) =>
    work((object as unknown as { readonly spreading: Spreading }).spreading),
  );
}

async function spread(objects = 3): Promise<Queue> {
  const queue = await project().queue();
  await atHome(queue, (home) => home.open(objects));
  return queue;
}

function shardOf(queue: Queue, number: number): Shard {
  return new Shard(queue.project, queue.name, number);
}

function homeOf(queue: Queue): QueueRpc {
  return queueStub(queue) as unknown as QueueRpc;
}

function find(queue: Queue): ReturnType<QueueRpc["find"]> {
  return homeOf(queue).find({ milliseconds: 0 });
}

/** Begins a wait. What it finds is in an array, because an async function would otherwise wait for it. */
async function startWaiting(queue: Queue): Promise<readonly [ReturnType<QueueRpc["find"]>]> {
  const found = homeOf(queue).find({ milliseconds: 600_000, client: CLIENT, wait: crypto.randomUUID() });
  await homeOf(queue).stats();
  return [found];
}

function crash(stub: DurableObjectStub): Promise<void> {
  return runInDurableObject(stub, (_, state) => state.abort("a crash")).catch(() => undefined);
}

/** Lets so much time pass, in steps in which calls are made. */
async function pass(milliseconds: number): Promise<void> {
  for (let past = 0; past < milliseconds; past += 10) {
    clock.advance({ ms: 10 });
    await scheduler.wait(10);
  }
}

async function outcomeOf<T>(work: Promise<T>): Promise<T | "nothing yet"> {
  return Promise.race([work, scheduler.wait(50).then(() => "nothing yet" as const)]);
}

describe("find", () => {
  test("names an object with messages, and none without", async () => {
    const queue = await spread();
    expect(await find(queue)).toBeNull();
    await shardOf(queue, 2).posted();
    expect(await find(queue)).toBe(2);
    await shardOf(queue, 2).rpc.pop({ limit: 1 });
    await queue.post("home");
    expect(await find(queue)).toBe(0);
  });

  test("looks once for all who ask at the same time", async () => {
    const queue = await spread();
    await find(queue);
    const calls = countCalls(["SHARD_OBJECTS"]);
    await Promise.all(Array.from({ length: 20 }, () => find(queue)));
    expect(calls().length).toBeLessThanOrEqual(4);
  });

  test("passes over a shard that does not answer, for five seconds", async () => {
    const queue = await spread();
    let asked = 0;
    interceptObjects("SHARD_OBJECTS", shardOf(queue, 1).name, () => ({
      watch: () => {
        asked++;
        return Promise.reject(new Error("lost"));
      },
    }));
    await shardOf(queue, 2).posted();
    expect([await find(queue), await find(queue), asked]).toEqual([2, 2, 1]);
    clock.advance({ seconds: 5 });
    expect([await find(queue), asked]).toEqual([2, 2]);
  });

  test("waits for no slow shard when another has messages", async () => {
    const queue = await spread();
    await shardOf(queue, 2).posted();
    interceptObjects("SHARD_OBJECTS", shardOf(queue, 1).name, () => ({ watch: () => new Promise(() => undefined) }));
    moveTimers();
    const found = find(queue);
    await queue.stats();
    await pass(60);
    expect(await outcomeOf(found)).toBe(2);
  });

  test.each([0, 1000])(
    "names the home of a queue that drains only when no shard has messages, within %d ms",
    async (milliseconds) => {
      const queue = await spread(8);
      await shardOf(queue, 5).posted();
      await atHome(queue, (home) => home.collapse());
      await queue.post("new");
      const ask = () => homeOf(queue).find({ milliseconds });
      expect([await ask(), await ask(), await ask()]).toEqual([5, 5, 5]);
      await shardOf(queue, 5).rpc.pop({ limit: 1 });
      expect(await ask()).toBe(0);
    },
  );

  test("looks at no shard of a queue on one object", async () => {
    const queue = await project().queue();
    const calls = countCalls(["SHARD_OBJECTS"]);
    await queue.post("a");
    expect([await find(queue), calls()]).toEqual([0, []]);
  });
});

describe("a claim that waits", () => {
  test("is woken by a message of any object, which it is told", async () => {
    const queue = await spread(8);
    for (const object of [1, 7, 4]) {
      const [found] = await startWaiting(queue);
      await shardOf(queue, object).posted();
      expect(await found).toBe(object);
      await shardOf(queue, object).rpc.pop({ limit: 1 });
    }
    const [found] = await startWaiting(queue);
    await queue.post("home");
    expect(await found).toBe(0);
  });

  test("is woken for each message, as many as there are", async () => {
    const queue = await spread();
    const waits = await Promise.all(Array.from({ length: 4 }, () => startWaiting(queue)));
    await shardOf(queue, 1).posted(3);
    const outcomes = await Promise.all(waits.map(([found]) => outcomeOf(found)));
    expect(outcomes.filter((outcome) => outcome === 1).length).toBeGreaterThanOrEqual(3);
  });

  test("that began when the queue was on one object is woken by a shard", async () => {
    const queue = await project().queue();
    const waiting = homeOf(queue).awaitMessages({ seconds: 600, client: CLIENT, wait: "w" });
    await queue.stats();
    await atHome(queue, (home) => home.open(3));
    await shardOf(queue, 2).posted();
    expect(await waiting).toBe("ready");
  });

  test("that began when the queue was spread is woken when it is on one object again", async () => {
    const queue = await spread();
    const [found] = await startWaiting(queue);
    await atHome(queue, (home) => home.collapse());
    await queue.post("home");
    expect(await found).toBe(0);
  });

  test("is woken when the settings of a queue that paused claims change", async () => {
    const queue = await spread();
    await queue.patch({ op: "add", path: "/metadata/_paused", value: ["claims"] });
    await shardOf(queue, 1).posted();
    const [found] = await startWaiting(queue);
    expect(await outcomeOf(found)).toBe("nothing yet");
    await queue.patch({ op: "remove", path: "/metadata/_paused" });
    expect(await found).toBe(1);
  });

  test("is ended by its client", async () => {
    const queue = await spread();
    const [found] = await startWaiting(queue);
    await homeOf(queue).endWaits({ client: CLIENT });
    expect(await found).toBe("canceled");
  });
});

describe("within 100 ms one claim, which waits at eight objects, learns", () => {
  test("of a lease that lapses", async () => {
    const queue = await spread(8);
    const shard = shardOf(queue, 6);
    await shard.posted();
    await shard.claim();
    moveTimers();
    const [found] = await startWaiting(queue);
    await pass(50);
    clock.advance({ seconds: 59 });
    await pass(200);
    expect(await outcomeOf(found)).toBe("nothing yet");
    clock.advance({ seconds: 1 });
    await pass(100);
    expect(await outcomeOf(found)).toBe(6);
  });

  test("of a delay that ends", async () => {
    const queue = await spread(8);
    const shard = shardOf(queue, 3);
    await shard.posted();
    const claim = await shard.claim();
    const ids = claim?.messages.map(({ id }) => id) ?? [];
    await shard.rpc.settle({
      claim: claim?.claim ?? "",
      deleted: [],
      released: [{ ids, delay: toSeconds(30), isCounted: true }],
    });
    moveTimers();
    const [found] = await startWaiting(queue);
    await pass(50);
    clock.advance({ seconds: 29 });
    // The calls that wait have been over for their time, and are made again.
    await pass(200);
    expect(await outcomeOf(found)).toBe("nothing yet");
    clock.advance({ seconds: 1 });
    await pass(100);
    expect(await outcomeOf(found)).toBe(3);
  });

  test("of a message at a shard that was evicted", async () => {
    const queue = await spread(8);
    const shard = shardOf(queue, 5);
    moveTimers();
    const [found] = await startWaiting(queue);
    await crash(shard.stub);
    await new Shard(queue.project, queue.name, 5).posted();
    await pass(100);
    expect(await outcomeOf(found)).toBe(5);
  });
});

describe("a connection that waits", () => {
  async function waiting(metadata = {}) {
    const [queue, socket] = await queueAndSocket(metadata);
    await atHome(queue, (home) => home.open(3));
    await wait(socket);
    return [queue, socket] as const;
  }

  test("gets a message of a shard, and its wait ends", async () => {
    const [queue, socket] = await waiting();
    await shardOf(queue, 2).posted();
    const frame = await claimed(socket);
    expect([frame.messages.length, shardOfClaim(frame.claim_id ?? ""), await rows(queue, "wait")]).toEqual([1, 2, []]);
  });

  test("and ends while its claim is made leaves the message to others, as if it had not been claimed", async () => {
    const [queue, socket] = await waiting({ _max_claim_count: 1, _dead_letter_queue: "dead" });
    const shard = shardOf(queue, 1);
    const isClosed = Promise.withResolvers<void>();
    interceptObjects("SHARD_OBJECTS", shard.name, (stub) => ({
      claim: async (request) => {
        const claim = await stub.claim(request);
        await isClosed.promise;
        return claim;
      },
    }));
    await shard.posted();
    await expect.poll(async () => (await shard.rpc.stats()).claimed).toBe(1);
    socket.close(1000);
    await socket.closed;
    isClosed.resolve();
    await expect.poll(async () => (await shard.rpc.stats()).free).toBe(1);
    expect((await shard.rpc.claim({ ttl: 60, grace: 60, limit: 1 })).ok).toBe(true);
    expect(await shard.stored()).toBe(1);
  });

  test("is woken after a restart of the home", async () => {
    const [queue, socket] = await waiting();
    await crash(queueStub(queue));
    await shardOf(queue, 2).posted();
    await runDurableObjectAlarm(queueStub(queue));
    expect((await claimed(socket)).messages).toHaveLength(1);
  });

  test("waits on if the shard that has woken it does not answer", async () => {
    const [queue, socket] = await waiting();
    const shard = shardOf(queue, 2);
    const repair = interceptObjects("SHARD_OBJECTS", shard.name, () => ({
      claim: () => Promise.reject(new Error("lost")),
    }));
    await shard.posted();
    await scheduler.wait(100);
    expect(await rows(queue, "wait")).toHaveLength(1);
    repair();
    expect((await claimed(socket)).messages).toHaveLength(1);
  });
});

describe("a shard", () => {
  test("is not called for a connection whose time is up, of which its hub tells nobody", async () => {
    const [queue, socket] = await queueAndSocket();
    await atHome(queue, (home) => home.open(3));
    moveTimers();
    await wait(socket);
    await pass(50);
    clock.advance({ seconds: 21 });
    await pass(200);
    const calls = countCalls(["SHARD_OBJECTS"]);
    clock.advance({ seconds: 60 });
    await pass(400);
    expect(calls().filter((call) => call.includes(queue.project.id))).toEqual([]);
  });

  test("is called and kept awake no longer than somebody waits", async () => {
    const queue = await spread();
    moveTimers();
    const [found] = await startWaiting(queue);
    await shardOf(queue, 1).posted();
    expect(await found).toBe(1);
    await shardOf(queue, 1).rpc.pop({ limit: 1 });
    clock.advance({ seconds: 8 });
    await pass(200);
    const calls = countCalls(["SHARD_OBJECTS"]);
    clock.advance({ seconds: 60 });
    await pass(200);
    expect(calls().filter((call) => call.includes(queue.project.id))).toEqual([]);
    const waits = await runInDurableObject(shardOf(queue, 2).stub, (object) => {
      const { waiters } = object as unknown as { readonly waiters: { readonly size: number } };
      return waiters.size;
    });
    expect(waits).toBe(0);
  });
});
