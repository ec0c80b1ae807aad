/** Consumers of a spread queue, over HTTP and WebSocket: they see one queue, and what a claim costs. */
import { describe, expect, test } from "vitest";
import { shardOfClaim } from "../../src/domain/id.ts";
import { idsOf } from "../../src/domain/message.ts";
import { clock, freezeClock, until } from "../support/clock.ts";
import { claimed, wait } from "../support/drivers/waits.ts";
import type { QueueRpc } from "../../src/objects/rpc/queue.ts";
import { requestBy, withClientHeaders } from "../support/drivers/request.ts";
import { Shutdown } from "../../src/operations/shutdown.ts";
import { startService } from "../support/drivers/service.ts";
import { connect } from "../support/drivers/web-socket.ts";
import { Project, project, toClaim, type Queue } from "../support/drivers/zaqar-client.ts";
import { countCalls, interceptObjects } from "../support/objects/calls.ts";
import { CLIENT } from "../support/objects/shards.ts";
import { queueStub, rowCounts } from "../support/objects/stubs.ts";
import { atHome, shardOf, spreadQueue } from "../support/objects/spread-queues.ts";

freezeClock();

/** Messages in every object, as many in each. The answer of the home has told the Worker that the queue is spread. */
async function filled(objects: number, count: number): Promise<readonly [Queue, ReadonlySet<string>]> {
  const queue = await spreadQueue(objects);
  const ids = new Set<string>();
  for (let object = 1; object < objects; object++) {
    for (const id of idsOf(await shardOf(queue, object).posted(count))) ids.add(id);
  }
  for (const id of await queue.post(...Array.from({ length: count }, () => "home"))) ids.add(id);
  return [queue, ids];
}

/** A queue without messages, of which the Worker knows that it is spread. */
async function emptied(objects = 3): Promise<Queue> {
  const queue = await spreadQueue(objects);
  await queue.pop();
  return queue;
}

function methodsOf(queue: Queue, calls: readonly string[]): readonly (string | undefined)[] {
  return calls.filter((call) => call.includes(queue.project.id)).map((call) => call.split(" ").at(-1));
}

/** Begins a claim that waits, and returns when the home has it. */
async function startWaiting(queue: Queue, limit = 10) {
  const answer = queue.send("POST", `/claims?limit=${limit}`, { headers: { Prefer: "wait=20" } });
  for (let count = 0; count < 3; count++) await queue.stats();
  return [answer] as const;
}

async function bodiesFrom(queue: Queue, answer: Promise<Parameters<typeof toClaim>[1]>): Promise<unknown[]> {
  return (await toClaim(queue, await answer)).messages.map(({ body }) => body);
}

