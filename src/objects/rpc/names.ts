/**
 * Names of objects. They are parsed from the right, because names of queues and topics contain none of `/`, `:` and `@`, but
 * names of projects may contain anything. Outside of the home region the name ends with the region: `project/orders@eu.weur`.
 */
import {
  numberOfSubscription,
  parseQueueName,
  toProjectId,
  type ProjectId,
  type QueueName,
  type SubscriptionId,
} from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import { HOME, parseRegion, partsOf, toRegion, type Region } from "../../domain/region.ts";

/** Distinguishes topics from queues, whose names contain no colon: the DeliveryObjects of both share one namespace. */
const TOPIC_PREFIX = "topic:";
const REGION_MARK = "@";
const NO_PARTS = partsOf(HOME);

/** The name of the object of a queue or topic, in its namespace. */
export function placeObjectName(project: ProjectId, { name }: Place, region: Region): string {
  return region === HOME ? `${project}/${name}` : `${project}/${name}${REGION_MARK}${region}`;
}

/** The name of the DeliveryObject of a subscription. It is in the region of the queue or topic. */
export function deliveryObjectName(
  project: ProjectId,
  { kind, name }: Place,
  { subscription, region }: { readonly subscription: SubscriptionId; readonly region: Region },
): string {
  const segment = kind === "topic" ? TOPIC_PREFIX + name : name;
  return region === HOME
    ? `${project}/${segment}/${subscription}`
    : `${project}/${segment}${REGION_MARK}${region}/${subscription}`;
}

export interface PlaceObjectName {
  readonly project: ProjectId;
  readonly name: QueueName;
  readonly region: Region;
}

/** The project and name of the queue or topic whose object has this name. */
export function parseObjectName(objectName: string): PlaceObjectName {
  const slash = objectName.lastIndexOf("/");
  const last = objectName.slice(slash + 1);
  const mark = last.indexOf(REGION_MARK);
  const name = parseQueueName(mark < 0 ? last : last.slice(0, mark));
  const parts = mark < 0 ? NO_PARTS : parseRegion(last.slice(mark + 1));
  const region = parts === null ? HOME : toRegion(parts);
  // The home region has no mark, so that no object has two names.
  if (slash < 0 || name === null || (mark >= 0 && region === HOME)) {
    throw new Error("An object was addressed by a name that no queue or topic has.");
  }
  return { project: toProjectId(objectName.slice(0, slash)), name, region };
}

const SHARD = /^(.*)\/(?!00)([0-9a-f]{2})(@.+)?$/s;

/** The name of a shard of a queue. It is in the region of the queue. `shard`: 1 to 255. */
export function shardObjectName({ project, name, region }: PlaceObjectName, shard: number): string {
  const digits = shard.toString(16).padStart(2, "0");
  return `${project}/${name}/${digits}${region === HOME ? "" : REGION_MARK + region}`;
}

/** The queue and the number of the shard that has this name. */
export function parseShardName(objectName: string): PlaceObjectName & { readonly shard: number } {
  const [, queue, digits = "", region = ""] = SHARD.exec(objectName) ?? [];
  if (queue === undefined) throw new Error("An object was addressed by a name that no shard has.");
  return { ...parseObjectName(queue + region), shard: Number.parseInt(digits, 16) };
}

/** The subscription whose DeliveryObject has this name. */
export function parseDeliveryName(objectName: string): {
  readonly project: ProjectId;
  readonly place: Place;
  readonly region: Region;
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
  const { project, name, region } = parseObjectName(bare);
  return { project, place: { kind, name }, region, subscription: subscription as SubscriptionId };
}
