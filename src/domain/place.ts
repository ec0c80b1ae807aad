/**
 * Where messages are: in a queue, or in a topic, which has messages and subscriptions but no claims. Queues and topics of
 * one name have nothing to do with each other.
 */
import type { QueueName } from "./id.ts";

export type PlaceKind = "queue" | "topic";

export interface Place {
  readonly kind: PlaceKind;
  /** The same texts can be the names of both. */
  readonly name: QueueName;
}

export function queueNamed(name: QueueName): Place {
  return { kind: "queue", name };
}
