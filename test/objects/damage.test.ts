/** A damaged row affects no other row, and the log names it. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { projectStub, queueStub } from "../support/objects/stubs.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();
interceptCalls();

function alter(stub: DurableObjectStub, statement: string): Promise<void> {
  return runInDurableObject(stub, (_, state) => void state.storage.sql.exec(statement));
}

/** A queue of three posts, with a change of the second row. */
async function damagedQueue(statement: string): Promise<{ readonly queue: Queue; readonly ids: readonly string[] }> {
  const queue = await project().queue();
  const ids = [await queue.postOne("first"), ...(await queue.post("second", "third")), await queue.postOne("fourth")];
  await alter(queueStub(queue), statement);
  return { queue, ids };
}

const UNREADABLE_RESIDUE =
  "INSERT INTO residue (first, gone, gone_count, claims, lives, expires_at_ms) VALUES (2, '[0', 1, '[]', '[]', 0)";

const DAMAGES: readonly (readonly [string, string])[] = [
  ["a changed letter", "UPDATE segment SET bodies = replace(bodies, 'second', 'secmnd') WHERE first = 2"],
  ["a lost end", "UPDATE segment SET bodies = substr(bodies, 1, 12) WHERE first = 2"],
  ["a body too many", "UPDATE segment SET bodies = bodies || char(30) || '1', crc = NULL WHERE first = 2"],
  ["a residue that tells nothing", UNREADABLE_RESIDUE],
];

describe.each(DAMAGES)("a segment with %s", (_, statement) => {
  test("is skipped and counted, and the other segments are read", async () => {
    const { queue, ids } = await damagedQueue(statement);
    expect(await queue.list()).toHoldBodies("first", "fourth");
    expect(await queue.getMany(ids)).toHoldBodies("first", "fourth");
    expect(await queue.stats()).toMatchObject({ unreadable: 2 });
    const claim = await queue.claim({ limit: 2 });
    expect(claim).toHoldBodies("first", "fourth");
    await claim.release();
    expect(await queue.pop()).toHoldBodies("first", "fourth");
    await evictDurableObject(queueStub(queue));
    expect(await queue.claim()).toHoldBodies();
  });

  test("can be purged", async () => {
    const { queue } = await damagedQueue(statement);
    await queue.list();
    await queue.purge();
    expect(await queue.stats()).toMatchObject({ total: 0 });
    expect(await queue.stats()).not.toHaveProperty("unreadable");
  });

  test("is removed when its ttl ends", async () => {
    const { queue } = await damagedQueue(statement);
    clock.advance({ hours: 5 });
    await runDurableObjectAlarm(queueStub(queue));
    const rows = await runInDurableObject(
      queueStub(queue),
      (_instance, state) => state.storage.sql.exec("SELECT first FROM segment").toArray().length,
    );
    expect(rows).toBe(0);
  });
});

describe("behind more damaged rows than one step skips", () => {
  async function queueWithDamage(): Promise<Queue> {
    const queue = await project().queue();
    for (let post = 0; post < 11; post++) await queue.post(...Array.from({ length: 100 }, () => "lost"));
    await queue.post("found");
    await alter(queueStub(queue), `UPDATE segment SET crc = 1 WHERE bodies LIKE '%lost%'`);
    await evictDurableObject(queueStub(queue));
    return queue;
  }

  test("a message is claimed by the first request", async () => {
    const queue = await queueWithDamage();
    expect(await queue.claim({ limit: 1 })).toHoldBodies("found");
  });

  test("a message is listed and popped", async () => {
    const queue = await queueWithDamage();
    expect(await queue.list()).toHoldBodies("found");
    await evictDurableObject(queueStub(queue));
    expect(await queue.pop(1)).toHoldBodies("found");
    expect(await queue.pop(1)).toHoldBodies();
    expect(await queue.list()).toHoldBodies();
  });
});

test("subscribers are notified of messages behind a damaged row", async () => {
  const [queue, hook] = [await project().queue(), new Receiver()];
  await queue.subscribe(hook.url);
  await queue.post("first");
  await expect.poll(() => hook.bodies).toEqual(["first"]);
  await runInDurableObject(queueStub(queue), async (_, state) => {
    state.storage.sql.exec(
      `INSERT INTO segment (first, count, ttl_s, posted_at_ms, visible_at_ms, expires_at_ms, client, bodies, crc)
         SELECT 2, 1, ttl_s, posted_at_ms, visible_at_ms, expires_at_ms, client, '"damaged"', 1 FROM segment`,
    );
  });
  await evictDurableObject(queueStub(queue));
  await queue.post("third");
  await expect.poll(() => hook.bodies).toEqual(["first", "third"]);
});

