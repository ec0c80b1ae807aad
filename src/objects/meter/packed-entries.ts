/** The entries of a bucket as the texts of its rows: arrays in JSON, which are smaller than objects with names. */
import {
  COUNTERS,
  DELIVERY_COUNTERS,
  NO_COUNTS,
  NO_DELIVERIES,
  type DeliveryFigures,
  type QueueFigures,
} from "../../domain/figures.ts";
import type { SubscriptionId } from "../../domain/id.ts";
import { packDelivery, packFigures, readDelivery, readFigures } from "../../domain/packed-figures.ts";
import type { Place } from "../../domain/place.ts";
import { ROW_MAX } from "../../storage/meter/meter-rows.ts";
import { MeterEntry, type CountedFigures, type Counts } from "./meter-entry.ts";
import { bucketOf, keyOf, type Held } from "./places.ts";

/** How the figures of one kind are packed. */
interface Codec<F extends CountedFigures> {
  readonly names: readonly string[];
  readonly zero: Counts;
  readonly pack: (figures: F) => readonly unknown[];
  readonly read: (packed: unknown) => F | null;
}

const QUEUE: Codec<QueueFigures> = { names: COUNTERS, zero: NO_COUNTS, pack: packFigures, read: readFigures };
const DELIVERY: Codec<DeliveryFigures> = {
  names: DELIVERY_COUNTERS,
  zero: NO_DELIVERIES,
  pack: packDelivery,
  read: readDelivery,
};

type PackedCounts = readonly number[];
type PackedEntry = readonly [
  figures: readonly unknown[] | null,
  arrivedAt: number,
  need: number,
  isContested: 0 | 1,
  hotUntil: number,
  counts: PackedCounts,
  since: number,
  isCounterExact: 0 | 1,
  forgottenBoot: number | null,
  isNew: 0 | 1,
  lives: readonly (readonly [id: number, boot: number, counts: PackedCounts])[],
  /** Absent: an earlier version wrote the entry. */
  vainAt?: number,
];
type PackedPlace = readonly [
  kind: Place["kind"],
  name: Place["name"],
  queue: PackedEntry,
  deliveries: readonly (readonly [SubscriptionId, PackedEntry])[],
];

/** One text, unless it would be too large for a row. */
export function packBucket(held: readonly Held[]): readonly string[] {
  const rows: string[][] = [[]];
  let length = 0;
  for (const place of held) {
    const packed = JSON.stringify(packPlace(place));
    length += packed.length + 1;
    // A place is never divided. With all its subscriptions it has less than 300 kB.
    if (length > ROW_MAX) {
      rows.push([]);
      length = packed.length + 1;
    }
    rows.at(-1)?.push(packed);
  }
  return rows.map((row) => `[${row.join(",")}]`);
}

function packPlace({ place, queue, deliveries }: Held): PackedPlace {
  const packed = [...deliveries].map(([id, entry]) => [id, packEntry(entry, DELIVERY)] as const);
  return [place.kind, place.name, packEntry(queue, QUEUE), packed];
}

/** `text`: one of `packBucket`. */
export function readBucket(text: string, now: number): readonly Held[] {
  // Only `packBucket` writes this column.
  return (JSON.parse(text) as readonly PackedPlace[]).map(([kind, name, queue, deliveries]) => {
    const place = { kind, name };
    const key = keyOf(place);
    return {
      key,
      place,
      bucket: bucketOf(key),
      queue: readEntry(queue, QUEUE, now),
      deliveries: new Map(deliveries.map(([id, packed]) => [id, readEntry(packed, DELIVERY, now)])),
    };
  });
}

function packEntry<F extends CountedFigures>(entry: MeterEntry<F>, { names, pack }: Codec<F>): PackedEntry {
  const packCounts = (counts: Counts): PackedCounts => names.map((name) => counts[name] ?? 0);
  return [
    entry.figures === null ? null : pack(entry.figures),
    entry.arrivedAt,
    entry.need,
    entry.isContested ? 1 : 0,
    entry.hotUntil,
    packCounts(entry.counts),
    entry.since,
    entry.isCounterExact ? 1 : 0,
    entry.forgottenBoot === Number.NEGATIVE_INFINITY ? null : entry.forgottenBoot,
    entry.isNew ? 1 : 0,
    [...entry.lives].map(([id, { boot, counts }]) => [id, boot, packCounts(counts)]),
    entry.vainAt,
  ];
}

function readEntry<F extends CountedFigures>(
  packed: PackedEntry,
  { names, zero, read }: Codec<F>,
  now: number,
): MeterEntry<F> {
  const toCounts = (counts: PackedCounts): Counts =>
    Object.fromEntries(names.map((name, index) => [name, counts[index] ?? 0]));
  const entry = new MeterEntry<F>(zero, now);
  const [figures, arrivedAt, need, isContested, hotUntil, counts, since, isExact, forgottenBoot, isNew, lives, vainAt] =
    packed;
  entry.figures = figures === null ? null : read(figures);
  entry.arrivedAt = arrivedAt;
  entry.need = need;
  entry.isContested = isContested === 1;
  entry.hotUntil = hotUntil;
  entry.counts = toCounts(counts);
  entry.since = since;
  entry.isCounterExact = isExact === 1;
  entry.forgottenBoot = forgottenBoot ?? Number.NEGATIVE_INFINITY;
  entry.isNew = isNew === 1;
  entry.vainAt = vainAt ?? 0;
  entry.lives = new Map(lives.map(([id, boot, lived]) => [id, { boot, counts: toCounts(lived) }]));
  return entry;
}