describe("claims and pops", () => {
  test("get the messages of all objects, each once", async () => {
    const [queue, ids] = await filled(4, 6);
    const got: string[] = [];
    for (let turn = 0; got.length < ids.size && turn < 100; turn++) {
      const messages = turn % 2 === 0 ? (await queue.claim({ limit: 2 })).messages : await queue.pop(2);
      got.push(...messages.map(({ id }) => id));
    }
    expect([got.length, new Set(got)]).toEqual([ids.size, ids]);
    expect([(await queue.claim()).messages, await queue.pop()]).toEqual([[], []]);
  });

  test("are from one object each", async () => {
    const [queue] = await filled(3, 4);
    for (let turn = 0; turn < 3; turn++) expect((await queue.claim({ limit: 20 })).messages).toHaveLength(4);
  });

  test("are one call while every object has messages", async () => {
    const [queue] = await filled(4, 20);
    const calls = countCalls(["QUEUES", "SHARD_OBJECTS"]);
    for (let turn = 0; turn < 10; turn++) await queue.claim({ limit: 1 });
    for (let turn = 0; turn < 10; turn++) await queue.pop(1);
    const methods = methodsOf(queue, calls());
    expect(methods).toEqual([...Array<string>(10).fill("claim"), ...Array<string>(10).fill("pop")]);
  });

  test("of an empty queue are two calls, and the home looks at each shard once", async () => {
    const queue = await emptied(4);
    await scheduler.wait(50);
    const calls = countCalls(["QUEUES", "SHARD_OBJECTS"]);
    expect(await queue.claim()).toHoldBodies();
    expect(methodsOf(queue, calls())).toEqual(["claim", "find", "watch", "watch", "watch"]);
  });

  test("find the one object that has messages", async () => {
    const queue = await emptied(8);
    for (let turn = 0; turn < 5; turn++) {
      await shardOf(queue, 5).posted();
      expect((await queue.claim()).messages).toHaveLength(1);
      await shardOf(queue, 6).posted();
      expect(await queue.pop()).toHaveLength(1);
    }
  });

  test("pass over a shard that does not answer, for five seconds", async () => {
    const queue = await project().queue();
    await queue.post(...Array.from({ length: 60 }, () => "home"));
    await atHome(queue, (home) => home.open(2));
    await queue.claim({ limit: 1 });
    let asked = 0;
    const lost = (): Promise<never> => {
      asked++;
      return Promise.reject(new Error("lost"));
    };
    interceptObjects("SHARD_OBJECTS", shardOf(queue, 1).name, () => ({ claim: lost, watch: lost }));
    for (let turn = 0; turn < 20; turn++) expect((await queue.claim({ limit: 1 })).messages).toHaveLength(1);
    expect(asked).toBeLessThanOrEqual(2);
    clock.advance({ seconds: 5 });
    for (let turn = 0; turn < 20; turn++) expect((await queue.claim({ limit: 1 })).messages).toHaveLength(1);
    expect(asked).toBeGreaterThan(1);
  });

  test("are refused for what is wrong with them, whichever object they get to", async () => {
    const queue = await emptied();
    for (let turn = 0; turn < 6; turn++) {
      expect(await queue.send("POST", "/claims", { body: { ttl: 1 } })).toRefuse(400, "Invalid API request");
    }
  });

  test("find nothing while the queue pauses them, and say so", async () => {
    const [queue] = await filled(3, 3);
    await queue.patch({ op: "add", path: "/metadata/_paused", value: ["claims"] });
    for (let turn = 0; turn < 4; turn++) {
      const answer = await queue.send("POST", "/claims", {});
      expect([answer.status, answer.headers.get("Sukkal-Notice")]).toEqual([
        204,
        expect.stringMatching(/pauses claims/),
      ]);
      expect(await queue.pop()).toEqual([]);
    }
  });
});

describe("a claim that waits over HTTP gets a message", () => {
  test("of any object", async () => {
    const queue = await emptied(4);
    for (const object of [3, 1, 2]) {
      const [answer] = await startWaiting(queue);
      await shardOf(queue, object).posted();
      expect(await bodiesFrom(queue, answer)).toEqual([0]);
    }
    const [answer] = await startWaiting(queue);
    await atHome(queue, (home) => home.collapse());
    await queue.post("home");
    expect(await bodiesFrom(queue, answer)).toEqual(["home"]);
  });

  test("of a shard, though it began when the queue was on one object", async () => {
    const queue = await project().queue();
    const [answer] = await startWaiting(queue);
    await atHome(queue, (home) => home.open(8));
    const calls = countCalls(["QUEUES", "SHARD_OBJECTS"]);
    await shardOf(queue, 2).posted();
    expect(await bodiesFrom(queue, answer)).toEqual([0]);
    // It is made where the message is.
    expect(methodsOf(queue, calls()).filter((method) => method === "claim")).toHaveLength(1);
  });

  test("each, as many as come", async () => {
    const queue = await emptied(4);
    const waits = await Promise.all(Array.from({ length: 6 }, () => startWaiting(queue, 1)));
    await shardOf(queue, 1).posted(2);
    await shardOf(queue, 2).posted(4);
    const claims = await Promise.all(
      waits.map(async ([answer]) => (await toClaim(queue, await answer)).messages.map(({ id }) => id)),
    );
    expect([claims.flat().length, new Set(claims.flat()).size]).toEqual([6, 6]);
  });
});

test("a claim that waits, whose client has gone when a shard has made it, leaves the message as it was", async () => {
  const queue = await project().queue("orders", { _max_claim_count: 1, _dead_letter_queue: "dead" });
  await atHome(queue, (home) => home.open(3));
  const shard = shardOf(queue, 1);
  let isMade = false;
  let isGone = false;
  interceptObjects("SHARD_OBJECTS", shard.name, (stub) => ({
    claim: async (request) => {
      const made = await stub.claim(request);
      if (!made.ok || made.value === null) return made;
      isMade = true;
      await until(() => isGone);
      return made;
    },
  }));
  const client = new AbortController();
  const answer = queue.send("POST", "/claims", { headers: { Prefer: "wait=20" }, signal: client.signal });
  const ended = answer.then(
    () => "answered",
    () => "gone",
  );
  for (let count = 0; count < 3; count++) await queue.stats();
  await shard.posted();
  await until(() => isMade);
  client.abort();
  // The Worker learns of it before the shard answers.
  await scheduler.wait(50);
  isGone = true;
  expect(await ended).toBe("gone");
  await expect.poll(async () => (await shard.rpc.stats()).free).toBe(1);
  // Another claim than that of the client would have made it a dead letter.
  expect((await shard.claim())?.messages).toHaveLength(1);
});

