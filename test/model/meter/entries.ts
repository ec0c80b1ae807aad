/** What the meter holds of one object: its newest figures, what it has to learn, and counters over all lives. */
import type { Figures } from "./figures.ts";
import { LATE_MS, LEASE_MS, SKEW_MS } from "./rules.ts";
import type { World } from "./world.ts";

/** Two lives that start within these milliseconds have no order. */
const TOGETHER_MS = 2_000;

export interface Entry {
  readonly name: string;
  figures: Figures | null;
  /** When they arrived, by the meter's clock. */
  arrivedAt: number;
  /** Figures taken from this instant on contain all that may have been lost. */
  need: number;
  /** Two lives claim to be the newest. Only the answer to a question decides. */
  isContested: boolean;
  hotUntil: number;
  /** Messages posted since `createdAt`; at least so many, once something was lost. */
  counter: number;
  createdAt: number;
  isCounterExact: boolean;
  /** Lives that started until then and are not in `lives` may have been added already. */
  forgottenBoot: number;
  /** Nothing has been heard of it yet. */
  isNew: boolean;
  /** The newest counter of each life, to add what it grows by. */
  lives: ReadonlyMap<string, number>;
}

export function newEntry(name: string, now: number): Entry {
  return {
    name,
    figures: null,
    arrivedAt: 0,
    need: 0,
    isContested: false,
    hotUntil: 0,
    counter: 0,
    createdAt: now,
    isCounterExact: true,
    forgottenBoot: Number.NEGATIVE_INFINITY,
    isNew: true,
    lives: new Map(),
  };
}

export const isConfirmed = ({ figures, need, isContested }: Entry): boolean =>
  !isContested && (figures === null ? need === 0 : figures.takenAt >= need);

/** Something may have been lost: only figures taken from then on contain it. */
export function doubt(entry: Entry, need: number): void {
  entry.need = Math.max(entry.need, need);
  entry.isCounterExact = false;
}

/** Figures that an object sent by itself, or with the answer to a request. */
export function hear(entry: Entry, figures: Figures, now: number, world: World): void {
  count(entry, figures, world);
  const { figures: held } = entry;
  if (held === null) {
    // What an isolate kept for long may be of a queue that has been forgotten since it was deleted.
    const isOld = figures.takenAt < now - LEASE_MS - LATE_MS - SKEW_MS;
    if (isOld && world.keeps("old figures do not enter as new")) doubt(entry, now);
    return take(entry, figures, now);
  }
  if (held.bootId === figures.bootId) {
    const isNewer =
      figures.version > held.version || (figures.version === held.version && figures.takenAt > held.takenAt);
    if (isNewer || !world.keeps("figures of one life are ordered by version")) take(entry, figures, now);
    return;
  }
  const isUnordered = Math.abs(figures.boot - held.boot) < TOGETHER_MS || figures.boot > now + SKEW_MS;
  if (isUnordered && world.keeps("lives that started together are asked")) entry.isContested = true;
  if (figures.boot > held.boot || !world.keeps("figures of lives are ordered by their start"))
    take(entry, figures, now);
}

/** The answer to a question of `askedAt`. Nothing that arrived before can be newer. */
export function hearAnswer(entry: Entry, figures: Figures, askedAt: number, now: number, world: World): void {
  const isLate = entry.arrivedAt > askedAt && world.keeps("an answer to a question replaces only older figures");
  if (isLate && entry.figures?.bootId !== figures.bootId) return hear(entry, figures, now, world);
  if (isLate && entry.figures !== null && entry.figures.version > figures.version) return;
  count(entry, figures, world);
  entry.isContested = false;
  take(entry, figures, now);
}

function take(entry: Entry, figures: Figures, now: number): void {
  entry.figures = figures;
  entry.arrivedAt = now;
}

/** Adds what a life has counted since its last figures. */
function count(entry: Entry, figures: Figures, world: World): void {
  const { boot, bootId, posted, takenAt } = figures;
  // The first life ever heard of began before the meter knew its name.
  if (entry.isNew) entry.createdAt = Math.min(entry.createdAt, boot - SKEW_MS - 1);
  entry.isNew = false;
  const isOlder = boot <= entry.createdAt + SKEW_MS;
  const known = entry.lives.get(bootId);
  const isForgotten = known === undefined && boot <= entry.forgottenBoot;
  // What an older life counted before the start is not to be added, nor is what late figures say of that time.
  const isBefore =
    isOlder && takenAt <= entry.createdAt + SKEW_MS && world.keeps("late figures do not start a counter");
  if (figures.isShort || isForgotten || isBefore || (known === undefined && isOlder && posted > 0))
    entry.isCounterExact = false;
  if (isForgotten || isBefore) return;
  const counted = known ?? (isOlder ? posted : 0);
  const grownFrom = world.keeps("counters add the growth of each life") ? counted : (entry.figures?.posted ?? 0);
  entry.counter += Math.max(0, posted - grownFrom);
  entry.lives = new Map(entry.lives).set(bootId, Math.max(counted, posted));
}

/** Forgets all lives but the held one. What another one says from now on may have been added already. */
export function forgetLives(entry: Entry, held: Figures, world: World): void {
  const counted = entry.lives.get(held.bootId);
  entry.lives = new Map(counted === undefined ? [] : [[held.bootId, counted]]);
  if (world.keeps("forgotten lives count nothing")) entry.forgottenBoot = Math.max(entry.forgottenBoot, held.boot);
}

/** The counter begins again: a smaller number with the old start would look like a fall. */
export function restartCounter(entry: Entry, now: number): void {
  entry.counter = 0;
  entry.createdAt = now;
  entry.isNew = false;
  entry.lives = new Map();
}
