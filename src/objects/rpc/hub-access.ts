/** Calls of a hub by its name: to open a connection, and to close all of them. */
import type { Config } from "../../config/config.ts";
import { HOME } from "../../domain/region.ts";
import type { HubRpc } from "./hub.ts";
import { objectIn } from "./regions.ts";

type HubBindings = { readonly HUBS: DurableObjectNamespace } & Pick<Config, "jurisdiction">;

/** Closes the connections of the hub of this name. */
export function closeHub({ HUBS, jurisdiction }: HubBindings, hub: string): Promise<void> {
  // The cast is sound: the stub has the methods of its class, which implements this interface.
  return (objectIn(HUBS, hub, { region: HOME, jurisdiction }) as unknown as HubRpc).closeAll();
}

/** Hands an upgrade request to the hub of this name. `refused`: its project has as many connections in the hub as it may. */
export async function connectTo(
  { HUBS, jurisdiction }: HubBindings,
  hub: string,
  request: Request,
): Promise<Response | "full" | "refused"> {
  // By HTTP, because a socket cannot be passed by RPC.
  const response = await objectIn(HUBS, hub, { region: HOME, jurisdiction }).fetch(request);
  if (response.status === 403) return "refused";
  return response.status === 101 ? response : "full";
}
