/** The service's own meter and reporter in the place of the model's, so that the same runs judge them. */
import { NO_COUNTS, NO_DELIVERIES, type DeliveryFigures, type QueueFigures } from "../../../src/domain/figures.ts";
import type { Epoch, QueueName, SubscriptionId } from "../../../src/domain/id.ts";
import { packDelivery, packFigures } from "../../../src/domain/packed-figures.ts";
import { queueNamed, type Place } from "../../../src/domain/place.ts";
import { pendingOf, shownAt } from "../../../src/domain/shown-figures.ts";
import { toEpochMs } from "../../../src/domain/time.ts";
import { Meter, type MeterRows } from "../../../src/objects/meter/meter.ts";
import { packBucket, readBucket } from "../../../src/objects/meter/packed-entries.ts";
import type { Held } from "../../../src/objects/meter/places.ts";
import type { BeginRequest, MeterReply, ReportRequest } from "../../../src/objects/rpc/meter.ts";
import type { Figures } from "./figures.ts";
import type { Begin, Report } from "./messages.ts";
import { HOT_MS, LEASE_MS, POINT_MS, QUIET_MS } from "./rules.ts";
import type { Seen } from "./seen.ts";
import type { Point } from "./series.ts";
import type { World } from "./world.ts";

/** The subscription of a queue of the model, which has at most one. */
const SUBSCRIPTION = "000000000001aaaaaaaaaaaa" as SubscriptionId;
const DELIVERY = "/delivery";

/** The place in whose entry the figures of a name are. */
export function placeOf(name: string): Place {
  return queueNamed(name.replace(DELIVERY, "") as QueueName);
}

/** Figures of the model as those of the service, packed. */
export class Translator {
  private readonly bootIds = new Map<string, number>();
  private readonly orders = new Map<string, number>();

  queue(figures: Figures): QueueFigures {
    const { exists, stored, delayed, claimed, waiting, lastWait, sequence, isShort, posted } = figures;
    return {
      ...this.stamp(figures),
      epoch: exists ? epochOf(figures) : null,
      stored,
      delayed,
      claimed,
      expiry: { first: figures.firstExpiry, last: figures.lastExpiry },
      lapse: { first: figures.firstLapse, last: figures.lastLapse },
      visibility: { first: figures.firstVisible, last: figures.lastVisible },
      oldest: null,
      bytes: 0,
      waiting,
      lastWait,
      subscriptions: 0,
      ...(figures.epoch > 1 ? { hasOlderSubscriptions: true as const } : {}),
      sequence,
      counters: { ...NO_COUNTS, posted },
      isShort,
      isPaused: { claims: false, notifications: false },
    };
  }

  delivery(figures: Figures): DeliveryFigures {
    const { sequence, pending } = figures;
    const epoch = epochOf(figures);
    return {
      ...this.stamp(figures),
      subscription: SUBSCRIPTION,
      epoch,
      sequence,
      pending,
      kept: 0,
      counters: NO_DELIVERIES,
    };
  }

  pack(all: readonly Figures[]): Required<Pick<ReportRequest, "figures" | "deliveries">> {
    const isDelivery = ({ name }: Figures): boolean => name.endsWith(DELIVERY);
    return {
      figures: all
        .filter((one) => !isDelivery(one))
        .map((one) => ({ place: placeOf(one.name), packed: packFigures(this.queue(one)) })),
      deliveries: all
        .filter(isDelivery)
        .map((one) => ({ place: placeOf(one.name), packed: packDelivery(this.delivery(one)) })),
    };
  }

  /** The order of the figures among all that happened. */
  orderOf({ bootId, version, takenAt }: Pick<QueueFigures, "bootId" | "version" | "takenAt">): number {
    return this.orders.get(`${bootId} ${version} ${takenAt}`) ?? 0;
  }

  private stamp({ boot, bootId: id, version, takenAt, order }: Figures) {
    const bootId = this.bootIds.get(id) ?? this.bootIds.size + 1;
    this.bootIds.set(id, bootId);
    const key = `${bootId} ${version} ${takenAt}`;
    this.orders.set(key, Math.max(this.orders.get(key) ?? 0, order));
    return { boot: toEpochMs(boot), bootId, version, takenAt: toEpochMs(takenAt) };
  }
}

function epochOf({ epoch }: Figures): Epoch {
  return `${epoch}`.padStart(16, "0") as Epoch;
}

