/** The way of a connection to the hub that holds it. */
import type { ObjectBindings } from "./stubs.ts";

/** The most connections of one hub. */
export const CONNECTIONS_MAX = 128;

/** Hands an upgrade request to the hub of this name; null: the hub is full. */
export async function connectTo(bindings: ObjectBindings, hub: string, request: Request): Promise<Response | null> {
  // By HTTP, because a socket cannot be passed by RPC.
  const response = await bindings.HUBS.getByName(hub).fetch(request);
  return response.status === 101 ? response : null;
}
