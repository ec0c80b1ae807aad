/** Figures of a spread queue: those of all its objects, as of one. */
import { evictDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { QueueFigures } from "../../src/domain/figures.ts";
import { readFigures } from "../../src/domain/packed-figures.ts";
import type { Queue } from "../support/drivers/zaqar-client.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { atHome, phaseOf, shardOf, spreadQueue } from "../support/objects/spread-queues.ts";
import { inside } from "../support/objects/stubs.ts";

async function figuresOf(queue: Queue): Promise<QueueFigures> {
  const figures = readFigures((await inside(queue, (home) => home.figures())).figures);
  if (figures === null) throw new Error("There are no figures.");
  return figures;
}

test("the overview shows the messages of all objects, and who holds claims in them", async () => {
  const queue = await spreadQueue();
  await queue.pop();
  await queue.post("a", "b", "c");
  await shardOf(queue, 1).posted(2);
  await shardOf(queue, 1).claim(1);
  const answer = await queue.project.send("GET", "/v2/overview?consumers=true");
  const { places } = answer.json as { readonly places: readonly unknown[] };
  expect(places).toMatchObject([{ name: "orders", messages: { total: 5, claimed: 1, free: 4 } }]);
});

test("counters go on when a shard starts anew, and when the queue is on one object again", async () => {
  const queue = await spreadQueue();
  const shard = shardOf(queue, 1);
  await shard.posted(2);
  const before = await figuresOf(queue);
  expect(before.counters).toMatchObject({ posted: 2, deleted: 0 });
  await evictDurableObject(shard.stub);
  await shard.posted();
  await shard.rpc.pop({ limit: 10 });
  const later = await figuresOf(queue);
  expect(later.counters).toMatchObject({ posted: 3, deleted: 3 });
  expect(later.version).toBeGreaterThan(before.version);
  await atHome(queue, (home) => home.collapse());
  expect(await phaseOf(queue)).toBe("one");
  expect(await figuresOf(queue)).toMatchObject({ stored: { min: 0, max: 0 }, counters: { posted: 3, deleted: 3 } });
});

test("without the answer of a shard there are none", async () => {
  const queue = await spreadQueue();
  const lost = (): Promise<never> => Promise.reject(new Error("lost"));
  const repair = interceptObjects("SHARD_OBJECTS", shardOf(queue, 2).name, () => ({ figures: lost }));
  await expect(figuresOf(queue)).rejects.toThrow("lost");
  repair();
  expect(await figuresOf(queue)).toMatchObject({ claimed: 0 });
});
