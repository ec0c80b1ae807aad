/** Knows the truth, and compares with it all that the meter shows. It finds the first violation of a run. */
import { type Entry, isConfirmed } from "./entries.ts";
import { pendingOf, type Range, shownAt } from "./figures.ts";
import type { DeliveryObject } from "./delivery.ts";
import type { Meter } from "./meter.ts";
import type { QueueObject } from "./queue.ts";
import { POINT_MS, QUIET_MS, SKEW_MS } from "./rules.ts";
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

export interface Objects {
  readonly queues: ReadonlyMap<string, QueueObject>;
  readonly deliveries: ReadonlyMap<string, DeliveryObject>;
}

export class Oracle {
  readonly looks: Looks = { compared: 0, exact: 0, unconfirmed: 0, excused: 0, points: 0 };
  violation: string | null = null;
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

  check(meter: Meter): void {
    const entries = meter.look();
    for (const queue of this.queues.values()) {
      this.checkObject(queue);
      const entry = entries.get(queue.name);
      if (entry?.figures == null) continue;
      if (isConfirmed(entry)) this.checkFigures(queue, entry, { entries, meter });
      else this.looks.unconfirmed += 1;
      this.checkCounter(queue, entry);
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
    if (before.stored !== after.stored || after.changedAt >= at - QUIET_MS) return;
    this.looks.points += 1;
    if (!contains(stored, after.stored))
      this.violate(`${name}: the point of ${at} is ${text(stored)}, not ${after.stored}`);
  }

  private checkFigures(
    queue: QueueObject,
    entry: Entry,
    { entries, meter }: { entries: ReadonlyMap<string, Entry>; meter: Meter },
  ): void {
    const { figures } = entry;
    if (figures === null) return;
    if (this.isExcused(queue, figures.order)) {
      this.looks.excused += 1;
      return;
    }
    const untold = queue.changes.filter(({ order }) => order > figures.order);
    const isCurrent = !meter.hasSessions;
    const isQuiet = untold.every(({ at }) => at < this.world.now - QUIET_MS);
    const hasNoMove = untold.every(({ operation }) => !operation.isMove);
    if (!isQuiet && !(isCurrent && hasNoMove)) return;
    const keeps = this.world.keeps.bind(this.world);
    const shown = shownAt(figures, meter.now, keeps);
    const truth = queue.truth();
    for (const key of ["stored", "claimed", "delayed", "free", "waiting"] as const) {
      this.compare(`${queue.name}: ${key}`, shown[key], truth[key]);
    }
    const delivery = this.deliveries.get(`${queue.name}/delivery`);
    const held = entries.get(`${queue.name}/delivery`);
    if (delivery === undefined || (held !== undefined && !isConfirmed(held))) return;
    this.compare(`${queue.name}: pending`, pendingOf(figures, held?.figures ?? null, keeps), delivery.pending);
  }

  private compare(what: string, shown: Range, truth: number): void {
    this.looks.compared += 1;
    if (shown.min === shown.max) this.looks.exact += 1;
    if (!contains(shown, truth)) this.violate(`${what} is shown as ${text(shown)}, but is ${truth}`);
  }

  private checkCounter(queue: QueueObject, { counter, createdAt, isCounterExact, ...entry }: Entry): void {
    const key = `${queue.name} since ${createdAt}`;
    const earlier = this.counters.get(key) ?? 0;
    this.counters.set(key, counter);
    if (counter < earlier) this.violate(`${key}: the counter falls from ${earlier} to ${counter}`);
    const most = queue.postedSince(createdAt - SKEW_MS);
    if (counter > most) this.violate(`${key}: the counter is ${counter}, but only ${most} were posted`);
    const order = entry.figures?.order ?? 0;
    const isQuiet = (queue.changes.at(-1)?.at ?? 0) < this.world.now - QUIET_MS;
    if (!isCounterExact || !isQuiet || !isConfirmed({ ...entry, counter, createdAt, isCounterExact })) return;
    const least = queue.postedSince(createdAt + 2 * SKEW_MS);
    if (counter < least && !this.isExcused(queue, order)) {
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
