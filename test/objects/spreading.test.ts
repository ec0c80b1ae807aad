/** The home of a spread queue: phases, shards that do not answer, lists over all objects, and the deletion. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { idsOf } from "../../src/domain/message.ts";
import { shardIn, parseMessageId } from "../../src/domain/id.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";
import { countCalls, interceptObjects } from "../support/objects/calls.ts";
import type { Shard } from "../support/objects/shards.ts";
import { atHome, phaseOf, shardOf, spreadQueue } from "../support/objects/spread-queues.ts";
import { rows } from "../support/objects/queue-outbox.ts";
import { queueStub } from "../support/objects/stubs.ts";

/** The shard of a queue does not answer, until the returned function is called. */
function breakShard(queue: Queue, number: number): () => void {
  const lost = (): Promise<never> => Promise.reject(new Error("lost"));
  return interceptObjects("SHARD_OBJECTS", shardOf(queue, number).name, () => ({
    set: lost,
    page: lost,
    stats: lost,
    isDrained: lost,
  }));
}

/** Begins a deletion of which a shard hears only when it may go on. */
async function slowDeletion(
  queue: Queue,
): Promise<{ readonly deletion: ReturnType<Queue["send"]>; readonly goOn: () => void }> {
  const entered = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  interceptObjects("SHARD_OBJECTS", shardOf(queue, 1).name, (shard) => ({
    set: async (command) => {
      entered.resolve();
      await held.promise;
      return shard.set(command);
    },
  }));
  const deletion = queue.send("DELETE", "");
  await entered.promise;
  return { deletion, goOn: held.resolve };
}

function ring(queue: Queue): Promise<boolean> {
  return runDurableObjectAlarm(queueStub(queue));
}

describe("a queue", () => {
  test("that is not spread writes no row for it, and calls no shard", async () => {
    const calls = countCalls(["SHARD_OBJECTS"]);
    const queue = await project().queue();
    await queue.post("a");
    await queue.list();
    await ring(queue);
    expect([await rows(queue, "spread"), calls()]).toEqual([[], []]);
  });

  test("is spread over its objects when all shards are open", async () => {
    const queue = await spreadQueue();
    expect(await phaseOf(queue)).toBe("spread");
    const blocks = await Promise.all([1, 2].map((number) => shardOf(queue, number).posted()));
    expect(blocks.map(({ epoch }) => shardIn(epoch))).toEqual([1, 2]);
  });

  test("stays opening while a shard does not answer, and the alarm goes on", async () => {
    const queue = await project().queue();
    const repair = breakShard(queue, 2);
    await atHome(queue, (home) => home.open(3));
    expect(await phaseOf(queue)).toBe("opening");
    await ring(queue);
    expect(await phaseOf(queue)).toBe("opening");
    repair();
    await evictDurableObject(queueStub(queue));
    await ring(queue);
    expect(await phaseOf(queue)).toBe("spread");
  });

  test("is on one object again when its shards are empty", async () => {
    const queue = await spreadQueue();
    const shard = shardOf(queue, 1);
    await shard.posted();
    await atHome(queue, (home) => home.collapse());
    expect([await phaseOf(queue), await shard.post()]).toEqual(["draining", "moved"]);
    await shard.rpc.pop({ limit: 1 });
    await ring(queue);
    expect([await phaseOf(queue), await shard.stored()]).toEqual(["one", 0]);
  });

  test("that is created again opens its shards, whatever they remember", async () => {
    const queue = await spreadQueue();
    await atHome(queue, (home) => home.collapse());
    await queue.remove();
    await queue.post("a");
    await atHome(queue, (home) => home.open(3));
    expect(await phaseOf(queue)).toBe("spread");
    expect((await shardOf(queue, 1).post()) === "moved").toBe(false);
  });
});

