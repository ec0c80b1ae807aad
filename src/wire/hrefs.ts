/**
 * The paths of resources, beginning with /v2. As upstream, links and Location headers contain paths, never absolute URLs.
 * Queue names and ids contain no characters that need percent-encoding.
 */
import type { ClaimId, MessageId, ProjectId, QueueName, SubscriptionId } from "../domain/id.ts";
import type { Place, PlaceKind } from "../domain/place.ts";
import { COLLECTION_PATHS, PATHS } from "./paths.ts";

/** The collection of all queues or all topics. */
export function placesHref(kind: PlaceKind): string {
  return COLLECTION_PATHS[kind];
}

export function placeHref({ kind, name }: Place): string {
  return `${placesHref(kind)}/${name}`;
}

/** The collection of messages. The path of a message is this path, `/` and its id. */
export function messagesHref(place: Place): string {
  return `${placeHref(place)}/messages`;
}

export function messageHref(place: Place, id: MessageId): string {
  return `${messagesHref(place)}/${id}`;
}

/** The latest redrive of a queue. */
export function redriveHref(queue: QueueName): string {
  return `${placesHref("queue")}/${queue}/redrive`;
}

export function claimHref(queue: QueueName, claim: ClaimId | string): string {
  return `${placesHref("queue")}/${queue}/claims/${claim}`;
}

export function subscriptionsHref(place: Place): string {
  return `${placeHref(place)}/subscriptions`;
}

export function subscriptionHref(place: Place, id: SubscriptionId | string): string {
  return `${subscriptionsHref(place)}/${id}`;
}

/** The deliveries of a subscription. Ours. */
export function deliveriesHref(place: Place, id: string): string {
  return `${subscriptionHref(place, id)}/deliveries`;
}

/** The resource with which a subscriber confirms or declines its subscription. */
export function confirmationHref(place: Place, id: SubscriptionId | string): string {
  return `${subscriptionHref(place, id)}/confirm`;
}

export const POOLS_HREF: string = PATHS.pools;
export const FLAVORS_HREF: string = PATHS.flavors;

export function poolHref(name: string): string {
  return `${POOLS_HREF}/${name}`;
}

/** `project`: the one that the request names; null: the caller's own. */
export function flavorHref(name: string, project: ProjectId | null): string {
  return `${FLAVORS_HREF}/${name}${project === null ? "" : `?project_id=${encodeURIComponent(project)}`}`;
}

export function keyHref(id: string): string {
  return `${PATHS.keys}/${encodeURIComponent(id)}`;
}

/** The `links` of a page. Upstream quirk: every page that is not empty has a `next` link, even the last one. */
export function encodeLinks(href: string | null): string {
  return href === null ? "[]" : `[{"rel":"next","href":${JSON.stringify(href)}}]`;
}
