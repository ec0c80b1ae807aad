/**
 * What an isolate of the Worker remembers of spread queues. Nothing relies on it: who calls the wrong object is told so, and a
 * memory that is too old costs a hop. Of queues on one object nothing is remembered.
 */
import { shardOf } from "../../domain/shard-choice.ts";
import { HOME_OBJECT } from "../../domain/spread.ts";
import { setBounded } from "../../mechanisms/bounded-map.ts";

/** What the answers of a home tell about the objects of its queue. They tell nothing of a queue on one object. */
export interface SpreadView {
  /** Objects that may have messages, the home included. */
  readonly objects: number;
  /** Whether posts without a key go to shards. */
  readonly isOpen: boolean;
  /** Whether the phase is on its way to another. */
  readonly isMoving: boolean;
  /** Whether posts go to the home again, so that what shards have is older. Absent from homes of older versions. */
  readonly isDraining?: boolean;
}

export interface SpreadRoute {
  readonly client: string;
  /** It has an idempotency key, or is under a quota of messages. Both have one place, the home. */
  readonly needsHome: boolean;
}

/** Where posts go. */
export function routeOf({ client, needsHome }: SpreadRoute, view: SpreadView | null): number {
  return needsHome || view?.isOpen !== true ? HOME_OBJECT : shardOf(client, view.objects);
}

interface Known {
  readonly view: SpreadView;
  dueAt: number;
  /** Objects that may have messages, by the home, of claims that waited there. */
  readonly ready: number[];
  /** Until when claims pass over objects. */
  readonly silent: Map<number, number>;
}

/** Milliseconds after which a home is asked again. */
const LIFETIMES = { still: 60_000, moving: 5_000 };
/** Queues. One that is forgotten is called at its home, which tells again. */
const CAPACITY = 10_000;
/** One more claim begins at a random object. */
const READY_MAX = 64;
/** Milliseconds for which claims begin elsewhere, after an object has not answered. */
const SILENT_MS = 5_000;

export class SpreadMap {
  private readonly known = new Map<string, Known>();
  private readonly lifetimes: typeof LIFETIMES;

  constructor(lifetimes = LIFETIMES) {
    this.lifetimes = lifetimes;
  }

  /** The view, which may be of the past; null: the queue is on one object, or unknown. */
  viewOf(queue: string): SpreadView | null {
    return this.known.get(queue)?.view ?? null;
  }

  /** Whether the caller should ask the home again. The view serves meanwhile, and nobody else is told to ask. */
  takeDue(queue: string, now: number): boolean {
    const known = this.known.get(queue);
    if (known === undefined || now < known.dueAt) return false;
    known.dueAt = now + this.lifetimes.moving;
    return true;
  }

  /** Every answer of the home tells the view. */
  hear(queue: string, view: SpreadView | null, now: number): void {
    if (view === null) {
      this.known.delete(queue);
      return;
    }
    const { ready = [], silent = new Map<number, number>() } = this.known.get(queue) ?? {};
    setBounded(this.known, queue, { view, dueAt: now + this.lifetimeOf(view), ready, silent }, CAPACITY);
  }

  /** A claim that waited shall look at this object. */
  noteReady(queue: string, object: number): void {
    const ready = this.known.get(queue)?.ready;
    if (ready !== undefined && ready.length < READY_MAX) ready.push(object);
  }

  /** Claims pass over the object for a while, because it has not answered. */
  noteSilent(queue: string, object: number, now: number): void {
    this.known.get(queue)?.silent.set(object, now + SILENT_MS);
  }

  /** Where the next claim begins: anywhere, or at a shard while the queue drains. `draw`: a random integer from 0 up to `end`. */
  takeStart(queue: string, now: number, draw: (end: number) => number): number {
    const known = this.known.get(queue);
    if (known === undefined) return HOME_OBJECT;
    const { ready, silent, view } = known;
    const found = ready.shift();
    if (found !== undefined) return found;
    const isDraining = view.isDraining === true;
    if (silent.size === 0 && !isDraining) return draw(view.objects);
    for (const [object, until] of silent) if (until <= now) silent.delete(object);
    const objects = Array.from({ length: view.objects }, (_, object) => object).filter((object) => !silent.has(object));
    const preferred = isDraining ? objects.filter((object) => object !== HOME_OBJECT) : objects;
    return preferred[draw(preferred.length)] ?? objects[0] ?? draw(view.objects);
  }

  private lifetimeOf({ isMoving }: SpreadView): number {
    return isMoving ? this.lifetimes.moving : this.lifetimes.still;
  }
}
