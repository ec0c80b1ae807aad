/**
 * Finds an object of a spread queue that may have a claimable message. The home is the one that waits at every object, on
 * behalf of all claims that wait: a call that is held keeps its shard awake, and the shard looks for lapsed leases and ended
 * delays by itself.
 */

/** The claims that wait at the home. */
export interface FinderWaits {
  readonly size: number;
  /** Tells up to `count` of them, the longest waits first, that the object may have messages. */
  tell(object: number, count: number): void;
}

export interface SpreadFinderDeps {
  /** Those that may have messages, the home included. */
  readonly objects: () => readonly number[];
  /** Those of them whose messages wake nobody by themselves. */
  readonly watched: () => readonly number[];
  readonly waits: FinderWaits;
  /** Whether an object may have a claimable message. */
  readonly look: (object: number) => Promise<boolean>;
  /** Waits until an object may have claimable messages, and returns their number; 0: the time is over. */
  readonly watch: (object: number) => Promise<number>;
  readonly now: () => number;
  readonly timer: (milliseconds: number, work: () => void) => void;
  /** One of them at random. */
  readonly pick: (objects: readonly number[]) => number;
  /** The object that is named only when no other may have a message; null: all are alike. */
  readonly lastResort: () => number | null;
}

/** Milliseconds. Claims that were woken get so long before an object that still has messages wakes further ones. */
const NEXT_WATCH_MS = 20;
/** The watched objects from which on that time grows with their number: the home is busy with their answers. */
const MANY_WATCHED = 16;
/** Milliseconds after which an object that did not answer is watched again. */
const REPEAT_MS = 100;
/** Milliseconds, for each object, from the start of one sweep to that of the next: 200 looks a second. */
const SWEEP_MS = 5;
/** Milliseconds that a sweep waits for further objects once it has found one. */
const SLOW_MS = 50;
/** Milliseconds for which sweeps pass over an object that did not answer. */
const SILENT_MS = 5_000;

export class SpreadFinder {
  private readonly deps: SpreadFinderDeps;
  private readonly watching = new Set<number>();
  /** Until when sweeps pass over objects. */
  private readonly silent = new Map<number, number>();
  /** The sweep that has not begun; null: there is none. */
  private nextSweep: Promise<number | null> | null = null;
  private isSweepSoon = false;

  constructor(deps: SpreadFinderDeps) {
    this.deps = deps;
  }

  /** An object that may have a message now; null: there is none. One look at every object, for all who ask before it begins. */
  find(): Promise<number | null> {
    this.nextSweep ??= this.sweep();
    return this.nextSweep;
  }

  /** Has every object watched while there are waits. To be called with a wait, and when the objects change. */
  watchAll(): void {
    const { waits, watched } = this.deps;
    if (waits.size === 0) return;
    for (const object of watched()) if (!this.watching.has(object)) void this.watch(object);
  }

  /** Never rejects. Ends in the same instant in which nobody waits any more, so that the next wait begins another one. */
  private async watch(object: number): Promise<void> {
    const { waits, watched, watch } = this.deps;
    this.watching.add(object);
    while (waits.size > 0 && watched().includes(object)) {
      const count = await watch(object).catch(() => null);
      if (count !== null && count > 0) waits.tell(object, count);
      const nextMs = NEXT_WATCH_MS * Math.max(1, watched().length / MANY_WATCHED);
      await this.pause(count === null ? REPEAT_MS : nextMs);
    }
    this.watching.delete(object);
  }

  private async sweep(): Promise<number | null> {
    const { objects, pick, timer, lastResort } = this.deps;
    const pauseMs = objects().length * SWEEP_MS;
    if (this.isSweepSoon) await this.pause(pauseMs);
    else await Promise.resolve();
    this.nextSweep = null;
    this.isSweepSoon = true;
    timer(pauseMs, () => {
      this.isSweepSoon = false;
    });
    const last = lastResort();
    const found: number[] = [];
    const isFound = Promise.withResolvers<void>();
    const looks = objects().map(async (object) => {
      if (!(await this.look(object))) return;
      found.push(object);
      if (object !== last) isFound.resolve();
    });
    // Those that are slow are waited for only while there is no other.
    await Promise.race([Promise.all(looks), isFound.promise.then(() => this.pause(SLOW_MS))]);
    if (found.length === 0) return null;
    const preferred = found.filter((object) => object !== last);
    return preferred.length === 0 ? last : pick(preferred);
  }

  private async look(object: number): Promise<boolean> {
    const { now, look } = this.deps;
    if ((this.silent.get(object) ?? 0) > now()) return false;
    this.silent.delete(object);
    try {
      return await look(object);
    } catch {
      this.silent.set(object, now() + SILENT_MS);
      return false;
    }
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.deps.timer(milliseconds, resolve);
    });
  }
}
