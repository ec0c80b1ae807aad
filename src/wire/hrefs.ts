/**
 * Where resources live: paths from /v2, never absolute (core contract 1.4). Queue names and ids hold no character that
 * a path would have to escape.
 */
import type { ClaimId, MessageId, QueueName, SubscriptionId } from "../domain/id.ts";

export function queueHref(queue: QueueName): string {
  return `/v2/queues/${queue}`;
}

/** Of the collection; one message's path is this and `/` and its id. */
export function messagesHref(queue: QueueName): string {
  return `/v2/queues/${queue}/messages`;
}

export function messageHref(queue: QueueName, id: MessageId): string {
  return `/v2/queues/${queue}/messages/${id}`;
}

/** A queue has one redrive, its latest. */
export function redriveHref(queue: QueueName): string {
  return `/v2/queues/${queue}/redrive`;
}

export function claimHref(queue: QueueName, claim: ClaimId | string): string {
  return `/v2/queues/${queue}/claims/${claim}`;
}

export function subscriptionsHref(queue: QueueName | string): string {
  return `/v2/queues/${queue}/subscriptions`;
}

export function subscriptionHref(queue: QueueName, id: SubscriptionId | string): string {
  return `${subscriptionsHref(queue)}/${id}`;
}

/** Where a subscriber says whether it wants notifications. */
export function confirmationHref(queue: QueueName, id: SubscriptionId | string): string {
  return `${subscriptionHref(queue, id)}/confirm`;
}

/** The `links` of a page: one `next` while the page holds anything, even when it is the last. */
export function encodeLinks(href: string | null): string {
  return href === null ? "[]" : `[{"rel":"next","href":${JSON.stringify(href)}}]`;
}
