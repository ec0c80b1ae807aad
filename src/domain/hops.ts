/**
 * How often a message has gone on: a delivery to a queue of the service itself posts it again, and two queues that notify
 * each other would do so for ever. The count travels with the message in the client id of its post, which costs no column,
 * and in a header of each delivery.
 */
import type { ClientId, ProjectId } from "./id.ts";

/** What the service tells itself of a request that comes from inside, and nobody else can. */
export interface Origin {
  /** How often what the request posts has gone on. */
  readonly hops: number;
  /** Whose subscription makes the request. */
  readonly project: ProjectId;
}

/** A message that has gone on so often goes no further. */
export const HOPS_MAX = 5;

/** Of every delivery: how often its message will have gone on if the receiver posts it to a queue. */
export const HOPS_HEADER = "webhook-hops";

/** The count that a request from outside states. Whoever makes one up only ends the way of his own message. */
export function parseHops(text: string | null): number {
  return text !== null && /^\d+$/.test(text) ? Number(text) : 0;
}

/** In no header, and so in no client's own id. */
const MARK = "\n";

/** The client id of a post by the service itself. It is another one than the client's: an echo of it is nobody's own. */
export function markClient(client: ClientId, hops: number): ClientId {
  return hops === 0 ? client : (`${hops}${MARK}${client}` as ClientId);
}

/** 0 for a post from outside. */
export function hopsOf(client: ClientId): number {
  const end = client.indexOf(MARK);
  return end === -1 ? 0 : Number(client.slice(0, end));
}
