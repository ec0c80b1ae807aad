/**
 * Figures as answers and reports carry them: a flat array, which is smaller than an object with names and costs less to copy
 * between isolates. Its first element is the number of the format. Later versions append elements, which readers of earlier
 * ones ignore; any other change takes another number.
 */
import {
  COUNTERS,
  DELIVERY_COUNTERS,
  type Bounds,
  type Counters,
  type DeliveryCounters,
  type DeliveryFigures,
  type QueueFigures,
  type Span,
  type Stamp,
} from "./figures.ts";
import type { Epoch, SubscriptionId } from "./id.ts";
import { PHASES, type SpreadFigures } from "./spread.ts";
import { toEpochMs } from "./time.ts";

const FORMAT = 1;
/** Stands for an infinite instant, so that packed figures survive JSON as well. */
const ENDLESS = Number.MAX_SAFE_INTEGER;

const PAUSES_CLAIMS = 1;
const PAUSES_NOTIFICATIONS = 2;
const IS_SHORT = 4;
const HAS_OLDER_SUBSCRIPTIONS = 8;

export function packFigures(figures: QueueFigures): readonly unknown[] {
  const { stored, delayed, expiry, lapse, visibility, oldest, isPaused, counters } = figures;
  return [
    FORMAT,
    figures.boot,
    figures.bootId,
    figures.version,
    figures.takenAt,
    figures.epoch,
    stored.min,
    stored.max,
    delayed.min,
    delayed.max,
    figures.claimed,
    packInstant(expiry.first),
    packInstant(expiry.last),
    packInstant(lapse.first),
    packInstant(lapse.last),
    packInstant(visibility.first),
    packInstant(visibility.last),
    oldest === null ? null : packInstant(oldest.min),
    oldest === null ? null : packInstant(oldest.max),
    figures.bytes,
    figures.waiting,
    packInstant(figures.lastWait),
    figures.subscriptions,
    figures.sequence,
    (isPaused.claims ? PAUSES_CLAIMS : 0) |
      (isPaused.notifications ? PAUSES_NOTIFICATIONS : 0) |
      (figures.isShort ? IS_SHORT : 0) |
      (figures.hasOlderSubscriptions === true ? HAS_OLDER_SUBSCRIPTIONS : 0),
    counters.posted,
    counters.adopted,
    counters.claimed,
    counters.released,
    counters.lapsed,
    counters.deleted,
    counters.expired,
    counters.deadLettered,
    counters.redriven,
    figures.skipped?.after ?? 0,
    figures.skipped?.upTo ?? 0,
    figures.connections ?? 0,
    ...packSpread(figures.spread ?? NOT_SPREAD),
    figures.load ?? null,
  ];
}

const NOT_SPREAD: SpreadFigures = { phase: "one", objects: 1, load: null, changedAt: toEpochMs(0) };

function packSpread({ phase, objects, load, changedAt }: SpreadFigures): readonly unknown[] {
  return [PHASES.indexOf(phase), objects, load, changedAt];
}

/** The figures, or null: they are of an unknown format, or damaged. */
export function readFigures(packed: unknown): QueueFigures | null {
  const reader = Reader.of(packed);
  if (reader === null) return null;
  const figures = {
    ...readStamp(reader),
    epoch: reader.textOrNull() as Epoch | null,
    stored: readBounds(reader),
    delayed: readBounds(reader),
    claimed: reader.number(),
    expiry: readSpan(reader),
    lapse: readSpan(reader),
    visibility: readSpan(reader),
    oldest: readOldest(reader),
    bytes: reader.number(),
    waiting: reader.number(),
    lastWait: reader.instant(),
    subscriptions: reader.number(),
    sequence: reader.number(),
    ...readFlags(reader.number()),
    counters: Object.fromEntries(COUNTERS.map((name) => [name, reader.number()])) as Counters,
    ...readSkipped(reader),
    ...readConnections(reader),
    ...readSpread(reader),
    ...readLoad(reader),
  };
  return reader.isDamaged ? null : figures;
}

export function packDelivery(figures: DeliveryFigures): readonly unknown[] {
  const { counters } = figures;
  return [
    FORMAT,
    figures.boot,
    figures.bootId,
    figures.version,
    figures.takenAt,
    figures.epoch,
    figures.subscription,
    figures.sequence,
    figures.pending,
    figures.kept,
    counters.delivered,
    counters.failed,
    counters.givenUp,
    figures.failsSince ?? 0,
  ];
}