/** The rows of a meter as texts, which survive its lives. */
class Rows implements MeterRows {
  private openPace = 0;
  private readonly buckets = new Map<number, readonly string[]>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  read(): ReturnType<MeterRows["read"]> {
    return {
      openPace: this.openPace,
      held: [...this.buckets.values()].flat().flatMap((text) => readBucket(text, this.now())),
    };
  }

  write({ openPace, buckets }: Parameters<MeterRows["write"]>[0]): void {
    this.openPace = openPace;
    for (const [bucket, held] of buckets) this.buckets.set(bucket, packBucket(held));
  }

  get isOpen(): boolean {
    return this.openPace > 0;
  }
}

export class ServiceMeter {
  life = 0;
  skewMs = 0;
  readonly translator = new Translator();
  private readonly rows = new Rows(() => this.now);
  private core: Meter | null = null;
  /** The largest factor of periods that it has told anybody. */
  private paceMax = 1;
  private pointsUntil = 0;
  private readonly world: World;
  private readonly addPoint: (point: Point) => void;

  constructor(world: World, addPoint: (point: Point) => void) {
    this.world = world;
    this.addPoint = addPoint;
  }

  get now(): number {
    return this.world.clock(this);
  }

  /** A loss shows so much later than without load. */
  get quietMs(): number {
    return QUIET_MS + (this.paceMax - 1) * LEASE_MS;
  }

  beginNatively(request: BeginRequest): MeterReply {
    return this.told(this.awake().begin(request, this.now));
  }

  reportNatively(request: ReportRequest): MeterReply {
    return this.told(this.awake().report(request, this.now));
  }

  begin({ name, sentAt, ...sign }: Begin): void {
    this.beginNatively({ ...sign, sentAt: toEpochMs(sentAt), places: [placeOf(name)] });
  }

  /** An object reports from its alarm. */
  report({ figures, sentAt, ...report }: Report): void {
    this.reportNatively({ ...report, sentAt: toEpochMs(sentAt), doubts: [], ...this.translator.pack(figures) });
  }

  see(): ReadonlyMap<string, Seen> {
    const core = this.awake();
    const { now, translator } = this;
    const seen = new Map<string, Seen>();
    for (const { place, queue, deliveries } of core.look(now).all()) {
      const delivery = deliveries.get(SUBSCRIPTION);
      const { figures, isConfirmed, counts, since, isCounterExact } = queue;
      if (figures === null) continue;
      seen.set(place.name, {
        isConfirmed,
        order: translator.orderOf(figures),
        shown: shownAt(figures, now),
        pending: pendingOf(figures, delivery?.figures ?? null),
        counter: counts["posted"] ?? 0,
        createdAt: since,
        isCounterExact,
      });
    }
    return seen;
  }

  toAsk(names: readonly string[]): readonly string[] {
    return names.filter((name) => {
      const held = name.endsWith(DELIVERY) ? null : this.awake().places.find(placeOf(name));
      return held !== null && this.awake().mayAsk(held, this.now);
    });
  }

  answer(figures: Figures, askedAt: number): void {
    const core = this.awake();
    const answer = { figures: this.translator.queue(figures), deliveries: [], askedAt };
    core.answer(placeOf(figures.name), answer, this.now);
    core.endAnswers(this.now);
  }

  get hasSessions(): boolean {
    return this.core?.hasSessions ?? false;
  }

  evict(): void {
    if (!this.rows.isOpen) this.stop();
  }

  stop(): void {
    this.core = null;
    this.world.restart(this);
  }

  private awake(): Meter {
    this.core ??= new Meter(
      {
        rows: this.rows,
        era: String(this.life),
        hotMs: HOT_MS,
        // A busy run has up to three calls per second.
        callsMax: 0.5,
        advance: (places, now) => this.advance(places.all(), now),
      },
      this.now,
    );
    return this.core;
  }

  private told(reply: MeterReply): MeterReply {
    this.paceMax = Math.max(this.paceMax, reply.pace);
    return reply;
  }

  private advance(places: Iterable<Held>, now: number): void {
    const held = [...places];
    for (let at = this.pointsUntil + POINT_MS; at <= now; at += POINT_MS) {
      for (const { place, queue } of held) {
        const { figures, isConfirmed, arrivedAt } = queue;
        if (figures === null || !isConfirmed || arrivedAt > at) continue;
        this.addPoint({ name: place.name, at, stored: shownAt(figures, at).stored });
      }
      this.pointsUntil = at;
    }
  }
}
