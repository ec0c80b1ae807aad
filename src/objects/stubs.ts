/**
 * Names of objects and the way to them. An object's name is parsed from the right: queue names hold no `/`, project
 * names may hold anything.
 */
import type { ProjectId, QueueName, SubscriptionId } from "../domain/id.ts";
import { numberOfSubscription, parseQueueName, toProjectId } from "../domain/id.ts";
import type { DeliveryRpc } from "./delivery-rpc.ts";
import type { ProjectRpc, QueueRpc } from "./rpc.ts";

/** The objects a request can reach. Stubs are made per request: one must not outlive the request that made it. */
export interface Objects {
  queue(project: ProjectId, name: QueueName): QueueRpc;
  project(project: ProjectId): ProjectRpc;
  /** Of a subscription of the queue. */
  delivery(project: ProjectId, queue: QueueName, subscription: SubscriptionId): DeliveryRpc;
}

/** The namespaces of objects among the Worker's bindings. */
export interface ObjectBindings {
  readonly QUEUES: DurableObjectNamespace;
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
  return {
    // A stub's methods are whatever its class has; the classes implement these interfaces.
    queue: (project, name) => bindings.QUEUES.getByName(`${project}/${name}`) as unknown as QueueRpc,
    project: (project) => bindings.PROJECTS.getByName(project) as unknown as ProjectRpc,
    delivery: (project, queue, subscription) =>
      bindings.DELIVERIES.getByName(`${project}/${queue}/${subscription}`) as unknown as DeliveryRpc,
  };
}

/** The project and queue that an object named by `toObjects` stands for. */
export function parseObjectName(objectName: string): { readonly project: ProjectId; readonly queue: QueueName } {
  const slash = objectName.lastIndexOf("/");
  const queue = parseQueueName(objectName.slice(slash + 1));
  if (slash < 0 || queue === null) throw new Error("A queue object was addressed by a name that no queue has.");
  return { project: toProjectId(objectName.slice(0, slash)), queue };
}

/** The subscription that an object named by `toObjects` delivers for. */
export function parseDeliveryName(objectName: string): {
  readonly project: ProjectId;
  readonly queue: QueueName;
  readonly subscription: SubscriptionId;
} {
  const slash = objectName.lastIndexOf("/");
  const subscription = objectName.slice(slash + 1);
  if (numberOfSubscription(subscription) === null) {
    throw new Error("A delivery object was addressed by a name that no subscription has.");
  }
  return { ...parseObjectName(objectName.slice(0, slash)), subscription: subscription as SubscriptionId };
}
