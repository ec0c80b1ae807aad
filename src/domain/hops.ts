/**
 * Hops: how many times notifications have passed a message on. A delivery to a queue of the service posts the message again,
 * and two queues that notify each other would do so for ever. The count is stored in the client id of the post, which needs
 * no column of its own, and is sent in a header of every delivery.
 */
import type { ClientId, ProjectId } from "./id.ts";

/**
 * The properties of a request that a delivery makes inside the service. They travel in the binding, so no client can set
 * them.
 */
export interface Origin {
  /** The hops of the messages that the request posts. */
  readonly hops: number;
  /** The project of the subscription whose delivery makes the request. */
  readonly project: ProjectId;
}

/** A message with this many hops is not passed on any more. */
export const HOPS_MAX = 5;

/** A header of every delivery: the hops that the message will have if the receiver posts it to a queue. */
export const HOPS_HEADER = "webhook-hops";

/**
 * The count in the header of an external request; 0 if it is absent or invalid. A forged count affects only the forger's own
 * message.
 */
export function parseHops(text: string | null): number {
  return text !== null && /^\d+$/.test(text) ? Number(text) : 0;
}

/** Separates the count from the client id. No header can contain it, so no client's own id does. */
const SEPARATOR = "\n";

/**
 * The client id under which a post with so many hops is stored. It differs from the client's own id, so `echo=false` hides the
 * message from nobody.
 */
export function encodeHops(client: ClientId, hops: number): ClientId {
  return hops === 0 ? client : (`${hops}${SEPARATOR}${client}` as ClientId);
}

/** The hops in a stored client id; 0 for a post from outside. */
export function decodeHops(client: ClientId): number {
  const end = client.indexOf(SEPARATOR);
  return end === -1 ? 0 : Number(client.slice(0, end));
}
