/** The interface of a hub, which holds WebSocket connections, and the way of a connection to it. */
import type { MessageNotification } from "../../domain/delivery.ts";
import type { Epoch, ProjectId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";

/** The most connections of one hub. */
export const CONNECTIONS_MAX = 128;

/** What queues and topics call. A hub gives a connection nothing but what that connection has itself asked for. */
export interface HubRpc {
  /** Pushes notifications to connections that have subscribed to the queue. The answers are in the order of `connections`. */
  push(request: Push): Promise<readonly PushAnswer[]>;
}

/** Successive notifications of one log, for all connections of a hub that have got those before. */
export interface Push {
  readonly project: ProjectId;
  readonly place: Place;
  readonly epoch: Epoch;
  /** None: the queue asks only whether the connections are still subscribed. */
  readonly notifications: readonly MessageNotification[];
  /** `post_data` of their subscriptions; null: they have none. */
  readonly template: string | null;
  /** Ids. */
  readonly connections: readonly string[];
}

/**
 * `taken`: the notifications are sent. `full`: none is, because the client may not be reading what it was sent before. `gone`:
 * the connection has ended, or is not subscribed to this queue.
 */
export type PushAnswer = "taken" | "full" | "gone";

/** Hands an upgrade request to the hub of this name; null: the hub is full. */
export async function connectTo(
  { HUBS }: { readonly HUBS: DurableObjectNamespace },
  hub: string,
  request: Request,
): Promise<Response | null> {
  // By HTTP, because a socket cannot be passed by RPC.
  const response = await HUBS.getByName(hub).fetch(request);
  return response.status === 101 ? response : null;
}
