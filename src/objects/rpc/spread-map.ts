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
}

export interface SpreadRoute {
  readonly client: string;
  readonly isKeyed: boolean;
}

/** Where posts go. Idempotency keys have one place, the home. */
export function routeOf({ client, isKeyed }: SpreadRoute, view: SpreadView | null): number {
  return isKeyed || view?.isOpen !== true ? HOME_OBJECT : shardOf(client, view.objects);
}

interface Known {
  readonly view: SpreadView;
  dueAt: number;
  /** Objects that may have messages, by the home, of claims that waited there. */
  readonly ready: number[];
}

/** Milliseconds after which a home is asked again. */
const LIFETIMES = { still: 60_000, moving: 5_000 };
/** Queues. One that is forgotten is called at its home, which tells again. */
const CAPACITY = 10_000;
/** One more claim begins at a random object. */
const READY_MAX = 64;

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
    const { ready = [] } = this.known.get(queue) ?? {};
    setBounded(this.known, queue, { view, dueAt: now + this.lifetimeOf(view), ready }, CAPACITY);
  }

  /** A claim that waited shall look at this object. */
  noteReady(queue: string, object: number): void {
    const ready = this.known.get(queue)?.ready;
    if (ready !== undefined && ready.length < READY_MAX) ready.push(object);
  }

  /** Where the next claim should begin; null: anywhere. */
  takeReady(queue: string): number | null {
    return this.known.get(queue)?.ready.shift() ?? null;
  }

  private lifetimeOf({ isMoving }: SpreadView): number {
    return isMoving ? this.lifetimes.moving : this.lifetimes.still;
  }
}
