/** The entries of all queues and topics of a project, in buckets: a bucket is a row, or a few. */
import { NO_COUNTS, NO_DELIVERIES, type DeliveryFigures, type QueueFigures } from "../../domain/figures.ts";
import type { SubscriptionId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import { BUCKETS } from "../../storage/meter/meter-rows.ts";
import { MeterEntry } from "./meter-entry.ts";

const ENTRIES_MAX = 20_000;
/** Subscriptions of a queue or topic whose figures are held. */
const DELIVERIES_MAX = 200;

/** A queue or topic, with the DeliveryObjects of its subscriptions. */
export interface Held {
  readonly key: string;
  readonly place: Place;
  readonly bucket: number;
  readonly queue: MeterEntry<QueueFigures>;
  readonly deliveries: Map<SubscriptionId, MeterEntry<DeliveryFigures>>;
}

/** Identifies a queue or topic in its project. */
export function keyOf({ kind, name }: Place): string {
  return `${kind}/${name}`;
}

export class Places {
  private readonly held = new Map<string, Held>();
  private readonly buckets: readonly Set<Held>[] = Array.from({ length: BUCKETS }, () => new Set());
  private readonly removed: (held: Held) => void;

  /** `removed`: called with each place that is removed. */
  constructor(removed: (held: Held) => void) {
    this.removed = removed;
  }

  find(place: Place): Held | null {
    return this.held.get(keyOf(place)) ?? null;
  }

  /** Finds or adds the place; null: there are too many, and none that nobody misses. */
  enter(place: Place, now: number): Held | null {
    const key = keyOf(place);
    const known = this.held.get(key);
    if (known !== undefined) return known;
    if (this.held.size >= ENTRIES_MAX && !this.drop()) return null;
    return this.add({
      key,
      place,
      bucket: bucketOf(key),
      queue: new MeterEntry<QueueFigures>(NO_COUNTS, now),
      deliveries: new Map(),
    });
  }

  add(held: Held): Held {
    this.held.set(held.key, held);
    this.buckets[held.bucket]?.add(held);
    return held;
  }

  remove(held: Held): void {
    this.held.delete(held.key);
    this.buckets[held.bucket]?.delete(held);
    this.removed(held);
  }

  all(): Iterable<Held> {
    return this.held.values();
  }

  get size(): number {
    return this.held.size;
  }

  inBucket(bucket: number): readonly Held[] {
    return [...(this.buckets[bucket] ?? [])];
  }

  /**
   * Drops one that a client has made up, or else the one of which nothing was heard for the longest time. Nothing of the latter
   * may be unconfirmed or unreported.
   */
  private drop(): boolean {
    let coldest: Held | null = null;
    for (const held of this.held.values()) {
      if (isMadeUp(held)) {
        coldest = held;
        break;
      }
      if (held.queue.hotUntil > 0 || !held.queue.isConfirmed) continue;
      if (coldest === null || held.queue.arrivedAt < coldest.queue.arrivedAt) coldest = held;
    }
    if (coldest !== null) this.remove(coldest);
    return coldest !== null;
  }
}

/** Whether it does not exist, and has never had a message. If it has got one since, its next figures enter it again. */
function isMadeUp({ queue: { figures, counts }, deliveries }: Held): boolean {
  if (figures === null || figures.epoch !== null || deliveries.size > 0) return false;
  return [counts, figures.counters].every((counters) => Object.values(counters).every((count) => count === 0));
}

/** The entry of a subscription; null: too many are held. */
export function enterDelivery(held: Held, id: SubscriptionId, now: number): MeterEntry<DeliveryFigures> | null {
  const known = held.deliveries.get(id);
  if (known !== undefined || held.deliveries.size >= DELIVERIES_MAX) return known ?? null;
  const entry = new MeterEntry<DeliveryFigures>(NO_DELIVERIES, now);
  held.deliveries.set(id, entry);
  return entry;
}

/** In the place of a subscription: what those have counted that are over. Without it the sum of a queue would fall. */
const OVER = "" as SubscriptionId;

export function hasDeliveries({ deliveries }: Held): boolean {
  return deliveries.size > (deliveries.has(OVER) ? 1 : 0);
}

/** Keeps of a subscription that is over only what it has counted. */
export function endDelivery({ deliveries }: Held, id: SubscriptionId): void {
  const entry = deliveries.get(id);
  if (entry === undefined) return;
  const over = deliveries.get(OVER) ?? new MeterEntry<DeliveryFigures>(NO_DELIVERIES, entry.since);
  over.absorb(entry);
  deliveries.delete(id);
  deliveries.set(OVER, over);
}

/** FNV-1a. */
export function bucketOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % BUCKETS;
}
