/**
 * What an isolate of the Worker remembers of a spread queue. Nothing relies on it: who calls the wrong object is told so, and a
 * memory that is too old costs a hop.
 */
import { shardOf } from "../../domain/shard-choice.ts";
import { HOME_OBJECT } from "../../domain/spread.ts";

/** What a home tells about its objects. */
export interface SpreadView {
  /** Grows with every change, within one life of the queue. */
  readonly version: number;
  /** Objects that may have messages, the home included. 1: the queue is not spread. */
  readonly objects: number;
  /** Whether posts without a key go to shards. */
  readonly isOpen: boolean;
}

export interface SpreadRoute {
  readonly client: string;
  readonly isKeyed: boolean;
}

/** Where posts go. Idempotency keys have one place, the home. */
export function routeOf({ client, isKeyed }: SpreadRoute, view: SpreadView): number {
  return isKeyed || !view.isOpen ? HOME_OBJECT : shardOf(client, view.objects);
}

export interface SpreadMapDeps {
  readonly ask: () => Promise<SpreadView>;
  readonly now: () => number;
  /** Milliseconds after which the view is asked for again. */
  readonly lifetime: number;
}

export class SpreadMap {
  private readonly deps: SpreadMapDeps;
  private view: SpreadView | null = null;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: SpreadMapDeps) {
    this.deps = deps;
  }

  /** The view, which may be of the past. One that is due is asked for again, and if that fails, the former one serves. */
  async current(): Promise<SpreadView> {
    const { now, lifetime } = this.deps;
    if (this.view !== null && now() - this.askedAt < lifetime) return this.view;
    try {
      return await this.renew();
    } catch (error) {
      if (this.view === null) throw error;
      return this.view;
    }
  }

  async renew(): Promise<SpreadView> {
    this.askedAt = this.deps.now();
    this.view = await this.deps.ask();
    return this.view;
  }
}
