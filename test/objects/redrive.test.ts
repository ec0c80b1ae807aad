/** Redrives with failures: whatever fails, each message is in one queue in the end, once. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { Adoption, QueueRpc } from "../../src/objects/rpc/queue.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { bury, ended, redrive, shown } from "../support/drivers/redrives.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { inside, queueStub } from "../support/objects/stubs.ts";
import { bodiesOf, numbered, project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

/** Replaces the method `adopt` of all queues, until the returned function is called. */
function intercept(
  queue: Queue,
  adopt: (adoption: Adoption, target: Pick<QueueRpc, "adopt">) => Promise<void>,
): () => void {
  return interceptObjects("QUEUES", `${queue.project.id}/`, (target) => ({
    adopt: (adoption) => adopt(adoption, target),
  }));
}

function alter(queue: Queue, statement: string): Promise<void> {
  return runInDurableObject(queueStub(queue), (_, state) => {
    state.storage.sql.exec(statement);
  });
}

function rowsOf(queue: Queue, table: string): Promise<number> {
  return runInDurableObject(queueStub(queue), (_, state) =>
    Number(state.storage.sql.exec(`SELECT count(*) AS count FROM ${table}`).one()["count"]),
  );
}

/** Milliseconds until the alarm; null: there is none. */
function alarmIn(queue: Queue): Promise<number | null> {
  return runInDurableObject(queueStub(queue), async (_, state) => {
    const at = await state.storage.getAlarm();
    return at === null ? null : at - Date.now();
  });
}

/** The object restarts from its rows, and its alarm runs. */
async function crash(queue: Queue): Promise<void> {
  // An eviction would wait for the redrive's timer.
  await runInDurableObject(queueStub(queue), (_, state) => state.abort("a crash")).catch(() => undefined);
  await runDurableObjectAlarm(queueStub(queue));
}

async function popAll(queue: Queue): Promise<unknown[]> {
  const bodies: unknown[] = [];
  for (let taken = await queue.pop(20); taken.length > 0; taken = await queue.pop(20)) bodies.push(...bodiesOf(taken));
  return bodies;
}

const BODIES = numbered(100);

describe("a crash", () => {
  test.each([
    ["before the first hand-over arrives", 0, false],
    ["after the first hand-over arrives, before the queue knows", 0, true],
    ["before the third hand-over arrives", 2, false],
    ["after the third hand-over arrives, before the queue knows", 2, true],
  ])("%s loses and duplicates nothing", async (_, arrivals, isAdopted) => {
    const owner = project();
    const dead = await bury(owner, "orders", ...BODIES);
    let calls = 0;
    const repair = intercept(dead, async (adoption, target) => {
      if (calls++ < arrivals || isAdopted) await target.adopt(adoption);
      if (calls > arrivals) throw new Error("the connection is lost");
    });
    await redrive(dead);
    await expect.poll(() => calls).toBeGreaterThan(arrivals);
    expect(await shown(dead)).toMatchObject({ status: "running" });
    repair();
    await crash(dead);
    expect(await ended(dead)).toMatchObject({ status: "done", moved: 100 });
    expect(await popAll(owner.missingQueue("orders"))).toEqual(BODIES);
    expect(await popAll(dead)).toEqual([]);
    expect(await rowsOf(dead, "transfer")).toBe(0);
  });

  test("while a step is being written undoes the whole step", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", "a", "b", "c");
    await alter(
      dead,
      "CREATE TRIGGER full BEFORE UPDATE OF moved ON redrive BEGIN SELECT raise(ABORT, 'no room'); END",
    );
    await redrive(dead);
    await expect.poll(() => shown(dead)).toMatchObject({ status: "running", moved: 0 });
    expect(await rowsOf(dead, "transfer")).toBe(0);
    expect(await dead.list()).toHoldBodies("a", "b", "c");
    await runDurableObjectAlarm(queueStub(dead));
    expect(await alarmIn(dead)).toBe(10_000);
    await alter(dead, "DROP TRIGGER full");
    await crash(dead);
    expect(await ended(dead)).toMatchObject({ status: "done", moved: 3 });
    expect(await owner.missingQueue("orders").list()).toHoldBodies("a", "b", "c");
  });

  test("of the adopting queue loses and duplicates nothing either", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", ...BODIES);
    const orders = owner.missingQueue("orders");
    intercept(dead, async (adoption, target) => {
      await target.adopt(adoption);
      await target.adopt(adoption);
      await evictDurableObject(queueStub(orders));
      await target.adopt(adoption);
    });
    await redrive(dead);
    expect(await ended(dead)).toMatchObject({ moved: 100 });
    expect(await popAll(orders)).toEqual(BODIES);
  });
});

