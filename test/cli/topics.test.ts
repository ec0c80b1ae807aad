/** `sukkal topic …` against a service: what differs from queues. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf, serviceOfTests } from "./service.ts";

const service = serviceOfTests();
const sukkal = (line: string, options = {}): ReturnType<typeof service.sukkal> =>
  service.sukkal(line.split(" "), options);

test("a topic is created, listed, shown, changed, purged and deleted", async () => {
  assert.equal((await sukkal("topic create news --set _default_message_ttl=1d")).stderr, "✓ Topic news is ready.\n");
  await service.client().topic("news").postMany([1, 2]);
  const row = linesOf(await sukkal("topic list --details"))[0]?.split("\t") ?? [];
  assert.deepEqual([row[0], row[1], row.length], ["news", "2", 4]);
  assert.deepEqual(linesOf(await sukkal("topic show news")).slice(0, 2), ["name\tnews", "messages\t2"]);
  assert.equal((await sukkal("topic set news editor=Ann")).stdout, 'editor\t\t"Ann"\n');
  assert.equal((await sukkal("topic purge news --yes")).stderr, "✓ Topic news is purged.\n");
  assert.equal((await service.client().topic("news").stats()).total, 0);
  assert.equal((await sukkal("topic delete news --yes")).stderr, "✓ Topic news is deleted.\n");
  assert.match((await sukkal("topic list")).stderr, /There is no topic\. sukkal topic create/);
});

test("a queue is no topic of the same name", async () => {
  await service.client().queue("both").create();
  assert.match((await sukkal("topic show both")).stderr, /There is no topic "both"/);
});

test("a topic pauses notifications, and has no claims to pause", async () => {
  const topic = service.client().topic("paused");
  await topic.create();
  assert.equal((await sukkal("topic pause paused")).stderr, "✓ paused is paused for notifications.\n");
  assert.deepEqual((await topic.metadata())["_paused"], ["notifications"]);
  assert.equal((await sukkal("topic resume paused")).code, 0);
  assert.equal((await topic.metadata())["_paused"], undefined);
  assert.equal((await sukkal("topic pause paused --claims")).code, 2);
});
