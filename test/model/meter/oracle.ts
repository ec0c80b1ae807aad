/** Knows the truth, and compares with it all that the meter shows. It finds the first violation of a run. */
import type { Range } from "./figures.ts";
import type { DeliveryObject } from "./delivery.ts";
import type { QueueObject } from "./queue.ts";
import { POINT_MS, QUIET_MS, SKEW_MS } from "./rules.ts";
import type { Seen } from "./seen.ts";
import type { Point } from "./series.ts";
import type { World } from "./world.ts";

/** Milliseconds by which two clocks of a run differ at most. */
export const CLOCKS_MS = 500;

export interface Looks {
  /** Values of quiet queues that were compared. */
  compared: number;
  exact: number;
  unconfirmed: number;
  /** Looks at queues in the known hole: a change whose answer left, or did not, without its mark. */
  excused: number;
  points: number;
}

interface Moment {
  readonly stored: number;
  readonly changedAt: number;
  readonly isExcused: boolean;
}

/** What the oracle judges: the meter of the model, or of the service. */
export interface Judged {
  see(): ReadonlyMap<string, Seen>;
  /** Without one, nothing unreported can exist of confirmed queues. */
  readonly hasSessions: boolean;
  /** Milliseconds after a change within which it must be shown. */
  readonly quietMs: number;
}

export interface Objects {
  readonly queues: ReadonlyMap<string, QueueObject>;
  readonly deliveries: ReadonlyMap<string, DeliveryObject>;
}

export class Oracle {
  readonly looks: Looks = { compared: 0, exact: 0, unconfirmed: 0, excused: 0, points: 0 };
  violation: string | null = null;
  /** As of the meter that was looked at last. */
  private quietMs = QUIET_MS;
  private readonly counters = new Map<string, number>();
  private readonly moments = new Map<string, Moment>();
  private readonly world: World;
  private readonly queues: ReadonlyMap<string, QueueObject>;
  private readonly deliveries: ReadonlyMap<string, DeliveryObject>;

  constructor(world: World, objects: Objects) {
    this.world = world;
    this.queues = objects.queues;
    this.deliveries = objects.deliveries;
  }

  check(meter: Judged): void {
    const seen = meter.see();
    this.quietMs = meter.quietMs;
    for (const queue of this.queues.values()) {
      this.checkObject(queue);
      const entry = seen.get(queue.name);
      if (entry === undefined) continue;
      if (entry.isConfirmed) this.checkFigures(queue, entry, meter);
      else this.looks.unconfirmed += 1;
      this.checkCounter(queue, entry, meter);
    }
  }

  /** Remembers the truth around each point of the series, because clocks differ. */
  remember(): void {
    for (const queue of this.queues.values()) {
      const isExcused = this.isExcused(queue, Number.NEGATIVE_INFINITY);
      const moment = { stored: queue.truth().stored, changedAt: queue.changes.at(-1)?.at ?? 0, isExcused };
      this.moments.set(`${queue.name} ${this.world.now}`, moment);
    }
  }

  /** A point is judged later, when the truth after it is known as well. */
  checkPoint(point: Point): void {
    this.world.plan(null, POINT_MS, () => this.judge(point));
  }

  private judge({ name, at, stored }: Point): void {
    const before = this.moments.get(`${name} ${at - CLOCKS_MS}`);
    const after = this.moments.get(`${name} ${at + CLOCKS_MS}`);
    if (before === undefined || after === undefined || before.isExcused) return;
    if (before.stored !== after.stored || after.changedAt >= at - this.quietMs) return;
    this.looks.points += 1;
    if (!contains(stored, after.stored))
      this.violate(`${name}: the point of ${at} is ${text(stored)}, not ${after.stored}`);
  }

  private checkFigures(queue: QueueObject, { order, shown, pending }: Seen, meter: Judged): void {
    if (this.isExcused(queue, order)) {
      this.looks.excused += 1;
      return;
    }
    const untold = queue.changes.filter((change) => change.order > order);
    const isCurrent = !meter.hasSessions;
    const isQuiet = untold.every(({ at }) => at < this.world.now - meter.quietMs);
    const hasNoMove = untold.every(({ operation }) => !operation.isMove);
    if (!isQuiet && !(isCurrent && hasNoMove)) return;
    const truth = queue.truth();
    for (const key of ["stored", "claimed", "delayed", "free", "waiting"] as const) {
      this.compare(`${queue.name}: ${key}`, shown[key], truth[key]);
    }
    const delivery = this.deliveries.get(`${queue.name}/delivery`);
    if (delivery === undefined || pending === null) return;
    this.compare(`${queue.name}: pending`, pending, delivery.pending);
  }

  private compare(what: string, shown: Range, truth: number): void {
    this.looks.compared += 1;
    if (shown.min === shown.max) this.looks.exact += 1;
    if (!contains(shown, truth)) this.violate(`${what} is shown as ${text(shown)}, but is ${truth}`);
  }

  private checkCounter(queue: QueueObject, seen: Seen, { quietMs }: Judged): void {
    const { counter, createdAt } = seen;
    const key = `${queue.name} since ${createdAt}`;
    const earlier = this.counters.get(key) ?? 0;
    this.counters.set(key, counter);
    if (counter < earlier) this.violate(`${key}: the counter falls from ${earlier} to ${counter}`);
    const most = queue.postedSince(createdAt - SKEW_MS);
    if (counter > most) this.violate(`${key}: the counter is ${counter}, but only ${most} were posted`);
    const isQuiet = (queue.changes.at(-1)?.at ?? 0) < this.world.now - quietMs;
    if (!seen.isCounterExact || !isQuiet || !seen.isConfirmed) return;
    const least = queue.postedSince(createdAt + 2 * SKEW_MS);
    if (counter < least && !this.isExcused(queue, seen.order)) {
      this.violate(`${key}: the counter is exactly ${counter}, but ${least} were posted`);
    }
  }

  private checkObject(queue: QueueObject): void {
    if (queue.timers > 0) this.violate(`${queue.name}: a timer is pending after the answer`);
    const woken = queue.asked.find(({ isFaultless }) => isFaultless);
    if (woken !== undefined) this.violate(`${queue.name}: was asked at ${woken.at} although nothing had failed`);
  }

  private isExcused(queue: QueueObject, since: number): boolean {
    return queue.changes.some(({ order, operation }) => order > since && operation.excusedUntil > this.world.now);
  }

  private violate(text: string): void {
    this.violation ??= `${(this.world.now / 1000).toFixed(1)} s: ${text}`;
  }
}

const contains = ({ min, max }: Range, value: number): boolean => min <= value && value <= max;
const text = ({ min, max }: Range): string => (min === max ? `${min}` : `${min} to ${max}`);
