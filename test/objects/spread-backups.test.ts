/** Databases of a spread queue that are missing, or from a backup of another time than the others. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { idsOf } from "../../src/domain/message.ts";
import { clock, freezeClock } from "../support/clock.ts";
import type { Queue } from "../support/drivers/zaqar-client.ts";
import { captureLog } from "../support/log.ts";
import { countCalls } from "../support/objects/calls.ts";
import { rows } from "../support/objects/queue-outbox.ts";
import { atHome, phaseOf, shardOf, spreadQueue } from "../support/objects/spread-queues.ts";
import { queueStub } from "../support/objects/stubs.ts";

freezeClock();
const log = captureLog();

/** Changes a database while the object is not running. */
async function change(stub: DurableObjectStub, work: (storage: DurableObjectStorage) => void): Promise<void> {
  await runInDurableObject(stub, (_, { storage }) => work(storage));
  await evictDurableObject(stub);
}

function lose(stub: DurableObjectStub): Promise<void> {
  return change(stub, (storage) => void storage.deleteAll());
}

/** The row of the spread becomes as it may have been earlier. */
async function restoreHome(queue: Queue, statement: string): Promise<void> {
  await change(queueStub(queue), (storage) => void storage.sql.exec(statement));
}

async function ring(queue: Queue): Promise<void> {
  await runDurableObjectAlarm(queueStub(queue));
}

async function spreadAgain(queue: Queue): Promise<void> {
  await atHome(queue, (home) => home.open(3));
  expect(await phaseOf(queue)).toBe("spread");
}

async function spreadTwice(queue: Queue): Promise<void> {
  await atHome(queue, (home) => home.collapse());
  expect(await phaseOf(queue)).toBe("one");
  await spreadAgain(queue);
}

function warnings(queue: Queue): readonly unknown[] {
  return log.about(queue.project.id).filter(({ event }) => event === "warning");
}

describe("a home whose database is missing", () => {
  test("is 503 until it is created again, and then shows nothing of its former life", async () => {
    const queue = await spreadQueue();
    await shardOf(queue, 1).posted();
    await lose(queueStub(queue));
    await ring(queue);
    expect((await queue.send("GET", "/messages")).status).toBe(503);
    expect((await queue.send("PUT", "")).status).toBe(201);
    expect(await queue.list({ echo: true })).toEqual([]);
    await spreadAgain(queue);
    expect([await queue.list({ echo: true }), await shardOf(queue, 1).stored()]).toEqual([[], 0]);
  });
});

describe("a home from a backup", () => {
  test("that was closing its shards does not erase what they have got since", async () => {
    const queue = await spreadQueue();
    await spreadTwice(queue);
    await shardOf(queue, 1).posted();
    await restoreHome(queue, "UPDATE spread SET phase = 'closing', version = 3");
    await ring(queue);
    expect([await phaseOf(queue), await queue.list({ echo: true })]).toEqual(["draining", [expect.anything()]]);
    await shardOf(queue, 1).rpc.pop({ limit: 1 });
    await ring(queue);
    expect(await phaseOf(queue)).toBe("one");
  });

  test("from before the queue was spread finds the messages when it is spread again", async () => {
    const queue = await spreadQueue();
    const { epoch } = await shardOf(queue, 1).posted();
    await restoreHome(queue, "DELETE FROM spread");
    expect(await queue.list({ echo: true })).toEqual([]);
    await spreadAgain(queue);
    expect(await queue.list({ echo: true })).toHaveLength(1);
    expect((await shardOf(queue, 1).posted()).epoch).toBe(epoch);
  });

  test("from before its shards were closed opens them again", async () => {
    const queue = await spreadQueue();
    const [row] = await rows(queue, "spread");
    await atHome(queue, (home) => home.collapse());
    expect([await phaseOf(queue), await shardOf(queue, 1).post()]).toEqual(["one", "moved"]);
    await restoreHome(queue, `UPDATE spread SET phase = 'spread', version = ${Number(row?.["version"])}`);
    clock.advance({ seconds: 60 });
    await ring(queue);
    expect([await phaseOf(queue), (await shardOf(queue, 1).post()) === "moved"]).toEqual(["spread", false]);
    expect(warnings(queue)).toHaveLength(1);
  });
});

describe("a shard whose database is missing", () => {
  test("is opened again above all numbers of the queue, with one line in the log", async () => {
    const queue = await spreadQueue();
    await shardOf(queue, 1).posted(3);
    await shardOf(queue, 2).posted(10);
    const page = await queue.list({ limit: 20, echo: true });
    await lose(shardOf(queue, 1).stub);
    expect((await queue.list({ limit: 20, echo: true })).length).toBe(page.length - 3);
    for (let minute = 0; minute < 3; minute++) {
      await ring(queue);
      clock.advance({ seconds: 60 });
    }
    const [warning] = warnings(queue);
    expect([warnings(queue).length, warning]).toEqual([
      1,
      expect.objectContaining({ warning: expect.stringContaining("its shards 1 do not agree") }),
    ]);
    const [later] = idsOf(await shardOf(queue, 1).posted());
    const marker = page.at(-1)?.id ?? "";
    expect((await queue.list({ marker, echo: true })).map(({ id }) => id)).toEqual([later]);
  });

  test("is found by the question about load: that all agree costs no call more", async () => {
    const queue = await spreadQueue();
    clock.advance({ seconds: 60 });
    const calls = countCalls(["SHARD_OBJECTS"]);
    await ring(queue);
    expect(calls().map((call) => call.split(" ").at(-1))).toEqual(["survey", "survey"]);
  });
});
