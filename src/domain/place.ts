/**
 * A place is a queue or a topic. A topic has messages and subscriptions but no claims. A queue and a topic with the same name
 * are independent.
 */
import type { QueueName } from "./id.ts";

export type PlaceKind = "queue" | "topic";

export interface Place<Kind extends PlaceKind = PlaceKind> {
  readonly kind: Kind;
  /** Queues and topics have the same form of names. */
  readonly name: QueueName;
}

export function queueNamed(name: QueueName): Place<"queue"> {
  return { kind: "queue", name };
}
