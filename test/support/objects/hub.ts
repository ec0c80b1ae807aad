/** The hub that holds all connections of a file of tests, and how it is put to sleep. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { ObjectBindings } from "../../../src/objects/rpc/stubs.ts";
import { until } from "../clock.ts";

const { HUBS } = env as unknown as ObjectBindings;

export function hub(name = "hub/0"): DurableObjectStub {
  return HUBS.getByName(name);
}

/**
 * Puts the hub to sleep, before a test has connections. It wakes with the present time: an object's own time does not go back
 * with the clock, which is set anew for each test.
 */
export async function restartHub(): Promise<void> {
  // An eviction would wait for events of sockets that are being closed.
  await until(() => runInDurableObject(hub(), (_, state) => state.getWebSockets().length === 0));
  await evictDurableObject(hub());
}

/** When the alarm of a hub is set to ring; null: never. */
export function alarmOf(stub: DurableObjectStub): Promise<number | null> {
  return runInDurableObject(stub, (_, state) => state.storage.getAlarm());
}
