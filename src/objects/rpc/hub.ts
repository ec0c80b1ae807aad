/** The interface of a hub, an object that has WebSocket connections. */
import type { MessageNotification } from "../../domain/delivery.ts";
import type { Epoch, ProjectId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";

/** The maximum number of connections of one hub. */
export const CONNECTIONS_MAX = 128;

/** The calls of queues and topics. A hub pushes to a connection only what that connection has subscribed to. */
export interface HubRpc {
  /** Pushes notifications to connections that have subscribed to the queue. The answers are in the order of `connections`. */
  push(request: Push): Promise<readonly PushAnswer[]>;
  /** Closes all connections before the service stops, each one after its waiting frames are answered. */
  closeAll(): Promise<void>;
  /** Signals a waiting claim of a connection: there may be a message (`ready`), or the wait has ended (`over`). */
  settleWait(request: WaitOutcome): Promise<WaitAnswer>;
}

export interface WaitOutcome {
  readonly connection: string;
  /** The name that the hub gave to this one wait. */
  readonly wait: string;
  readonly outcome: "ready" | "over";
}

/**
 * `claimed`: the hub has claimed messages and sent them. `nothing`: there was none to claim, and the connection still waits.
 * `gone`: it does not wait any more. If the hub has claimed messages for it nevertheless, the queue has to withdraw the claim.
 */
export type WaitAnswer = "claimed" | "nothing" | "gone";

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
