/** Messages and claims of a spread queue by their ids: answers are those of a queue on one object, whatever the Worker knows. */
import { describe, expect, test } from "vitest";
import { parseMessageId, shardIn, shardOfClaim, toClaimId, toShardClaimId, toShardEpoch } from "../../src/domain/id.ts";
import { idsOf, joinBodies } from "../../src/domain/message.ts";
import { after, toEpochMs, toSeconds } from "../../src/domain/time.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { byFrames } from "../support/drivers/frames.ts";
import { send } from "../support/drivers/request.ts";
import { project, Project, type Queue } from "../support/drivers/zaqar-client.ts";
import { countCalls } from "../support/objects/calls.ts";
import { CLIENT } from "../support/objects/shards.ts";
import { atHome, shardOf } from "../support/objects/spread-queues.ts";
import { inside } from "../support/objects/stubs.ts";

const OBJECTS = 3;
const HELD_BY_NOBODY = toShardClaimId(toClaimId(crypto.randomUUID()), 1);

interface Filled {
  readonly queue: Queue;
  /** Two messages at each object, by its number. */
  readonly ids: readonly (readonly string[])[];
}

/** `isKnown`: the Worker knows that the queue is spread. */
async function filled(isKnown = true): Promise<Filled> {
  const queue = await project().queue();
  const own = await queue.post("a", "b");
  await atHome(queue, (home) => home.open(OBJECTS));
  const atShards = await Promise.all([1, 2].map(async (number) => idsOf(await shardOf(queue, number).posted(2))));
  if (isKnown) await queue.getMany(["0".repeat(32)]);
  return { queue, ids: [own, ...atShards] };
}

/** A claim at one object. */
async function claimedAt(
  queue: Queue,
  object: number,
): Promise<{ readonly id: string; readonly ids: readonly string[] }> {
  const lease = { ttl: 300, grace: 60, limit: 10 };
  const claimed = await (object === 0
    ? inside(queue, (home) => home.claim(lease))
    : shardOf(queue, object).rpc.claim(lease));
  if (!claimed.ok || claimed.value === null) throw new Error("Nothing was claimed.");
  return { id: claimed.value.claim, ids: claimed.value.messages.map(({ id }) => id) };
}

/** A message of shard 1 that another queue has given back: it keeps its id, and is at the home. */
async function redriven(queue: Queue): Promise<string> {
  const [id = ""] = idsOf(await shardOf(queue, 1).posted());
  const origin = parseMessageId(id);
  if (origin === null) throw new Error("The id is no message's.");
  await shardOf(queue, 1).rpc.delete({ id, claim: null });
  const now = toEpochMs(Date.now());
  const run = { origin, count: 1, ttl: toSeconds(3600), postedAt: now, expiresAt: after(now, toSeconds(3600)) };
  const bodies = joinBodies(['"back"' as JsonText]);
  await inside(queue, (home) =>
    home.adopt({
      source: "dead/1",
      transfers: [{ number: 1, run: { ...run, client: CLIENT, bodies } }],
      pool: null,
    }),
  );
  return id;
}

describe.each([true, false])("a Worker that knows of shards: %s;", (isKnown) => {
  test("messages are found at every object, in the order of their ids", async () => {
    const { queue, ids } = await filled(isKnown);
    const asked = [ids[2]?.[1], ids[0]?.[0], ids[1]?.[1], ids[2]?.[0]].map((id) => id ?? "");
    expect((await queue.getMany(asked)).map(({ id }) => id)).toEqual(asked);
    expect((await queue.get(ids[1]?.[0] ?? ""))?.id).toBe(ids[1]?.[0]);
  });

  test("messages are deleted at every object", async () => {
    const { queue, ids } = await filled(isKnown);
    await queue.delete(ids[1]?.[0] ?? "");
    expect(await queue.get(ids[1]?.[0] ?? "")).toBeNull();
    await queue.deleteMany(ids.flat());
    expect(await queue.stats()).toMatchObject({ total: 0 });
  });

  test("a claim is read, renewed, settled and released where it is", async () => {
    const { queue } = await filled(isKnown);
    for (const object of [0, 1, 2]) {
      const claimed = await claimedAt(queue, object);
      expect(shardOfClaim(claimed.id)).toBe(object);
      const claim = `/claims/${claimed.id}`;
      expect((await queue.send("GET", claim)).status).toBe(200);
      expect((await queue.send("PATCH", claim, { body: { ttl: 400, grace: 60 } })).status).toBe(204);
      const [first = "", second = ""] = claimed.ids;
      const settlement = { delete: [first], release: [{ ids: [second] }] };
      expect((await queue.send("POST", `${claim}/settle`, { body: settlement })).status).toBe(204);
      expect((await queue.getMany(claimed.ids)).map(({ id }) => id)).toEqual([second]);
      expect((await queue.send("DELETE", claim)).status).toBe(204);
      expect((await queue.send("GET", claim)).status).toBe(404);
    }
  });

  test("a message that has come back is found and deleted by its id", async () => {
    const { queue } = await filled(isKnown);
    const id = await redriven(queue);
    expect((await queue.get(id))?.body).toBe("back");
    await queue.delete(id);
    expect(await queue.get(id)).toBeNull();
  });

  test("ids that nobody has given are asked for at no shard that the queue does not have", async () => {
    const { queue, ids } = await filled(isKnown);
    const { epoch } = parseMessageId(ids[0]?.[0] ?? "") ?? {};
    const forged = `${toShardEpoch(epoch ?? ("" as never), 0x42)}${"1".padStart(14, "0")}`;
    const claim = toShardClaimId(toClaimId(crypto.randomUUID()), 0x42);
    const calls = countCalls(["QUEUES", "SHARD_OBJECTS"]);
    const statuses = [
      await queue.send("GET", `/messages/${forged}`),
      await queue.send("DELETE", `/messages/${forged}`),
      await queue.send("DELETE", `/messages?ids=${forged}`),
      await queue.send("GET", `/claims/${claim}`),
      await queue.send("PATCH", `/claims/${claim}`, { body: { ttl: 60, grace: 60 } }),
      await queue.send("DELETE", `/claims/${claim}`),
    ].map(({ status }) => status);
    expect(statuses).toEqual([404, 204, 204, 404, 404, 204]);
    expect(calls().map((call) => call.split(" ").at(0))).toEqual(Array.from({ length: 6 }, () => "QUEUES"));
  });
});

