/** Requests to a spread queue, whose clients see one queue; and what they cost a queue that is not spread. */
import { describe, expect, test } from "vitest";
import { parseMessageId, shardIn } from "../../src/domain/id.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";
import { countCalls } from "../support/objects/calls.ts";
import { atHome, spreadQueue } from "../support/objects/spread-queues.ts";

function objectOf(id: string | undefined): number | null {
  const position = parseMessageId(id ?? "");
  return position === null ? null : shardIn(position.epoch);
}

/** The answer of a home tells the Worker that the queue is spread. */
async function known(objects = 3): Promise<Queue> {
  const queue = await spreadQueue(objects);
  expect(await queue.pop()).toEqual([]);
  return queue;
}

describe("a queue on one object", () => {
  test("gets one call for each request, and no shard gets one", async () => {
    const queue = await project().queue();
    const calls = countCalls(["QUEUES", "SHARD_OBJECTS"]);
    const [id = ""] = await queue.post("a", "b");
    await queue.pop(1);
    await queue.claim();
    await queue.get(id);
    const counts = calls().map((call) => call.split(" ").at(-1));
    expect(counts).toEqual(["post", "pop", "claim", "get"]);
  });
});

describe("posts", () => {
  test("of one client go to one shard, once the Worker knows that the queue is spread", async () => {
    const queue = await known();
    const objects = new Set<number | null>();
    for (let round = 0; round < 3; round++) for (const id of await queue.post("a", "b")) objects.add(objectOf(id));
    expect(objects.size).toBe(1);
    expect([...objects][0]).toBeGreaterThan(0);
  });

  test("with a key go to the home", async () => {
    const queue = await known();
    const answer = await queue.send("POST", "/messages", {
      body: { messages: [{ body: "a" }] },
      headers: { "Idempotency-Key": crypto.randomUUID() },
    });
    const { resources } = answer.json as { readonly resources: readonly string[] };
    expect(objectOf(resources[0]?.split("/").at(-1))).toBe(0);
  });

  test("go to the home while a shard takes none", async () => {
    const queue = await known();
    await queue.post("a");
    await atHome(queue, (home) => home.collapse());
    const [id] = await queue.post("b");
    expect(objectOf(id)).toBe(0);
    expect(await queue.list({ echo: true })).toHoldBodies("b", "a");
  });
});
