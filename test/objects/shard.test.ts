/** A shard of a spread queue, as its home and Workers call it: the command, and what its log does in each state. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { parseMessageId, shardOfClaim, toEpoch, toMessageId, toShardEpoch } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { idsOf } from "../../src/domain/message.ts";
import type { ShardReply, ShardState } from "../../src/domain/spread.ts";
import { RESERVATION } from "../../src/storage/queue/log-numbers.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { CLIENT, LIFE, Shard, SHARD } from "../support/objects/shards.ts";

freezeClock();

const NEXT_LIFE = toEpoch(1_700_000_000_001, 1);
const DEAD_LETTERS = '{"_max_claim_count": 1, "_dead_letter_queue": "dead"}' as JsonText;

const DONE = { kind: "done", last: expect.any(Number) };
const stale = (version: number): ShardReply => ({ kind: "stale", version });

describe("a shard that had no command", () => {
  test("takes no posts, and answers as an empty queue without a database", async () => {
    const shard = new Shard();
    expect(await shard.post()).toBe("moved");
    expect([await shard.claim(), await shard.rpc.isDrained(), await shard.rpc.pop({ limit: 1 })]).toEqual([
      null,
      true,
      [],
    ]);
    expect(await shard.rpc.stats()).toMatchObject({ exists: false });
    expect(await shard.rpc.delete({ id: toMessageId(toShardEpoch(LIFE, SHARD), 1), claim: null })).toMatchObject({
      ok: true,
    });
    expect(await shard.rows()).toBe(0);
  });

  test("can be stopped and closed", async () => {
    const shard = new Shard();
    expect([await shard.set(1, "stopped"), await shard.post(), await shard.set(2, "closed")]).toEqual([
      DONE,
      "moved",
      DONE,
    ]);
  });
});

describe("an open shard", () => {
  test("numbers its messages in a log of its own, and its claims say where they are", async () => {
    const shard = new Shard();
    expect(await shard.set(1, "open")).toEqual(DONE);
    const ids = idsOf(await shard.posted(2));
    expect(ids.map(parseMessageId)).toEqual([1, 2].map((sequence) => ({ epoch: toShardEpoch(LIFE, SHARD), sequence })));
    const claimed = await shard.claim();
    expect(claimed?.messages.map(({ id }) => id)).toEqual(ids);
    const claim = claimed?.claim ?? "";
    expect(shardOfClaim(claim)).toBe(SHARD);
    expect(await shard.rpc.delete({ id: ids[0] ?? "", claim })).toMatchObject({ ok: true });
    expect((await shard.rpc.getClaim({ claim }))?.messages.map(({ id }) => id)).toEqual(ids.slice(1));
  });

  test("writes a row for a post, as the object of a queue", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    await shard.posted();
    const before = await shard.rows();
    await shard.posted(10);
    expect((await shard.rows()) - before).toBe(1);
  });

  test("takes no post with a key: keys have one place", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    expect([await shard.post(1, "key"), await shard.stored()]).toEqual(["moved", 0]);
  });

  test("tells its home, which waits, how many messages there are", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    expect(await shard.rpc.watch({ milliseconds: 0 })).toBe(0);
    const waiting = shard.rpc.watch({ milliseconds: 20_000 });
    await shard.posted(3);
    expect([await waiting, await shard.rpc.watch({ milliseconds: 20_000 })]).toEqual([3, 3]);
  });

  test("ends the wait of a former life of its home when the home waits anew", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    const former = shard.rpc.watch({ milliseconds: 20_000 });
    const present = shard.rpc.watch({ milliseconds: 20_000 });
    expect(await former).toBe(0);
    await shard.posted();
    expect(await present).toBe(1);
  });

  test("has the settings of the command", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    await shard.posted();
    await shard.set(2, "open", { metadata: '{"_paused": ["claims"]}' as JsonText });
    const isPaused = (await shard.rpc.claim({ ttl: 60, grace: 60, limit: 1 })).isPaused === true;
    await shard.set(3, "open");
    expect([isPaused, (await shard.claim())?.messages.length]).toEqual([true, 1]);
  });

  test("continues above the floor", async () => {
    const shard = new Shard();
    await shard.set(1, "open", { floor: 40 });
    expect((await shard.posted()).first).toBe(41);
  });
});

describe("a stopped shard", () => {
  test("gives what it has, and takes nothing", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    await shard.posted();
    expect([await shard.set(2, "stopped"), await shard.post(), await shard.rpc.isDrained()]).toEqual([
      DONE,
      "moved",
      false,
    ]);
    const claimed = await shard.claim();
    const deleted = claimed?.messages.map(({ id }) => id) ?? [];
    await shard.rpc.settle({ claim: claimed?.claim ?? "", deleted, released: [] });
    expect(await shard.rpc.isDrained()).toBe(true);
  });

  test("is open again, with what it has", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    await shard.posted();
    await shard.set(2, "stopped");
    await shard.set(3, "open");
    expect([(await shard.posted()).first, await shard.stored()]).toEqual([2, 2]);
  });
});

describe("a command", () => {
  test("that comes twice is acknowledged, and changes nothing", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    await shard.posted();
    expect([await shard.set(1, "open"), await shard.stored()]).toEqual([DONE, 1]);
  });

  test.each<[string, number, ShardState, typeof LIFE]>([
    ["an earlier one that closes", 2, "closed", LIFE],
    ["an earlier one of a former life", 2, "open", NEXT_LIFE],
    ["another one of the same version", 3, "closed", LIFE],
    ["one of the same version and another life", 3, "open", NEXT_LIFE],
  ])("that is %s is stale, also after a restart", async (_, version, state, epoch) => {
    const shard = new Shard();
    await shard.set(3, "open");
    await shard.posted();
    expect(await shard.set(version, state, { epoch })).toEqual(stale(3));
    await evictDurableObject(shard.stub);
    expect(await shard.set(version, state, { epoch })).toEqual(stale(3));
    expect(await shard.stored()).toBe(1);
  });

  test("that was late when the queue had been deleted and created again erases nothing", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    await shard.set(2, "closed");
    expect(await shard.set(1, "open", { epoch: NEXT_LIFE })).toEqual(stale(2));
    expect(await shard.set(3, "open", { epoch: NEXT_LIFE })).toEqual(DONE);
    await shard.posted();
    expect([await shard.set(2, "closed"), await shard.set(1, "open"), await shard.stored()]).toEqual([
      stale(3),
      stale(3),
      1,
    ]);
  });

  test("of another life begins with nothing", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    const [id = ""] = idsOf(await shard.posted());
    expect(await shard.set(2, "open", { epoch: NEXT_LIFE })).toEqual(DONE);
    expect([await shard.stored(), await shard.rpc.get({ ids: [id] })]).toEqual([0, []]);
  });
});

describe("a closed shard", () => {
  test("has nothing left but its row, and gives no number twice", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    await shard.posted(3);
    expect([await shard.set(2, "closed"), await shard.stored(), await shard.post()]).toEqual([DONE, 0, "moved"]);
    await evictDurableObject(shard.stub);
    await shard.set(3, "open");
    expect((await shard.posted()).first).toBe(4);
  });

  test("gives no number twice after a crash either", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    await shard.posted(3);
    await evictDurableObject(shard.stub);
    await shard.set(2, "closed");
    await shard.set(3, "open");
    expect((await shard.posted()).first).toBe(1 + RESERVATION);
  });

  test("hands its dead letters over first, and takes no posts meanwhile", async () => {
    const shard = new Shard();
    const owner = shard.project;
    await shard.set(1, "open", { metadata: DEAD_LETTERS });
    const [id] = idsOf(await shard.posted());
    await shard.rpc.release({ claim: (await shard.claim())?.claim ?? "" });
    const repair = interceptObjects("QUEUES", `${owner.id}/dead`, () => ({
      adopt: () => Promise.reject(new Error("lost")),
    }));
    expect(await shard.claim()).toBeNull();
    expect([await shard.set(2, "closed"), await shard.post(), await shard.set(2, "closed")]).toEqual([
      { kind: "busy" },
      "moved",
      { kind: "busy" },
    ]);
    repair();
    await runDurableObjectAlarm(shard.stub);
    expect(await shard.set(2, "closed")).toEqual(DONE);
    expect((await owner.missingQueue("dead").list()).map((message) => message.id)).toEqual([id]);
  });
});

describe("a page", () => {
  const ALL = { client: CLIENT, echo: true, includeClaimed: true, includeDelayed: true };
  const pageOf = async (shard: Shard, from: number, limit: number, raise = 0) => {
    const { entries, through, last } = await shard.rpc.page({ ...ALL, from, limit, raise });
    return { numbers: entries.map(({ number }) => number), through, last };
  };

  test("says where it was cut, and whether it is whole", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    await shard.posted(3);
    await shard.posted(2);
    expect(await pageOf(shard, 1, 2)).toEqual({ numbers: [1, 2], through: 2, last: 5 });
    expect(await pageOf(shard, 3, 3)).toEqual({ numbers: [3, 4, 5], through: 5, last: 5 });
    expect(await pageOf(shard, 3, 4)).toEqual({ numbers: [3, 4, 5], through: null, last: 5 });
    expect(await pageOf(shard, 6, 4)).toEqual({ numbers: [], through: null, last: 5 });
  });

  test("has the messages of others only, if they are asked for", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    await shard.posted(3);
    const { entries, through } = await shard.rpc.page({ ...ALL, echo: false, from: 1, limit: 2, raise: 0 });
    expect([entries, through]).toEqual([[], null]);
  });

  test("makes the shard continue above a number, also after a crash", async () => {
    const shard = new Shard();
    await shard.set(1, "open");
    await shard.posted();
    expect(await pageOf(shard, 1, 2, 6000)).toEqual({ numbers: [1], through: null, last: 6000 });
    await evictDurableObject(shard.stub);
    expect((await shard.posted()).first).toBeGreaterThan(6000);
  });

  test.each<[string, ShardState | null]>([
    ["that never had a command", null],
    ["that is closed", "closed"],
  ])("makes a shard %s continue above a number when it opens", async (_, state) => {
    const shard = new Shard();
    if (state !== null) await shard.set(1, state);
    expect(await pageOf(shard, 1, 2, 50)).toEqual({ numbers: [], through: null, last: 50 });
    await evictDurableObject(shard.stub);
    await shard.set(2, "open");
    expect((await shard.posted()).first).toBe(51);
  });
});

test("removes what has expired by its alarm", async () => {
  const shard = new Shard();
  await shard.set(1, "open");
  await shard.posted();
  const segments = (): Promise<number> =>
    runInDurableObject(shard.stub, (_, { storage }) => storage.sql.exec("SELECT first FROM segment").toArray().length);
  clock.advance({ seconds: 3599 });
  await runDurableObjectAlarm(shard.stub);
  expect(await segments()).toBe(1);
  clock.advance({ seconds: 70 });
  await runDurableObjectAlarm(shard.stub);
  expect(await segments()).toBe(0);
});
