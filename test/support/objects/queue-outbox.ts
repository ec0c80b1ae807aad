/** Access to a queue's object for tests of the outbox: replaces its calls to other objects, reads its rows, rings its alarm. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import type { DeliveryRpc } from "../../../src/objects/rpc/delivery.ts";
import { clock } from "../clock.ts";
import { interceptObjects } from "./calls.ts";
import { queueStub } from "./stubs.ts";
import type { Queue } from "../drivers/zaqar-client.ts";

/** Replaces methods of the objects that deliver for the queue, until the returned function is called. */
export function between(
  queue: Queue,
  replace: (stub: DeliveryRpc, subscription: string) => Partial<DeliveryRpc>,
): () => void {
  const prefix = `${queue.project.id}/${queue.name}/`;
  return interceptObjects("DELIVERIES", prefix, (stub, name) => replace(stub, name.slice(prefix.length)));
}

export function rows(queue: Queue, table: string): Promise<readonly Record<string, unknown>[]> {
  return runInDurableObject(queueStub(queue), (_, state) => state.storage.sql.exec(`SELECT * FROM ${table}`).toArray());
}

export async function ring(queue: Queue): Promise<void> {
  clock.advance({ seconds: 10 });
  await runDurableObjectAlarm(queueStub(queue));
}

export const broken = async (): Promise<never> => {
  throw new Error("The object cannot be reached.");
};

/** Milliseconds until the queue's alarm; null: there is none. */
export async function alarmIn(queue: Queue): Promise<number | null> {
  const at = await runInDurableObject(queueStub(queue), async (_, state) => state.storage.getAlarm());
  return at === null ? null : at - Date.now();
}
