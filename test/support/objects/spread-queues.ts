/** Spread queues: made by their homes, because no load of a test spreads a queue. */
import { runInDurableObject } from "cloudflare:test";
import type { Spreading } from "../../../src/objects/queue/spreading.ts";
import { project, type Queue } from "../drivers/zaqar-client.ts";
import { rows } from "./queue-outbox.ts";
import { Shard } from "./shards.ts";
import { queueStub } from "./stubs.ts";

export function atHome(queue: Queue, work: (spreading: Spreading) => Promise<void>): Promise<void> {
  return runInDurableObject(queueStub(queue), (object) =>
    work((object as unknown as { readonly spreading: Spreading }).spreading),
  );
}

/** A queue that is spread over so many objects. */
export async function spreadQueue(objects = 3): Promise<Queue> {
  const queue = await project().queue();
  await atHome(queue, (home) => home.open(objects));
  return queue;
}

export async function phaseOf(queue: Queue): Promise<unknown> {
  const [row] = await rows(queue, "spread");
  return row?.["phase"];
}

export function shardOf(queue: Queue, number: number): Shard {
  return new Shard(queue.project, queue.name, number);
}