describe("a claim that may not wait gets a message of any object", () => {
  const PREFER = { Prefer: "wait=20" };

  test("where its project has the most", async () => {
    const service = startService({ AUTH_STRATEGY: "none", MAX_WAITING_CLAIMS_PER_PROJECT: "0" });
    const owner = new Project(`project-${crypto.randomUUID()}`, crypto.randomUUID(), (method, path, options = {}) =>
      requestBy((asked) => service.fetch(asked), method, path, withClientHeaders(options)),
    );
    const queue = await owner.queue();
    await atHome(queue, (home) => home.open(8));
    for (let turn = 0; turn < 4; turn++) {
      await shardOf(queue, 1 + turn).posted();
      const answer = queue.send("POST", "/claims", { headers: PREFER });
      expect(await bodiesFrom(queue, answer)).toEqual([0]);
    }
  });

  test("because the service is about to stop", async () => {
    const shutdown = new Shutdown();
    const service = startService({ AUTH_STRATEGY: "none" }, undefined, undefined, shutdown);
    const owner = new Project(`project-${crypto.randomUUID()}`, crypto.randomUUID(), (method, path, options = {}) =>
      requestBy((asked) => service.fetch(asked), method, path, withClientHeaders(options)),
    );
    const queue = await owner.queue();
    await atHome(queue, (home) => home.open(8));
    await queue.pop();
    shutdown.announce();
    for (const object of [3, 5, 7]) {
      await shardOf(queue, object).posted();
      expect(await bodiesFrom(queue, queue.send("POST", "/claims", { headers: PREFER }))).toEqual([0]);
    }
  });

  test("where its queue has the most", async () => {
    const queue = await emptied(8);
    const home = queueStub(queue) as unknown as QueueRpc;
    interceptObjects("SHARD_OBJECTS", `${queue.project.id}/`, (stub) => ({
      watch: (request) => (request.milliseconds === 0 ? stub.watch(request) : Promise.reject(new Error("lost"))),
    }));
    const waits = Array.from({ length: 1000 }, () =>
      home.find({ milliseconds: 60_000, client: CLIENT, wait: crypto.randomUUID() }),
    );
    await queue.stats();
    await shardOf(queue, 5).posted();
    expect(await bodiesFrom(queue, queue.send("POST", "/claims", { headers: PREFER }))).toEqual([0]);
    await home.endWaits({ client: CLIENT });
    await Promise.all(waits);
  });
});

describe("the home writes no row", () => {
  test("for claims that find messages in shards, and for requests that wait", async () => {
    const queue = await emptied();
    const before = await rowCounts(queue);
    for (const object of [1, 2]) {
      const [answer] = await startWaiting(queue);
      await shardOf(queue, object).posted();
      expect(await bodiesFrom(queue, answer)).toEqual([0]);
    }
    expect((await rowCounts(queue)).written - before.written).toBe(0);
  });
});

describe("over WebSocket", () => {
  const CLAIM = { queue_name: "orders", ttl: 60, grace: 60 };

  test("a claim gets messages of shards, at once or when they come", async () => {
    const queue = await emptied();
    const socket = await connect(queue.project.id);
    await shardOf(queue, 1).posted();
    const reply = await socket.ask("claim_create", CLAIM);
    expect(reply).toMatchObject({ headers: { status: 201 }, body: { messages: [{ body: 0 }] } });
    await wait(socket);
    await shardOf(queue, 2).posted();
    const frame = await claimed(socket);
    expect([frame.messages.length, shardOfClaim(frame.claim_id ?? "")]).toEqual([1, 2]);
  });

  test("a pop gets messages of shards", async () => {
    const queue = await emptied();
    const socket = await connect(queue.project.id);
    await shardOf(queue, 1).posted();
    const reply = await socket.ask("message_delete_many", { queue_name: "orders", pop: 5 });
    expect(reply).toMatchObject({ headers: { status: 200 }, body: { messages: [{ body: 0 }] } });
  });
});
