/** What the meter holds of one object: its newest figures, what it has to learn, and counters over all lives of the object. */
import type { Stamp } from "../../domain/figures.ts";
import type { Epoch } from "../../domain/id.ts";
import { LATE_MS, LEASE_MS, SKEW_MS } from "../../domain/metering.ts";
import { setBounded } from "../../mechanisms/bounded-map.ts";

/** Two lives that start within these milliseconds have no order. */
const TOGETHER_MS = 2_000;
/** Between two questions to an object that cannot answer: as long as it has not answered yet, within these bounds. */
const VAIN_MS_MIN = 30_000;
const VAIN_MS_MAX = 1_800_000;
/** The number of lives whose counters are remembered. */
const LIVES_MAX = 8;

export type Counts = Readonly<Record<string, number>>;

/** The figures of a queue, a topic or a DeliveryObject. */
export interface CountedFigures extends Stamp {
  readonly epoch: Epoch | null;
  readonly counters: Counts;
  readonly isShort?: boolean;
}

/** The newest counters of a life. */
export interface CountedLife {
  readonly boot: number;
  readonly counts: Counts;
}

export class MeterEntry<F extends CountedFigures = CountedFigures> {
  figures: F | null = null;
  /** When they arrived, by the meter's clock. */
  arrivedAt = 0;
  /** Figures taken from this instant on contain all that may have been lost. */
  need = 0;
  /** When the last question was not answered; 0: it was. */
  vainAt = 0;
  /** Two lives claim to be the newest. Only the answer to a question decides. */
  isContested = false;
  /** 0: it has cooled. */
  hotUntil = 0;
  /** Since `since`; at least so many, once something was lost. */
  counts: Counts;
  since: number;
  isCounterExact = true;
  /** Lives that started until then and are not in `lives` may have been added already. */
  forgottenBoot = Number.NEGATIVE_INFINITY;
  /** Nothing has been heard of it yet. */
  isNew = true;
  /** By their ids. */
  lives = new Map<number, CountedLife>();

  private readonly zero: Counts;

  /** `zero`: all counters at 0. */
  constructor(zero: Counts, now: number) {
    this.zero = zero;
    this.counts = zero;
    this.since = now;
  }

  get isConfirmed(): boolean {
    if (this.isContested) return false;
    return this.figures === null ? this.need === 0 : this.figures.takenAt >= this.need;
  }

  /** Whether a question would help: its answer is sure to contain what may have been lost, and is to be expected. */
  mayAsk(now: number): boolean {
    if (this.isConfirmed || now <= this.need + SKEW_MS) return false;
    const silentMs = this.vainAt - Math.max(this.need, this.arrivedAt);
    return this.vainAt === 0 || now >= this.vainAt + Math.max(VAIN_MS_MIN, Math.min(VAIN_MS_MAX, silentMs));
  }

  /** Something may have been lost: only figures taken from then on contain it. */
  doubt(need: number): void {
    this.need = Math.max(this.need, need);
    this.isCounterExact = false;
  }

  /** Figures that an object sent by itself, or with the answer to a request. */
  hear(figures: F, now: number): void {
    this.count(figures);
    const held = this.figures;
    if (held === null) {
      // What an isolate kept for long may be of a queue that has been forgotten since it was deleted.
      if (figures.takenAt < now - LEASE_MS - LATE_MS - SKEW_MS) this.doubt(now);
      return this.take(figures, now);
    }
    if (held.bootId === figures.bootId) {
      const isNewer =
        figures.version > held.version || (figures.version === held.version && figures.takenAt > held.takenAt);
      if (isNewer) this.take(figures, now);
      return;
    }
    const isUnordered = Math.abs(figures.boot - held.boot) < TOGETHER_MS || figures.boot > now + SKEW_MS;
    if (isUnordered) this.isContested = true;
    if (figures.boot > held.boot) this.take(figures, now);
  }

  /** The answer to a question of `askedAt`. Nothing that arrived before can be newer. */
  hearAnswer(figures: F, askedAt: number, now: number): void {
    const isLate = this.arrivedAt > askedAt;
    if (isLate && this.figures?.bootId !== figures.bootId) return this.hear(figures, now);
    if (isLate && this.figures !== null && this.figures.version > figures.version) return;
    this.count(figures);
    this.isContested = false;
    this.take(figures, now);
  }

  /** Forgets all lives but the held one. What another one says from now on may have been added already. */
  forgetLives(): void {
    if (this.figures === null) return;
    const { bootId, boot } = this.figures;
    const held = this.lives.get(bootId);
    this.lives = new Map(held === undefined ? [] : [[bootId, held]]);
    this.forgottenBoot = Math.max(this.forgottenBoot, boot);
  }

  /** The counters begin again: smaller numbers with the old start would look like a fall. */
  restartCounter(now: number): void {
    this.counts = this.zero;
    this.since = now;
    this.isNew = false;
    this.lives = new Map();
  }

  /** Adds what another object has counted, which is over. */
  absorb({ counts, since, isCounterExact }: MeterEntry<F>): void {
    this.counts = addGrowth(this.counts, {}, counts);
    this.since = Math.max(this.since, since);
    this.isCounterExact &&= isCounterExact;
  }

  private take(figures: F, now: number): void {
    this.figures = figures;
    this.arrivedAt = now;
    this.vainAt = 0;
  }

  /** Adds what a life has counted since its last figures. */
  private count({ boot, bootId, takenAt, counters, isShort }: F): void {
    // The first life ever heard of began before the meter knew its name.
    if (this.isNew) this.since = Math.min(this.since, boot - SKEW_MS - 1);
    this.isNew = false;
    const isOlder = boot <= this.since + SKEW_MS;
    const known = this.lives.get(bootId)?.counts;
    const isForgotten = known === undefined && boot <= this.forgottenBoot;
    // What an older life counted before the start is not to be added, nor is what late figures say of that time.
    const isBefore = isOlder && takenAt <= this.since + SKEW_MS;
    const isUnknown = known === undefined && isOlder && Object.values(counters).some((count) => count > 0);
    if (isShort === true || isForgotten || isBefore || isUnknown) this.isCounterExact = false;
    if (isForgotten || isBefore) return;
    const before = known ?? (isOlder ? counters : {});
    this.counts = addGrowth(this.counts, before, counters);
    this.remember(bootId, { boot, counts: largest(before, counters) });
  }

  private remember(bootId: number, life: CountedLife): void {
    if (!this.lives.has(bootId) && this.lives.size >= LIVES_MAX) {
      const [oldest] = [...this.lives].toSorted(([, one], [, other]) => one.boot - other.boot);
      if (oldest !== undefined) {
        this.lives.delete(oldest[0]);
        this.forgottenBoot = Math.max(this.forgottenBoot, oldest[1].boot);
      }
    }
    setBounded(this.lives, bootId, life, LIVES_MAX);
  }
}

function addGrowth(total: Counts, before: Counts, counts: Counts): Counts {
  const sum: Record<string, number> = {};
  for (const name in total) sum[name] = (total[name] ?? 0) + Math.max(0, (counts[name] ?? 0) - (before[name] ?? 0));
  return sum;
}

function largest(before: Counts, counts: Counts): Counts {
  const sum: Record<string, number> = {};
  for (const name in counts) sum[name] = Math.max(before[name] ?? 0, counts[name] ?? 0);
  return sum;
}
