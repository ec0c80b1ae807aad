/**
 * Where resources live: paths from /v2, never absolute (core contract 1.4). Queue names and ids hold no character that
 * a path would have to escape.
 */
import type { ClaimId, MessageId, QueueName, SubscriptionId } from "../domain/id.ts";
import type { Place, PlaceKind } from "../domain/place.ts";
import { COLLECTION_PATHS } from "./paths.ts";

/** Of all places of a kind. */
export function placesHref(kind: PlaceKind): string {
  return COLLECTION_PATHS[kind];
}

export function placeHref({ kind, name }: Place): string {
  return `${placesHref(kind)}/${name}`;
}

/** Of the collection; one message's path is this and `/` and its id. */
export function messagesHref(place: Place): string {
  return `${placeHref(place)}/messages`;
}

export function messageHref(place: Place, id: MessageId): string {
  return `${messagesHref(place)}/${id}`;
}

/** A queue has one redrive, its latest. */
export function redriveHref(queue: QueueName): string {
  return `/v2/queues/${queue}/redrive`;
}

export function claimHref(queue: QueueName, claim: ClaimId | string): string {
  return `/v2/queues/${queue}/claims/${claim}`;
}

export function subscriptionsHref(place: Place): string {
  return `${placeHref(place)}/subscriptions`;
}

export function subscriptionHref(place: Place, id: SubscriptionId | string): string {
  return `${subscriptionsHref(place)}/${id}`;
}

/** Where a subscriber says whether it wants notifications. */
export function confirmationHref(place: Place, id: SubscriptionId | string): string {
  return `${subscriptionHref(place, id)}/confirm`;
}

/** The `links` of a page: one `next` while the page holds anything, even when it is the last. */
export function encodeLinks(href: string | null): string {
  return href === null ? "[]" : `[{"rel":"next","href":${JSON.stringify(href)}}]`;
}