describe("a deletion is refused as on one object", () => {
  const deletion = (queue: Queue, id: string, claim?: string): Promise<number> =>
    queue
      .send("DELETE", `/messages/${id}${claim === undefined ? "" : `?claim_id=${claim}`}`)
      .then(({ status }) => status);

  test("of a claimed message without its claim, or with one of another object", async () => {
    const { queue } = await filled();
    const [at1, at2] = [await claimedAt(queue, 1), await claimedAt(queue, 2)];
    const [id = ""] = at1.ids;
    expect(await deletion(queue, id)).toBe(403);
    expect(await deletion(queue, id, at2.id)).toBe(403);
    expect(await deletion(queue, id, HELD_BY_NOBODY)).toBe(400);
    expect(await deletion(queue, id, at1.id)).toBe(204);
  });

  test("of a free message with a live claim", async () => {
    const { queue, ids } = await filled();
    const claim = await claimedAt(queue, 2);
    expect(await deletion(queue, ids[1]?.[0] ?? "", claim.id)).toBe(400);
    expect(await queue.get(ids[1]?.[0] ?? "")).not.toBeNull();
  });

  test("of messages in a settlement that another object has: nothing is done", async () => {
    const { queue, ids } = await filled();
    const claim = await claimedAt(queue, 1);
    const settlement = { delete: [...claim.ids, ids[2]?.[0] ?? ""] };
    expect((await queue.send("POST", `/claims/${claim.id}/settle`, { body: settlement })).status).toBe(400);
    expect(await queue.stats()).toMatchObject({ claimed: 2, total: 6 });
  });

  test("of a settlement whose claim is over while the message has come back", async () => {
    const { queue } = await filled();
    const id = await redriven(queue);
    expect((await queue.send("POST", `/claims/${HELD_BY_NOBODY}/settle`, { body: { delete: [id] } })).status).toBe(404);
  });
});

test("a Worker that knows of shards asks the one that an id names, and no other object", async () => {
  const { queue, ids } = await filled();
  const claim = await claimedAt(queue, 2);
  const calls = countCalls(["QUEUES", "SHARD_OBJECTS"]);
  await queue.get(ids[1]?.[0] ?? "");
  await queue.send("DELETE", `/messages/${claim.ids[0]}?claim_id=${claim.id}`);
  await queue.send("PATCH", `/claims/${claim.id}`, { body: { ttl: 60, grace: 60 } });
  await queue.delete(ids[0]?.[0] ?? "");
  expect(calls().map((call) => call.split("/").slice(1).join("/"))).toEqual([
    "orders/01 get",
    "orders/02 delete",
    "orders/02 renew",
    "orders delete",
  ]);
});

test.each([
  ["requests", () => send],
  ["frames", byFrames],
])("%s see one queue", async (_, way) => {
  const { queue, ids } = await filled();
  const client = new Project(queue.project.id, crypto.randomUUID(), way());
  const orders = client.missingQueue(queue.name);
  const [id = ""] = await orders.post("a");
  expect(shardIn(parseMessageId(id)?.epoch ?? ("" as never))).toBeGreaterThan(0);
  expect(await orders.getMany([id, ids[0]?.[0] ?? ""])).toHaveLength(2);
  await orders.deleteMany([id, ...ids.flat()]);
  expect(await orders.stats()).toMatchObject({ total: 0 });
});