describe("a list", () => {
  test("has the messages of all objects, and every id is a marker", async () => {
    const queue = await spreadQueue();
    const ids = new Set<string>();
    for (let round = 0; round < 4; round++) {
      for (const id of await queue.post("home")) ids.add(id);
      for (const number of [1, 2]) for (const id of idsOf(await shardOf(queue, number).posted(2))) ids.add(id);
    }
    const listed: string[] = [];
    for (let marker: string | undefined; ;) {
      const page = await queue.list({ limit: 3, echo: true, ...(marker === undefined ? {} : { marker }) });
      if (page.length === 0) break;
      listed.push(...page.map(({ id }) => id));
      marker = page.at(-1)?.id;
    }
    expect(new Set(listed)).toEqual(ids);
    expect(listed).toHaveLength(ids.size);
  });

  test("is followed by what any object gets later", async () => {
    const queue = await spreadQueue();
    await shardOf(queue, 2).posted(50);
    const page = await queue.list({ limit: 20, echo: true });
    const marker = page.at(-1)?.id ?? "";
    const later = [...(await queue.post("home")), ...idsOf(await shardOf(queue, 1).posted())];
    const numbers = later.map((id) => parseMessageId(id)?.sequence ?? 0);
    expect(Math.min(...numbers)).toBeGreaterThan(parseMessageId(marker)?.sequence ?? 0);
  });

  /** openstacksdk takes a page below the limit for the last one. */
  test("has as many messages as there were when it began, although one is deleted meanwhile", async () => {
    const queue = await spreadQueue();
    await shardOf(queue, 1).posted(20);
    const ids = idsOf(await shardOf(queue, 2).posted(3));
    interceptObjects("SHARD_OBJECTS", shardOf(queue, 2).name, (shard) => ({
      page: async (question) => {
        const page = await shard.page(question);
        await shard.deleteMany({ ids: ids.slice(0, 1), claims: null });
        return page;
      },
    }));
    expect(await queue.list({ limit: 10, echo: true })).toHaveLength(10);
  });

  test("goes on after the queue has collapsed, from the id of a message that was in a shard", async () => {
    const queue = await spreadQueue();
    const shard = shardOf(queue, 1);
    const ids = idsOf(await shard.posted(30));
    await shard.rpc.deleteMany({ ids, claims: null });
    await atHome(queue, (home) => home.collapse());
    expect(await phaseOf(queue)).toBe("one");
    const later = await queue.post("later");
    const page = await queue.list({ marker: ids.at(-1) ?? "", echo: true });
    expect(page.map(({ id }) => id)).toEqual(later);
  });

  test("has what is posted after the queue has stopped to be spread behind what is in its shards", async () => {
    const queue = await spreadQueue();
    await shardOf(queue, 1).posted(3);
    await atHome(queue, (home) => home.collapse());
    await queue.post("later");
    expect((await queue.list({ echo: true })).map(({ body }) => body)).toEqual([0, 1, 2, "later"]);
  });

  test("is 503 without the answer of a shard", async () => {
    const queue = await spreadQueue();
    await queue.post("a");
    const repair = breakShard(queue, 1);
    expect((await queue.send("GET", "/messages")).status).toBe(503);
    repair();
    expect(await queue.list({ echo: true })).toHaveLength(1);
  });

  test("begins with nothing after the id of another queue", async () => {
    const queue = await spreadQueue();
    await queue.post("a");
    const [other = ""] = idsOf(await shardOf(await spreadQueue(), 1).posted());
    expect(await queue.list({ marker: other, echo: true })).toEqual([]);
  });
});

describe("settings", () => {
  const PAUSE = { op: "add", path: "/metadata/_paused", value: ["claims"] } as const;
  const isPaused = async (shard: Shard): Promise<boolean> =>
    (await shard.rpc.claim({ ttl: 60, grace: 60, limit: 1 })).isPaused === true;

  test("that change are those of every shard when the answer is there", async () => {
    const queue = await spreadQueue();
    await shardOf(queue, 1).posted();
    await queue.patch(PAUSE);
    expect([await isPaused(shardOf(queue, 1)), await isPaused(shardOf(queue, 2)), await phaseOf(queue)]).toEqual([
      true,
      true,
      "spread",
    ]);
    expect(await shardOf(queue, 1).stored()).toBe(1);
  });

  test("reach a shard that drains", async () => {
    const queue = await spreadQueue();
    await shardOf(queue, 1).posted();
    await atHome(queue, (home) => home.collapse());
    await queue.patch(PAUSE);
    expect([await isPaused(shardOf(queue, 1)), await phaseOf(queue)]).toEqual([true, "draining"]);
  });

  test("that a shard has not got are 503, and the alarm goes on", async () => {
    const queue = await spreadQueue();
    const repair = breakShard(queue, 2);
    const answer = await queue.sendPatch([PAUSE]);
    expect([answer.status, await isPaused(shardOf(queue, 2))]).toEqual([503, false]);
    repair();
    await ring(queue);
    expect([await isPaused(shardOf(queue, 2)), await phaseOf(queue)]).toEqual([true, "spread"]);
  });
});

describe("statistics and purges", () => {
  test("are those of all objects", async () => {
    const queue = await spreadQueue();
    await queue.post("a", "b");
    await shardOf(queue, 1).posted(3);
    await shardOf(queue, 2).posted(4);
    await shardOf(queue, 2).claim(1);
    expect(await queue.stats()).toMatchObject({ claimed: 1, free: 8, total: 9 });
    await queue.purge();
    expect(await queue.stats()).toMatchObject({ claimed: 1, free: 0, total: 1 });
  });

  test("need every object", async () => {
    const queue = await spreadQueue();
    const repair = breakShard(queue, 1);
    expect((await queue.send("GET", "/stats")).status).toBe(503);
    repair();
    expect(await queue.stats()).toMatchObject({ total: 0 });
  });
});