test("a target that fails stops the redrive, with no more than one step under way", async () => {
  const owner = project();
  const broken = await owner.queue("broken");
  const dead = await bury(owner, "orders", ...BODIES);
  await alter(broken, "ALTER TABLE adoption RENAME TO lost");
  await redrive(dead, { target: "broken" });
  for (let rung = 0; rung < 3; rung++) await runDurableObjectAlarm(queueStub(dead));
  expect(await shown(dead)).toMatchObject({ status: "running", moved: 32, remaining: 68 });
  expect((await dead.stats()).total).toBe(68);
  await alter(broken, "ALTER TABLE lost RENAME TO adoption");
  await crash(dead);
  expect(await ended(dead)).toMatchObject({ status: "done", moved: 100 });
  expect(await popAll(broken)).toEqual(BODIES);
});

test("messages under way when the queue is deleted arrive", async () => {
  const owner = project();
  const dead = await bury(owner, "orders", "a", "b");
  let isHeldUp = true;
  intercept(dead, async (adoption, target) => {
    if (isHeldUp) throw new Error("not now");
    await target.adopt(adoption);
  });
  await redrive(dead, { max_messages: 1 });
  await expect.poll(() => shown(dead)).toMatchObject({ status: "done", moved: 1 });
  isHeldUp = false;
  await dead.remove();
  expect(await owner.missingQueue("orders").list()).toHoldBodies("a");
  expect(await owner.queueNames()).toEqual(["orders"]);
});

test("a redrive that starts while the last message of another is under way continues when that has arrived", async () => {
  const owner = project();
  const dead = await bury(owner, "orders", "a", "b");
  let letGo: () => void = () => undefined;
  const isHeldUp = new Promise<void>((resolve) => (letGo = resolve));
  intercept(dead, async (adoption, target) => {
    await isHeldUp;
    await target.adopt(adoption);
  });
  await redrive(dead, { max_messages: 1 });
  await expect.poll(() => shown(dead)).toMatchObject({ status: "done", moved: 1 });
  await redrive(dead);
  await inside(dead, async () => letGo());
  expect(await ended(dead)).toMatchObject({ status: "done", moved: 1 });
  expect(await owner.missingQueue("orders").list()).toHoldBodies("a", "b");
});

test("a claim and a redrive in the same commit get no message in common", async () => {
  const owner = project();
  const dead = await bury(owner, "orders", ...BODIES);
  const claiming = (async () => {
    const held: unknown[] = [];
    for (let count = 0; count < 5; count++) held.push(...bodiesOf(await dead.claim({ limit: 3 })));
    return held;
  })();
  await redrive(dead);
  const held = await claiming;
  const { moved } = await ended(dead);
  expect(moved).toBe(BODIES.length - held.length);
  const moving = await popAll(owner.missingQueue("orders"));
  expect(moving.filter((body) => held.includes(body))).toEqual([]);
  expect(new Set([...moving, ...held])).toEqual(new Set(BODIES));
});

test("an object that slept for an hour does not move an hour's worth at once", async () => {
  const owner = project();
  const dead = await bury(owner, "orders", ...BODIES);
  await redrive(dead, { messages_per_second: 10 });
  await expect.poll(async () => (await shown(dead)).moved).toBe(10);
  clock.advance({ hours: 0.5 });
  await crash(dead);
  expect((await shown(dead)).moved).toBe(20);
});

test("a clock that was half an hour ahead does not hold it up once it is set right", async () => {
  const owner = project();
  const dead = await bury(owner, "orders", ...BODIES);
  clock.advance({ hours: 0.5 });
  await redrive(dead, { messages_per_second: 10 });
  await expect.poll(async () => (await shown(dead)).moved).toBe(10);
  clock.advance({ hours: -0.5 });
  await crash(dead);
  expect((await shown(dead)).moved).toBe(20);
});

test("the alarm is armed as long as a redrive runs", async () => {
  const owner = project();
  const dead = await bury(owner, "orders", "a", "b");
  await redrive(dead, { messages_per_second: 1 });
  await runDurableObjectAlarm(queueStub(dead));
  expect(await alarmIn(dead)).toBe(10_000);
  await dead.send("DELETE", "/redrive");
  await runDurableObjectAlarm(queueStub(dead));
  expect(await alarmIn(dead)).toBe(3_600_000);
});
