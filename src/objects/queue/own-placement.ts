/**
 * The placement of the queue from the view of its object, where pools are in use (ADR 14): whether the queue is in this object's
 * region or in another. The project decides. Before this object creates the queue, it gets the placement from the project. It
 * releases the placement only when its database is empty. Both run one after the other, so a queue is never in two objects.
 */
import type { Config } from "../../config/config.ts";
import type { ProjectId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import type { Placement } from "../../domain/placement.ts";
import type { Region } from "../../domain/region.ts";
import { SerialQueue } from "../../mechanisms/serial-queue.ts";
import type { Objects } from "../rpc/stubs.ts";

/** The queue is in another region, or has to be. The caller has to ask the project for the region. */
export class NotHere extends Error {}

export interface OwnPlacementDeps {
  readonly config: Pick<Config, "pooling">;
  readonly project: ProjectId;
  readonly place: Place;
  /** The region of this object. */
  readonly region: Region;
  readonly objects: Pick<Objects, "project">;
  readonly store: { readonly hasTables: boolean };
}

export class OwnPlacement {
  private readonly deps: OwnPlacementDeps;
  /** The token of the placement that this object got from the project and has not released. */
  private token: string | null = null;
  private settledPool: string | null = null;
  private readonly steps = new SerialQueue();

  constructor(deps: OwnPlacementDeps) {
    this.deps = deps;
  }

  /** The placement for queues that calls of this object create. */
  async forNewQueues(): Promise<Placement> {
    const { region, place } = this.deps;
    return { region, pool: this.settledPool ?? (await this.project().placement({ place }))?.pool ?? null };
  }

  /** Gets the placement before this object creates its queue. Throws `NotHere`. Without effect if the object has tables. */
  async settle(pool: string | null | undefined): Promise<void> {
    const { config, place, region, store } = this.deps;
    if (!config.pooling) return;
    await this.steps.run(async () => {
      if (store.hasTables || this.token !== null) return;
      const settled = await this.project().settle({ place, region, pool: pool ?? null });
      if (settled.region !== region) throw new NotHere("The queue is in another region.");
      this.token = settled.token;
      this.settledPool = settled.pool;
    });
  }

  /** Has the project record the placement of a queue that exists: one that is older than the pools has no record. */
  async hold(): Promise<void> {
    const { place, region, store } = this.deps;
    await this.steps.run(async () => {
      if (!store.hasTables) return;
      const held = await this.project().settle({ place, region, pool: null });
      if (held.region === region) this.token = held.token;
    });
  }

  /** Throws `NotHere` if the placement has been released. Called in the transaction that creates the tables. */
  throwIfReleased(): void {
    if (this.deps.config.pooling && this.token === null) throw new NotHere("The placement of the queue was released.");
  }

  /**
   * Releases the placement, unless the object has tables by now. Idempotent. `next`: the placement that replaces it in the same
   * step, so that no request that comes meanwhile chooses another.
   */
  async release(next?: Placement): Promise<void> {
    const { config, place, region, store } = this.deps;
    if (!config.pooling) return;
    await this.steps.run(async () => {
      if (store.hasTables) return;
      const known = this.token;
      this.token = null;
      const present = known === null ? await this.project().placement({ place }) : null;
      const token = known ?? (present?.region === region ? present.token : null);
      if (token !== null) await this.project().vacate({ place, token, ...(next === undefined ? {} : { next }) });
    });
  }

  private project(): ReturnType<Objects["project"]> {
    return this.deps.objects.project(this.deps.project);
  }
}
