/** The interface of a hub, an object that has WebSocket connections, and how a connection reaches it. */
import type { Config } from "../../config/config.ts";
import type { MessageNotification } from "../../domain/delivery.ts";
import type { Epoch, ProjectId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import { HOME } from "../../domain/region.ts";
import { objectIn } from "./regions.ts";

/** The maximum number of connections of one hub. */
export const CONNECTIONS_MAX = 128;

/** The calls of queues and topics. A hub pushes to a connection only what that connection has subscribed to. */
export interface HubRpc {
  /** Pushes notifications to connections that have subscribed to the queue. The answers are in the order of `connections`. */
  push(request: Push): Promise<readonly PushAnswer[]>;
  /** Closes all connections, each when its waiting frames are answered: the service is about to stop. */
  closeAll(): Promise<void>;
}

/** Successive notifications of one log, for connections of a hub that have got all earlier ones. */
export interface Push {
  readonly project: ProjectId;
  readonly place: Place;
  readonly epoch: Epoch;
  /** Empty: the queue only asks whether the connections are still subscribed. */
  readonly notifications: readonly MessageNotification[];
  /** The `post_data` of their subscriptions; null: they have none. */
  readonly template: string | null;
  /** The ids of the connections. */
  readonly connections: readonly string[];
}

/**
 * `taken`: the notifications are sent. `full`: none is sent, because the client may not be reading earlier ones. `gone`: the
 * connection has ended, or is not subscribed to this queue.
 */
export type PushAnswer = "taken" | "full" | "gone";

type HubBindings = { readonly HUBS: DurableObjectNamespace } & Pick<Config, "jurisdiction">;

/** Closes the connections of the hub of this name. */
export function closeHub({ HUBS, jurisdiction }: HubBindings, hub: string): Promise<void> {
  // The stub has the methods of its class, which implements this interface.
  return (objectIn(HUBS, hub, { region: HOME, jurisdiction }) as unknown as HubRpc).closeAll();
}

/** Hands an upgrade request to the hub of this name; null: the hub is full. */
export async function connectTo(
  { HUBS, jurisdiction }: HubBindings,
  hub: string,
  request: Request,
): Promise<Response | null> {
  // By HTTP, because a socket cannot be passed by RPC.
  const response = await objectIn(HUBS, hub, { region: HOME, jurisdiction }).fetch(request);
  return response.status === 101 ? response : null;
}
