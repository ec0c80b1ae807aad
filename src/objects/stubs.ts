/**
 * Names of objects and the way to them. An object's name is parsed from the right: names of queues and topics hold
 * neither `/` nor `:`, project names may hold anything.
 */
import type { ProjectId, QueueName, SubscriptionId } from "../domain/id.ts";
import { numberOfSubscription, parseQueueName, toProjectId } from "../domain/id.ts";
import { queueNamed, type Place, type PlaceKind } from "../domain/place.ts";
import type { DeliveryRpc } from "./delivery-rpc.ts";
import type { ProjectRpc, QueueRpc } from "./rpc.ts";

/** The objects a request can reach. Stubs are made per request: one must not outlive the request that made it. */
export interface Objects {
  queue(project: ProjectId, name: QueueName): QueueRpc;
  /** A queue or a topic. */
  place(project: ProjectId, place: Place): QueueRpc;
  project(project: ProjectId): ProjectRpc;
  /** Of a subscription of the queue or topic. */
  delivery(project: ProjectId, place: Place, subscription: SubscriptionId): DeliveryRpc;
}

/** The namespaces of objects among the Worker's bindings. */
export interface ObjectBindings {
  readonly QUEUES: DurableObjectNamespace;
  readonly TOPICS: DurableObjectNamespace;
  readonly PROJECTS: DurableObjectNamespace;
  readonly DELIVERIES: DurableObjectNamespace;
  /** A way to Keystone apart from that to the rest of the world; where there is none, both are the same. */
  readonly KEYSTONE?: Fetcher;
  /** A way that leads to private networks too, for subscribers there, where the operator allows them. */
  readonly PRIVATE_NETWORK?: Fetcher;
  /** Cloudflare's way to send mail. */
  readonly MAIL?: SendEmail;
  /** A way to the operator's mail server apart from that to the rest of the world; where there is none, both are the same. */
  readonly SMTP?: Fetcher;
}

export function toObjects(bindings: ObjectBindings): Objects {
  const namespaces: Readonly<Record<PlaceKind, DurableObjectNamespace>> = {
    queue: bindings.QUEUES,
    topic: bindings.TOPICS,
  };
  // A stub's methods are whatever its class has; the classes implement these interfaces.
  const place: Objects["place"] = (project, { kind, name }) =>
    namespaces[kind].getByName(`${project}/${name}`) as unknown as QueueRpc;
  return {
    place,
    queue: (project, name) => place(project, queueNamed(name)),
    project: (project) => bindings.PROJECTS.getByName(project) as unknown as ProjectRpc,
    delivery: (project, source, subscription) =>
      bindings.DELIVERIES.getByName(`${project}/${segmentOf(source)}/${subscription}`) as unknown as DeliveryRpc,
  };
}

/** Apart from the names of queues, which hold no colon: the deliveries of both kinds share one namespace. */
const TOPIC_PREFIX = "topic:";

function segmentOf({ kind, name }: Place): string {
  return kind === "topic" ? TOPIC_PREFIX + name : name;
}

/** The project and name of what an object named by `toObjects` stands for: a queue, or a topic. */
export function parseObjectName(objectName: string): { readonly project: ProjectId; readonly name: QueueName } {
  const slash = objectName.lastIndexOf("/");
  const name = parseQueueName(objectName.slice(slash + 1));
  if (slash < 0 || name === null) throw new Error("An object was addressed by a name that no queue or topic has.");
  return { project: toProjectId(objectName.slice(0, slash)), name };
}

/** The subscription that an object named by `toObjects` delivers for. */
export function parseDeliveryName(objectName: string): {
  readonly project: ProjectId;
  readonly place: Place;
  readonly subscription: SubscriptionId;
} {
  const slash = objectName.lastIndexOf("/");
  const subscription = objectName.slice(slash + 1);
  if (numberOfSubscription(subscription) === null) {
    throw new Error("A delivery object was addressed by a name that no subscription has.");
  }
  const source = objectName.slice(0, slash);
  const start = source.lastIndexOf("/") + 1;
  const kind = source.startsWith(TOPIC_PREFIX, start) ? "topic" : "queue";
  const bare = kind === "topic" ? source.slice(0, start) + source.slice(start + TOPIC_PREFIX.length) : source;
  const { project, name } = parseObjectName(bare);
  return { project, place: { kind, name }, subscription: subscription as SubscriptionId };
}
