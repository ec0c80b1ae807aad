/** The hub of all connections of a test file, and its hibernation. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { ObjectStore } from "../../../src/objects/object-store.ts";
import type { ObjectBindings } from "../../../src/objects/rpc/stubs.ts";
import { until } from "../clock.ts";

const { HUBS } = env as unknown as ObjectBindings;

export function hub(name = "hub/0"): DurableObjectStub {
  return HUBS.getByName(name);
}

/**
 * Makes the hub hibernate before a test has connections. It wakes with the present time. Otherwise its time would not go back
 * with the clock, which is set for each test.
 */
export async function restartHub(): Promise<void> {
  // An eviction would wait for events of closing sockets.
  await until(() => runInDurableObject(hub(), (_, state) => state.getWebSockets().length === 0));
  await evictDurableObject(hub());
}

/** The time of a hub's alarm; null: there is none. */
export function alarmOf(stub: DurableObjectStub): Promise<number | null> {
  return runInDurableObject(stub, (_, state) => state.storage.getAlarm());
}

/** The rows that a hub has written since it woke. */
export function rowsWritten(stub: DurableObjectStub): Promise<number> {
  return runInDurableObject(stub, (object) => {
    return (object as unknown as { readonly store: ObjectStore }).store.sql.rowsWritten;
  });
}