test("rows have no checksum of older versions, which would refuse one that they do not compute alike", async () => {
  const { queue } = await damagedQueue("UPDATE segment SET ttl_s = ttl_s");
  const read = (state: DurableObjectState): unknown[] =>
    state.storage.sql.exec("SELECT DISTINCT checksum, crc IS NULL AS unchecked FROM segment").toArray();
  expect(await runInDurableObject(queueStub(queue), (_, state) => read(state))).toEqual([
    { checksum: null, unchecked: 0 },
  ]);
});

test("rows without a checksum are those of an older version, and are read", async () => {
  const { queue } = await damagedQueue("UPDATE segment SET crc = NULL");
  expect(await queue.list()).toHoldBodies("first", "second", "third", "fourth");
});

test("a deletion in a segment whose exceptions are lost deletes all of it, so that no deleted message returns", async () => {
  const { queue, ids } = await damagedQueue(UNREADABLE_RESIDUE);
  await queue.delete(ids[2] ?? "");
  expect(await queue.stats()).toMatchObject({ total: 2 });
  expect(await queue.list()).toHoldBodies("first", "fourth");
});

test("a claim whose row is damaged releases its messages, and other claims keep theirs", async () => {
  const queue = await project().queue();
  await queue.post("a", "b");
  await queue.claim({ limit: 1 });
  const other = await queue.claim({ limit: 1 });
  await alter(queueStub(queue), "UPDATE claim SET ranges = '[[1' WHERE slot = 0");
  await evictDurableObject(queueStub(queue));
  expect(await other.get()).toHoldBodies("b");
  expect(await queue.claim()).toHoldBodies("a");
});

test("a damaged entry of the index does not keep other queues from being listed", async () => {
  const owner = project();
  await owner.queue("good", { team: "ops" });
  const bad = await owner.queue("bad", { team: "ops" });
  await alter(projectStub(bad), `UPDATE queue SET metadata = '{"team":' WHERE name = 'bad'`);
  expect(await owner.queueNames({ detailed: true })).toEqual(["bad", "good"]);
  expect(await owner.queueNames({ team: "ops" })).toEqual(["good"]);
});

test("a sweep that always fails does not keep the alarm from its other work", async () => {
  const lines = vi.spyOn(console, "error");
  const owner = project();
  const queue = await owner.queue();
  await queue.post("a");
  await alter(queueStub(queue), "UPDATE queue SET indexed = 0");
  await alter(projectStub(queue), "DELETE FROM queue");
  await evictDurableObject(queueStub(queue));
  await alter(queueStub(queue), "ALTER TABLE receipt RENAME TO lost");
  await runDurableObjectAlarm(queueStub(queue));
  expect(await owner.queueNames()).toEqual([queue.name]);
  const mine = lines.mock.calls.map(String).filter((line) => line.includes(owner.id));
  expect(JSON.parse(mine.at(-1) ?? "{}")).toMatchObject({ queue: queue.name, operation: "queue sweep" });
  lines.mockRestore();
});

describe("a queue whose database is emptied, though its project lists it", () => {
  async function lostQueue(): Promise<Queue> {
    const queue = await project().queue();
    await queue.post("a");
    await runInDurableObject(queueStub(queue), (_, state) => state.storage.deleteAll());
    await evictDurableObject(queueStub(queue));
    return queue;
  }

  test.each([
    ["GET", ""],
    ["GET", "/messages"],
    ["GET", "/stats"],
    ["GET", "/subscriptions"],
    ["POST", "/claims"],
    ["POST", "/messages"],
    ["DELETE", "/messages?pop=1"],
  ])("is not taken for an empty one: %s %s is 503", async (method, path) => {
    const queue = await lostQueue();
    const body = path === "/messages" && method === "POST" ? { body: { messages: [{ body: 1 }] } } : {};
    expect(await queue.send(method, path, body)).toAnswer(503);
    await evictDurableObject(queueStub(queue));
    expect(await queue.send(method, path, body)).toAnswer(503);
  });

  test("is empty once it is created again, and gone once it is deleted", async () => {
    const created = await lostQueue();
    expect(await created.send("PUT", "")).toAnswer(201);
    expect(await created.list()).toHoldBodies();
    await created.post("b");
    expect(await created.list()).toHoldBodies("b");
    const deleted = await lostQueue();
    await deleted.remove();
    expect(await deleted.project.queueNames()).toEqual([]);
    expect(await deleted.list()).toHoldBodies();
  });

  test("is taken for an empty one when its project cannot be reached", async () => {
    const queue = await lostQueue();
    await alter(projectStub(queue), "ALTER TABLE queue RENAME TO lost");
    expect(await queue.list()).toHoldBodies();
  });
});
