/** Fills a service with what a shop would have: queues that work, one that falls behind, dead letters, a receiver that fails. */
import type { Sukkal } from "sukkal/client";

const QUEUES = [
  "catalog-import-staging",
  "emails-marketing-digest",
  "emails-transactional",
  "exports-gdpr",
  "image-resize",
  "inventory-sync-warehouse-frankfurt-2-nightly-reconciliation",
  "orders-billing-us",
  "orders-fulfilment",
  "payments-capture",
  "returns-intake",
  "reviews-moderation",
  "search-index-updates",
] as const;

/** `sukkal`: of the project. */
export async function fill(sukkal: Sukkal): Promise<void> {
  for (const [index, name] of QUEUES.entries()) {
    const queue = sukkal.queue(name);
    const bodies = Array.from({ length: (index * 7) % 19 }, (_, number) => ({ number, name }));
    if (bodies.length > 0) await queue.postMany(bodies, { ttl: 86_400 });
    else await queue.create();
    if (index % 3 === 0) await queue.claim({ limit: 3, lease: 600 });
  }
  await sukkal.queue("emails-marketing-digest").update({ _paused: ["claims"] });
  const events = sukkal.topic("order-events");
  await events.subscriptions.create({ subscriber: "https://receiver.invalid/v3/orders", ttl: 1_209_600 });
  await events.post({ order: 7 });
  await sukkal.topic("price-changes").create();
  await failingOrders(sukkal);
}

/** A queue whose messages nobody can handle, so that they move after two claims. */
async function failingOrders(sukkal: Sukkal): Promise<void> {
  const orders = sukkal.queue("orders-billing-eu");
  await orders.create({
    _dead_letter_queue: "orders-dead",
    _max_claim_count: 2,
    _dead_letter_queue_messages_ttl: 86_400,
  });
  await sukkal.queue("orders-dead").create();
  const bodies = Array.from({ length: 60 }, (_, order) => ({ order, total: 12.5 * order, currency: "EUR" }));
  await orders.postMany(bodies, { ttl: 900 });
  for (let round = 0; round < 3; round++) {
    const claim = await orders.claim({ limit: 10, lease: 60 });
    await claim?.release();
  }
}