describe("the deletion", () => {
  test("erases all objects", async () => {
    const queue = await spreadQueue();
    const shard = shardOf(queue, 1);
    await shard.posted();
    await queue.remove();
    expect([await shard.stored(), await shard.post()]).toEqual([0, "moved"]);
    await queue.post("new");
    expect(await queue.list({ echo: true })).toHoldBodies("new");
  });

  test("waits for a shard that does not answer: 503, no more posts, and the alarm goes on", async () => {
    const queue = await spreadQueue();
    await shardOf(queue, 1).posted();
    const repair = breakShard(queue, 1);
    expect((await queue.send("DELETE", "")).status).toBe(503);
    expect(await phaseOf(queue)).toBe("deleting");
    expect((await queue.send("POST", "/messages", { body: { messages: [{ body: "late" }] } })).status).toBe(503);
    await ring(queue);
    expect(await phaseOf(queue)).toBe("deleting");
    repair();
    await evictDurableObject(queueStub(queue));
    await ring(queue);
    expect(await shardOf(queue, 1).stored()).toBe(0);
    await queue.post("new");
    expect([(await queue.list({ echo: true })).map(({ body }) => body), await rows(queue, "spread")]).toEqual([
      ["new"],
      [],
    ]);
  });

  test("takes the dead letters of its own shards, which have to go first", async () => {
    const queue = await spreadQueue();
    await queue.sendPatch([
      { op: "add", path: "/metadata/_max_claim_count", value: 1 },
      { op: "add", path: "/metadata/_dead_letter_queue", value: queue.name },
    ]);
    const shard = shardOf(queue, 1);
    await shard.posted();
    await shard.rpc.release({ claim: (await shard.claim())?.claim ?? "" });
    const repair = interceptObjects("QUEUES", `${queue.project.id}/${queue.name}`, () => ({
      adopt: () => Promise.reject(new Error("lost")),
    }));
    await shard.claim();
    repair();
    expect((await queue.send("DELETE", "")).status).toBe(204);
  });

  test("takes the dead letters of other queues with it while it runs, so that they can be deleted too", async () => {
    const queue = await spreadQueue();
    const source = await queue.project.queue("source", { _max_claim_count: 1, _dead_letter_queue: queue.name });
    await source.post("a");
    await (await source.claim()).release();
    const { deletion, goOn } = await slowDeletion(queue);
    await source.send("POST", "/claims", { body: { ttl: 60, grace: 60 } });
    const other = await source.send("DELETE", "");
    goOn();
    expect([other.status, (await deletion).status]).toEqual([204, 204]);
  });

  test.each(["runs", "has failed"])("that %s loses no dead letter of a queue that stays", async (state) => {
    const queue = await spreadQueue();
    const source = await queue.project.queue("source", { _max_claim_count: 1, _dead_letter_queue: queue.name });
    await source.post("a");
    await (await source.claim()).release();
    const claim = (): Promise<unknown> => source.send("POST", "/claims", { body: { ttl: 60, grace: 60 } });
    if (state === "runs") {
      const { deletion, goOn } = await slowDeletion(queue);
      await claim();
      goOn();
      expect((await deletion).status).toBe(204);
    } else {
      const repair = breakShard(queue, 1);
      expect((await queue.send("DELETE", "")).status).toBe(503);
      await claim();
      repair();
      await ring(queue);
    }
    await ring(source);
    expect(await queue.list({ echo: true })).toHoldBodies("a");
  });

  test("that has failed does not keep the queues from being deleted whose dead letters it gets", async () => {
    const queue = await spreadQueue();
    const source = await queue.project.queue("source", { _max_claim_count: 1, _dead_letter_queue: queue.name });
    await source.post("a");
    await (await source.claim()).release();
    breakShard(queue, 1);
    expect((await queue.send("DELETE", "")).status).toBe(503);
    await source.send("POST", "/claims", { body: { ttl: 60, grace: 60 } });
    expect((await source.send("DELETE", "")).status).toBe(204);
  });

  test.each([
    ["post", 201, (queue: Queue) => queue.send("POST", "/messages", { body: { messages: [{ body: "new" }] } })],
    ["creation", 201, (queue: Queue) => queue.send("PUT", "", { body: {} })],
    [
      "subscription",
      201,
      (queue: Queue) => queue.send("POST", "/subscriptions", { body: { subscriber: "http://x.example" } }),
    ],
  ])("is waited for by a %s, which creates the queue anew", async (_, status, begin) => {
    const queue = await spreadQueue();
    await shardOf(queue, 1).posted();
    const { deletion, goOn } = await slowDeletion(queue);
    const answer = begin(queue);
    await scheduler.wait(1);
    goOn();
    expect([(await deletion).status, (await answer).status]).toEqual([204, status]);
    expect((await queue.list({ echo: true })).filter(({ body }) => body !== "new")).toEqual([]);
  });
});
