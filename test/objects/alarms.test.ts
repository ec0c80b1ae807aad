/** The alarm of a queue: it deletes expired rows and repeats failed calls, and an idle queue has none. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { projectStub, queueStub } from "../support/objects/stubs.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

/** Milliseconds until the queue's alarm; null: there is none. */
async function alarmIn(queue: Queue): Promise<number | null> {
  const at = await runInDurableObject(queueStub(queue), (_, state) => state.storage.getAlarm());
  return at === null ? null : at - Date.now();
}

function rowsOf(queue: Queue, table: string): Promise<number> {
  return runInDurableObject(
    queueStub(queue),
    (_, state) => state.storage.sql.exec(`SELECT 1 FROM ${table}`).toArray().length,
  );
}

/** Runs the alarm until the queue has none. Returns the number of runs. */
async function ringUntilQuiet(queue: Queue): Promise<number> {
  for (let rung = 0; rung < 10; rung++) {
    const wait = await alarmIn(queue);
    if (wait === null) return rung;
    clock.advance({ ms: Math.max(0, wait) });
    await runDurableObjectAlarm(queueStub(queue));
  }
  throw new Error("The alarm is armed for ever.");
}

describe("an idle queue has no alarm", () => {
  test("when nothing was ever posted", async () => {
    const queue = await project().queue();
    expect(await ringUntilQuiet(queue)).toBe(1);
  });

  test("once its messages have expired and are swept", async () => {
    const queue = await project().queue();
    await queue.post("a", "b");
    expect(await ringUntilQuiet(queue)).toBeLessThanOrEqual(3);
    expect(await rowsOf(queue, "segment")).toBe(0);
  });

  test("once its messages are consumed", async () => {
    const queue = await project().queue();
    await queue.post({ body: "a", ttl: 60 });
    await queue.pop();
    expect(await ringUntilQuiet(queue)).toBeLessThanOrEqual(2);
  });

  test("when it was only read", async () => {
    const queue = project().missingQueue();
    await queue.list();
    expect(await alarmIn(queue)).toBeNull();
  });
});

test("a sweep comes no more often than once a minute", async () => {
  const queue = await project().queue();
  await queue.post({ body: "a", ttl: 60 }, { body: "b", ttl: 61 });
  clock.advance({ seconds: 60 });
  await runDurableObjectAlarm(queueStub(queue));
  expect(await alarmIn(queue)).toBe(60_000);
});

test("an alarm that is overdue after a restart still sweeps", async () => {
  const queue = await project().queue();
  await queue.post({ body: "a", ttl: 60 });
  clock.advance({ hours: 5 });
  await evictDurableObject(queueStub(queue));
  await runDurableObjectAlarm(queueStub(queue));
  expect(await rowsOf(queue, "segment")).toBe(0);
});

test("a queue that wakes with messages and without an alarm arms itself", async () => {
  const queue = await project().queue();
  await queue.post({ body: "a", ttl: 600 });
  await runInDurableObject(queueStub(queue), (_, state) => state.storage.deleteAlarm());
  await evictDurableObject(queueStub(queue));
  await queue.list();
  expect(await alarmIn(queue)).toBe(600_000);
});

test("a failing handler does not throw to the runtime and tries again", async () => {
  const queue = await project().queue();
  await queue.post("a");
  await runInDurableObject(queueStub(queue), (_, state) =>
    state.storage.sql.exec("ALTER TABLE receipt RENAME TO lost"),
  );
  await runDurableObjectAlarm(queueStub(queue));
  expect(await alarmIn(queue)).toBe(10_000);
  await runInDurableObject(queueStub(queue), (_, state) =>
    state.storage.sql.exec("ALTER TABLE lost RENAME TO receipt"),
  );
  expect(await queue.list()).toHoldBodies("a");
  clock.advance({ seconds: 4000 });
  await runDurableObjectAlarm(queueStub(queue));
  expect(await rowsOf(queue, "segment")).toBe(0);
});

test("a ttl beyond every date is stored as given, and the alarm is bounded", async () => {
  const queue = await project().queue();
  await queue.post("a");
  await runInDurableObject(queueStub(queue), async (_, state) => {
    state.storage.sql.exec("UPDATE segment SET expires_at_ms = 9007199254740000");
    await state.storage.deleteAlarm();
  });
  await evictDurableObject(queueStub(queue));
  expect(await queue.list()).toHoldBodies("a");
  expect((await alarmIn(queue)) ?? 0).toBeLessThan(Date.UTC(2189, 0));
});

describe("after a crash between a queue and its index", () => {
  test("a queue missing from the index is entered by the alarm", async () => {
    const queue = await project().queue();
    await runInDurableObject(queueStub(queue), (_, state) => state.storage.sql.exec("UPDATE queue SET indexed = 0"));
    await runInDurableObject(projectStub(queue), (_, state) => state.storage.sql.exec("DELETE FROM queue"));
    await evictDurableObject(queueStub(queue));
    expect(await queue.project.queueNames()).toEqual([]);
    await runDurableObjectAlarm(queueStub(queue));
    expect(await queue.project.queueNames()).toEqual([queue.name]);
  });

  test("a post is acked while the index is down, and listed when it is back", async () => {
    const queue = project().missingQueue();
    // A project whose table has other columns refuses every entry.
    await runInDurableObject(projectStub(queue), (_, state) => {
      state.storage.sql.exec("CREATE TABLE migration (number INTEGER PRIMARY KEY, statements TEXT NOT NULL) STRICT");
      state.storage.sql.exec("INSERT INTO migration VALUES (1, 'of another history')");
    });
    await queue.post("a");
    expect(await queue.list()).toHoldBodies("a");
    await runInDurableObject(projectStub(queue), (_, state) => state.storage.sql.exec("DROP TABLE migration"));
    await evictDurableObject(projectStub(queue));
    await runDurableObjectAlarm(queueStub(queue));
    expect(await queue.project.queueNames()).toEqual([queue.name]);
  });
});

test("dead letters that could not be handed over arrive by the alarm, once", async () => {
  const owner = project();
  const source = await owner.queue("source", { _max_claim_count: 1, _dead_letter_queue: "dead" });
  const dead = await owner.queue("dead");
  await source.post("a");
  const claim = await source.claim();
  await claim.release();
  await runInDurableObject(queueStub(dead), (_, state) =>
    state.storage.sql.exec("ALTER TABLE adoption RENAME TO lost"),
  );
  expect((await source.claim()).messages).toHaveLength(0);
  expect(await dead.list()).toHaveLength(0);
  await runInDurableObject(queueStub(dead), (_, state) =>
    state.storage.sql.exec("ALTER TABLE lost RENAME TO adoption"),
  );
  await evictDurableObject(queueStub(source));
  await runDurableObjectAlarm(queueStub(source));
  expect(await dead.list()).toHoldBodies("a");
  await runDurableObjectAlarm(queueStub(source));
  expect(await dead.list()).toHoldBodies("a");
  expect(await rowsOf(source, "transfer")).toBe(0);
});
