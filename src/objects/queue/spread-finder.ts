/**
 * Finds an object of a spread queue that may have a claimable message. The home is the one that waits at every object, on
 * behalf of all claims that wait: a call that is held keeps its shard awake, and the shard looks for lapsed leases and ended
 * delays by itself.
 */

export interface SpreadFinderDeps {
  /** Those that may have messages, the home included. */
  readonly objects: () => readonly number[];
  /** Whether an object may have a claimable message. */
  readonly look: (object: number) => Promise<boolean>;
  /** Waits until an object may have claimable messages, and returns their number; 0: the time is over. */
  readonly watch: (object: number) => Promise<number>;
  readonly timer: (milliseconds: number, work: () => void) => void;
  /** One of them at random. */
  readonly pick: (objects: readonly number[]) => number;
}

interface FinderWait {
  readonly settle: (object: number | null) => void;
}

/** Milliseconds. Claims that were woken get so long before an object that still has messages wakes further ones. */
const NEXT_LOOK_MS = 20;
/** Milliseconds after which an object that did not answer is watched again. */
const REPEAT_MS = 100;
/** Milliseconds from the start of one sweep to that of the next. */
const SWEEP_MS = 50;

export class SpreadFinder {
  private readonly deps: SpreadFinderDeps;
  /** The longest wait first. */
  private readonly waits = new Set<FinderWait>();
  private readonly watched = new Set<number>();
  /** The sweep that has not begun; null: there is none. */
  private nextSweep: Promise<number | null> | null = null;
  private isSweepSoon = false;

  constructor(deps: SpreadFinderDeps) {
    this.deps = deps;
  }

  get size(): number {
    return this.waits.size;
  }

  /** An object that may have a message, within that time; null: there is none. */
  find(milliseconds: number): Promise<number | null> {
    if (milliseconds <= 0) return this.sweep();
    return new Promise((resolve) => {
      const settle = (object: number | null): void => {
        if (this.waits.delete(wait)) resolve(object);
      };
      const wait = { settle };
      this.waits.add(wait);
      this.deps.timer(milliseconds, () => settle(null));
      this.watchAll();
    });
  }

  /** Has every object watched while there are waits. To be called when the objects change. */
  watchAll(): void {
    if (this.waits.size === 0) return;
    for (const object of this.deps.objects()) {
      if (this.watched.has(object)) continue;
      this.watched.add(object);
      void this.watch(object).finally(() => this.watched.delete(object));
    }
  }

  /** Tells up to `count` waits, the longest first, that the object may have messages. */
  private tell(object: number, count: number): void {
    for (const wait of [...this.waits].slice(0, count)) wait.settle(object);
  }

  /** Never rejects. */
  private async watch(object: number): Promise<void> {
    while (this.waits.size > 0 && this.deps.objects().includes(object)) {
      const count = await this.deps.watch(object).catch(() => null);
      if (count !== null && count > 0) this.tell(object, count);
      if (count !== 0) await this.pause(count === null ? REPEAT_MS : NEXT_LOOK_MS);
    }
  }

  /** One look at every object, for all who came before it began. */
  private sweep(): Promise<number | null> {
    this.nextSweep ??= this.beginSweep();
    return this.nextSweep;
  }

  private async beginSweep(): Promise<number | null> {
    if (this.isSweepSoon) await this.pause(SWEEP_MS);
    else await Promise.resolve();
    this.nextSweep = null;
    this.isSweepSoon = true;
    this.deps.timer(SWEEP_MS, () => {
      this.isSweepSoon = false;
    });
    const { objects, look, pick } = this.deps;
    const looks = objects().map(async (object) => ((await look(object).catch(() => false)) ? [object] : []));
    const found = (await Promise.all(looks)).flat();
    return found.length === 0 ? null : pick(found);
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.deps.timer(milliseconds, resolve);
    });
  }
}
