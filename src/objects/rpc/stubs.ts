/**
 * Names of objects, and stubs by which they are called. An object's name is parsed from the right: names of queues and topics
 * contain neither `/` nor `:`, project names may contain anything.
 */
import type { Config } from "../../config/config.ts";
import {
  numberOfSubscription,
  parseQueueName,
  type ProjectId,
  type QueueName,
  type SubscriptionId,
  toProjectId,
} from "../../domain/id.ts";
import { queueNamed, type Place, type PlaceKind } from "../../domain/place.ts";
import { FOLDERS } from "../../storage/folders.ts";
import type { DeliveryRpc } from "./delivery.ts";
import { isOnDisk } from "./disk.ts";
import type { HubRpc } from "./hub.ts";
import { MISSING_DELIVERY, MISSING_PROJECT, missingPlace, refusedPlace } from "./missing.ts";
import type { PoolsRpc } from "./pools.ts";
import type { ProjectRpc } from "./project.ts";
import type { QueueRpc } from "./queue.ts";
import type { Refused, WakeGate } from "./wake-gate.ts";

export type { WakeGate } from "./wake-gate.ts";

/** The objects that a request can call. Stubs are made per request: a stub must not outlive the request that made it. */
export interface Objects {
  queue(project: ProjectId, name: QueueName): QueueRpc;
  /** A queue or a topic. `seconds`: how long the call may take, for calls that wait. */
  place(project: ProjectId, place: Place, seconds?: number): QueueRpc;
  project(project: ProjectId): ProjectRpc;
  /** The DeliveryObject of a subscription. */
  delivery(project: ProjectId, place: Place, subscription: SubscriptionId): DeliveryRpc;
  /** A hub by its name. */
  hub(name: string): HubRpc;
  /** The one object that has the pools, and the flavors of all projects. */
  pools(): PoolsRpc;
  /** Whether the disk is too full for posts; never in the cloud. */
  isDiskLow(): Promise<boolean>;
}

/** The namespaces of objects among the Worker's bindings. */
export interface ObjectBindings {
  readonly QUEUES: DurableObjectNamespace;
  readonly TOPICS: DurableObjectNamespace;
  readonly PROJECTS: DurableObjectNamespace;
  readonly DELIVERIES: DurableObjectNamespace;
  readonly HUBS: DurableObjectNamespace;
  readonly POOLS: DurableObjectNamespace;
  /** The network service for requests to Keystone; absent: the global `fetch`. */
  readonly KEYSTONE?: Fetcher;
  /** A network service that may connect to private addresses, for subscribers there, where the operator allows them. */
  readonly PRIVATE_NETWORK?: Fetcher;
  /** Cloudflare's `send_email` binding. */
  readonly MAIL?: SendEmail;
  /** The network service for connections to the operator's mail server; absent: the global `connect`. */
  readonly SMTP?: Fetcher;
  /** The data folder with all databases, in a self-hosted service. */
  readonly DISK?: Fetcher;
}

/** The name of the only object in its namespace. */
const POOLS_NAME = "pools";

type Space = Exclude<keyof typeof FOLDERS, "HUBS">;
const SPACES: Readonly<Record<PlaceKind, Space>> = { queue: "QUEUES", topic: "TOPICS" };

interface Reaching<T> {
  readonly refused?: (config: Config) => Refused<T>;
  /** Milliseconds that the call may take. */
  readonly stay?: number;
  /** Whether the object must exist. */
  readonly isExpected?: () => Promise<boolean>;
}

/** `gate` bounds the objects that requests wake. Calls from object to object pass none. */
export function toObjects(bindings: ObjectBindings, gate: WakeGate | null = null): Objects {
  const isOpen = gate === null || (bindings.DISK === undefined && !gate.isBounded);
  // The cast is sound: a stub has the methods of its class, and the classes implement these interfaces.
  const reach = <T extends object>(
    space: Space,
    name: string,
    missing: (config: Config) => Partial<T>,
    { refused = () => ({}), stay = 0, isExpected = async () => false }: Reaching<T> = {},
  ): T => {
    const stub = bindings[space].getByName(name) as unknown as T;
    const key = `${space}/${name}`;
    if (isOpen || gate.passes(key, stay)) return stub;
    const isMissing = async (): Promise<boolean> => (await hasNoFile(bindings, space, name)) && !(await isExpected());
    const { config } = gate;
    return gate.guard({ stub, missing: missing(config), refused: refused(config), isMissing, key, stay });
  };
  // Without the gate: this call only finds out whether another object has to be woken.
  const projectStub = (id: ProjectId): ProjectRpc => bindings.PROJECTS.getByName(id) as unknown as ProjectRpc;
  const project: Objects["project"] = (id) => reach<ProjectRpc>("PROJECTS", id, () => MISSING_PROJECT);
  const place: Objects["place"] = (owner, target, seconds = 0) =>
    reach<QueueRpc>(
      SPACES[target.kind],
      `${owner}/${target.name}`,
      (config) => missingPlace(owner, target, config, () => project(owner).leave({ place: target })),
      {
        refused: (config) => refusedPlace(target, config, project(owner)),
        stay: seconds * 1000,
        // If the project lists a queue whose database is missing, its data is lost. The queue's object reports that.
        isExpected: async () =>
          !(await hasNoFile(bindings, "PROJECTS", owner)) && projectStub(owner).has({ place: target }),
      },
    );
  return {
    place,
    queue: (owner, name) => place(owner, queueNamed(name)),
    project,
    // Without the gate: only objects call hubs, and a hub that is called has existed.
    hub: (name) => bindings.HUBS.getByName(name) as unknown as HubRpc,
    // Without the gate: it is one object, and only operators make requests about it.
    pools: () => bindings.POOLS.getByName(POOLS_NAME) as unknown as PoolsRpc,
    isDiskLow: async () => gate !== null && bindings.DISK !== undefined && gate.disk.isLow(bindings.DISK),
    delivery: (owner, source, subscription) =>
      reach<DeliveryRpc>("DELIVERIES", `${owner}/${segmentOf(source)}/${subscription}`, () => MISSING_DELIVERY),
  };
}

/** True only when it is certain that the object has no database. */
async function hasNoFile(bindings: ObjectBindings, space: Space, name: string): Promise<boolean> {
  if (bindings.DISK === undefined) return false;
  const file = `${FOLDERS[space]}/${bindings[space].idFromName(name).toString()}.sqlite`;
  return !(await isOnDisk(bindings.DISK, file));
}

/** Tells topics from queues, whose names contain no colon: the DeliveryObjects of both share one namespace. */
const TOPIC_PREFIX = "topic:";

function segmentOf({ kind, name }: Place): string {
  return kind === "topic" ? TOPIC_PREFIX + name : name;
}

/** The project and name of the queue or topic whose object has this name. */
export function parseObjectName(objectName: string): { readonly project: ProjectId; readonly name: QueueName } {
  const slash = objectName.lastIndexOf("/");
  const name = parseQueueName(objectName.slice(slash + 1));
  if (slash < 0 || name === null) throw new Error("An object was addressed by a name that no queue or topic has.");
  return { project: toProjectId(objectName.slice(0, slash)), name };
}

/** The subscription whose DeliveryObject has this name. */
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
