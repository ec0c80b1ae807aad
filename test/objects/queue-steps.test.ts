/** The calls of a queue's object to others, with requests in between: index entries, dead letters, its deletion. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { QueueRpc } from "../../src/objects/rpc/queue.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { inside, queueStub, rowCounts } from "../support/objects/stubs.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

function alter(queue: Queue, statement: string): Promise<void> {
  return runInDurableObject(queueStub(queue), (_, state) => {
    state.storage.sql.exec(statement);
  });
}

const ANY = { ttl: null, grace: null };

/** The number of requests after which further ones share a commit (mechanisms/group-commit.ts). */
function crowd(object: QueueRpc): Promise<unknown> {
  return Promise.all(Array.from({ length: 40 }, () => object.release({ claim: "none" })));
}

test("a purge spares a message claimed in the same commit, even after a neighbour failed", async () => {
  const queue = await project().queue();
  await queue.post("a");
  await alter(
    queue,
    "CREATE TRIGGER full BEFORE UPDATE OF metadata ON queue BEGIN SELECT raise(ABORT, 'no room'); END",
  );
  const held = await inside(queue, async (object) => {
    await crowd(object);
    const failing = object.patch({ changes: [{ op: "add", key: "a", value: "1" as never }] });
    const claim = object.claim({ ...ANY, limit: 1 });
    const purge = object.purge();
    await expect(failing).rejects.toThrow("no room");
    await purge;
    const claimed = await claim;
    const id = claimed.ok && claimed.value !== null ? claimed.value.claim : "";
    return (await object.getClaim({ claim: id }))?.messages.length;
  });
  expect(held).toBe(1);
});

test("a dead letter that leaves while its queue is being deleted arrives", async () => {
  const owner = project();
  const source = await owner.queue("source", { _max_claim_count: 1, _dead_letter_queue: "dead" });
  const dead = await owner.queue("dead");
  await source.post("a", "b");
  await (await source.claim({ limit: 1 })).release();
  await inside(source, async (object) => {
    let claim: Promise<unknown> = Promise.resolve();
    interceptObjects("PROJECTS", owner.id, (index) => ({
      leave: async (request) => {
        claim = object.claim({ ...ANY, limit: 2 });
        await scheduler.wait(1);
        await index.leave(request);
      },
    }));
    await object.remove();
    await claim;
  });
  expect(await dead.list()).toHoldBodies("a");
});

test("the index shows the latest metadata when two changes overlap", async () => {
  const owner = project();
  const queue = await owner.queue("orders", { a: 1 });
  await inside(queue, async (object) => {
    const others: Promise<unknown>[] = [];
    interceptObjects("PROJECTS", owner.id, (index) => ({
      enter: async (request) => {
        await index.enter(request);
        if (others.length > 0) return;
        // The other change is written in the same commit, just before this entry is noted.
        others.push(crowd(object), object.patch({ changes: [{ op: "add", key: "b", value: "2" as never }] }));
      },
    }));
    await object.patch({ changes: [{ op: "add", key: "a", value: "9" as never }] });
    await Promise.all(others);
  });
  expect((await owner.queues({ detailed: true })).queues[0]?.metadata).toMatchObject({ a: 9, b: 2 });
});

test("a dead-letter queue that fails does not hold up transfers to another", async () => {
  const owner = project();
  const source = await owner.queue("source", { _max_claim_count: 0, _dead_letter_queue: "broken" });
  const broken = await owner.queue("broken");
  const whole = await owner.queue("whole");
  await alter(broken, "ALTER TABLE adoption RENAME TO lost");
  await source.post("a");
  await source.claim();
  await source.patch({ op: "replace", path: "/metadata/_dead_letter_queue", value: "whole" });
  await source.post("b");
  await source.claim();
  expect(await whole.list()).toHoldBodies("b");
  await alter(broken, "ALTER TABLE lost RENAME TO adoption");
  await runDurableObjectAlarm(queueStub(source));
  expect(await broken.list()).toHoldBodies("a");
});

test("a dead-letter queue that does not answer holds up no claim, and gets one call for all transfers", async () => {
  const owner = project();
  const source = await owner.queue("source", { _max_claim_count: 0, _dead_letter_queue: "dead" });
  let asked = 0;
  let answer = (): void => undefined;
  const silence = new Promise<void>((resolve) => (answer = resolve));
  interceptObjects("QUEUES", `${owner.id}/dead`, () => ({ adopt: () => (asked++, silence) }));
  await source.post("a", "b", "c", "d");
  const claims = ["a", "b", "c", "d"].map(() => source.claim({ limit: 1 }));
  expect(await Promise.all(claims)).toHaveLength(4);
  expect(asked).toBe(1);
  await inside(source, async () => answer());
});

test("an alarm that a failed step armed is armed again by the next", async () => {
  const queue = await project().queue();
  await runDurableObjectAlarm(queueStub(queue));
  await alter(queue, "CREATE TRIGGER full BEFORE INSERT ON receipt BEGIN SELECT raise(ABORT, 'no room'); END");
  const body = { messages: [{ body: 1, ttl: 60 }] };
  expect((await queue.send("POST", "/messages", { body, headers: { "Idempotency-Key": "k" } })).status).toBe(503);
  await queue.post({ body: 1, ttl: 600 });
  const alarm = await runInDurableObject(queueStub(queue), (_, state) => state.storage.getAlarm());
  expect(alarm).toBe(Date.now() + 600_000);
});

test("a repeated post is answered as before, whatever the queue's settings are by now", async () => {
  const queue = await project().queue();
  const post = { body: { messages: [{ body: "x".repeat(500) }] }, headers: { "Idempotency-Key": "k" } };
  const first = await queue.send("POST", "/messages", post);
  await queue.patch({ op: "add", path: "/metadata/_max_messages_post_size", value: 100 });
  const second = await queue.send("POST", "/messages", post);
  expect([second.status, second.json]).toEqual([201, first.json]);
});

test("a queue that is its own dead-letter queue and allows no claim keeps its messages", async () => {
  const queue = await project().queue("round", { _max_claim_count: 0, _dead_letter_queue: "round" });
  await queue.post("a");
  expect((await queue.claim()).messages).toHoldBodies("a");
});

test("a large sweep reads each row a few times, not once for every step", async () => {
  const queue = await project().queue();
  await queue.post({ body: "a", ttl: 60 });
  await alter(
    queue,
    `WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 20009)
     INSERT INTO segment (first, count, ttl_s, posted_at_ms, visible_at_ms, expires_at_ms, client, bodies, crc)
       SELECT i, 1, 60, posted_at_ms, visible_at_ms, expires_at_ms, client, bodies, crc
     FROM n, segment WHERE first = 1`,
  );
  clock.advance({ seconds: 61 });
  const before = (await rowCounts(queue)).read;
  for (let rung = 0; rung < 5; rung++) {
    await runDurableObjectAlarm(queueStub(queue));
    clock.advance({ seconds: 1 });
  }
  expect((await queue.stats()).total).toBe(0);
  expect((await rowCounts(queue)).read - before).toBeLessThan(5 * 20_000);
});

test("an object whose memory cannot be rebuilt answers 503 until it can, and never as if the queue were gone", async () => {
  const queue = await project().queue();
  await queue.post("a");
  await alter(queue, "ALTER TABLE claim RENAME TO lost");
  expect((await queue.send("POST", "/claims", { body: {} })).status).toBe(503);
  expect((await queue.send("GET", "/messages?echo=true")).status).toBe(503);
  expect((await queue.send("DELETE", "")).status).toBe(503);
});