/** As `readFigures`. */
export function readDelivery(packed: unknown): DeliveryFigures | null {
  const reader = Reader.of(packed);
  if (reader === null) return null;
  const figures = {
    ...readStamp(reader),
    epoch: reader.textOrNull() as Epoch | null,
    subscription: (reader.textOrNull() ?? reader.damaged("")) as SubscriptionId,
    sequence: reader.number(),
    pending: reader.number(),
    kept: reader.number(),
    counters: Object.fromEntries(DELIVERY_COUNTERS.map((name) => [name, reader.number()])) as DeliveryCounters,
    ...readFailsSince(reader),
  };
  return reader.isDamaged ? null : figures;
}

/** Reads one element after the other. Of an element of a wrong type it notes that the figures are damaged. */
class Reader {
  isDamaged = false;
  private readonly elements: readonly unknown[];
  private next = 1;

  private constructor(elements: readonly unknown[]) {
    this.elements = elements;
  }

  static of(packed: unknown): Reader | null {
    return Array.isArray(packed) && packed[0] === FORMAT ? new Reader(packed) : null;
  }

  number(): number {
    const element = this.elements[this.next++];
    return typeof element === "number" && Number.isFinite(element) ? element : this.damaged(0);
  }

  get isAtEnd(): boolean {
    return this.next >= this.elements.length;
  }

  numberOrNull(): number | null {
    if (this.elements[this.next] !== null) return this.number();
    this.next++;
    return null;
  }

  instant(): number {
    return readInstant(this.number());
  }

  textOrNull(): string | null {
    const element = this.elements[this.next++];
    return element === null || typeof element === "string" ? element : this.damaged(null);
  }

  damaged<T>(instead: T): T {
    this.isDamaged = true;
    return instead;
  }
}

function readStamp(reader: Reader): Stamp {
  const [boot, bootId] = [reader.number(), reader.number()];
  return { boot: toEpochMs(boot), bootId, version: reader.number(), takenAt: toEpochMs(reader.number()) };
}

function readBounds(reader: Reader): Bounds {
  return { min: reader.number(), max: reader.number() };
}

function readSpan(reader: Reader): Span {
  return { first: reader.instant(), last: reader.instant() };
}

function readOldest(reader: Reader): Bounds | null {
  const [min, max] = [reader.numberOrNull(), reader.numberOrNull()];
  return min === null || max === null ? null : { min: readInstant(min), max: readInstant(max) };
}

function readFlags(flags: number): Pick<QueueFigures, "hasOlderSubscriptions" | "isPaused" | "isShort"> {
  return {
    isPaused: { claims: (flags & PAUSES_CLAIMS) !== 0, notifications: (flags & PAUSES_NOTIFICATIONS) !== 0 },
    isShort: (flags & IS_SHORT) !== 0,
    ...((flags & HAS_OLDER_SUBSCRIPTIONS) === 0 ? {} : { hasOlderSubscriptions: true }),
  };
}

function readSkipped(reader: Reader): Pick<QueueFigures, "skipped"> {
  // Earlier versions did not append them.
  if (reader.isAtEnd) return {};
  const [after, upTo] = [reader.number(), reader.number()];
  return upTo > after ? { skipped: { after, upTo } } : {};
}

function readConnections(reader: Reader): Pick<QueueFigures, "connections"> {
  // Earlier versions did not append them.
  const connections = reader.isAtEnd ? 0 : reader.number();
  return connections > 0 ? { connections } : {};
}

function readFailsSince(reader: Reader): Pick<DeliveryFigures, "failsSince"> {
  // Earlier versions did not append it.
  const at = reader.isAtEnd ? 0 : reader.number();
  return at > 0 ? { failsSince: toEpochMs(at) } : {};
}

function readSpread(reader: Reader): Pick<QueueFigures, "spread"> {
  // Earlier versions did not append them.
  if (reader.isAtEnd) return {};
  const phase = PHASES[reader.number()];
  const spread = { objects: reader.number(), load: reader.numberOrNull(), changedAt: toEpochMs(reader.number()) };
  // Later versions may have other phases.
  return phase === undefined || phase === "one" ? {} : { spread: { phase, ...spread } };
}

function readLoad(reader: Reader): Pick<QueueFigures, "load"> {
  // Earlier versions did not append it.
  const load = reader.isAtEnd ? null : reader.numberOrNull();
  return load === null ? {} : { load };
}

function packInstant(instant: number): number {
  return Math.max(-ENDLESS, Math.min(ENDLESS, instant));
}

function readInstant(packed: number): number {
  return Math.abs(packed) < ENDLESS ? packed : packed * Infinity;
}
