/**
 * The placement of the queue from the view of its object, where pools are in use (ADR 14): whether the queue is in this object's
 * region or in another. The project decides. Before this object creates the queue, it gets the placement from the project. It
 * releases the placement only when its database is empty. Both run one after the other, so a queue is never in two objects.
 */
import type { Config } from "../../config/config.ts";
import type { ProjectId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import type { Placed, Placement } from "../../domain/placement.ts";
import type { Region } from "../../domain/region.ts";
import type { SpreadRule } from "../../domain/spread.ts";
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
  private settled: Pick<Placement, "pool" | "spread"> = { pool: null };
  private readonly steps = new SerialQueue();

  constructor(deps: OwnPlacementDeps) {
    this.deps = deps;
  }

  /** The placement for queues that calls of this object create. */
  async forNewQueues(): Promise<Placement> {
    const { region, place } = this.deps;
    if (this.settled.pool !== null) return { ...this.settled, region };
    const { pool = null, spread = null } = (await this.project().placement({ place })) ?? {};
    return { region, pool, spread };
  }

  /** How the queue that this object creates is spread, once `settle` has got its placement; null: by its load. */
  get spread(): SpreadRule | null {
    return this.settled.spread ?? null;
  }

  /** Gets the placement before this object creates its queue. Throws `NotHere`. */
  async settle({ pool = null, spread = null }: Placed): Promise<void> {
    const { config, place, region, store } = this.deps;
    if (!config.pooling) return;
    await this.steps.run(async () => {
      if (this.token !== null) return;
      // What a former queue has left keeps its placement.
      if (store.hasTables) return this.note(await this.project().placement({ place }));
      const settled = await this.project().settle({ place, region, pool, spread });
      if (settled.region !== region) throw new NotHere("The queue is in another region.");
      this.token = settled.token;
      this.note(settled);
    });
  }

  /** Has the project record the placement of a queue that exists: one that is older than the pools has no record. */
  async hold(): Promise<void> {
    const { place, region, store } = this.deps;
    await this.steps.run(async () => {
      if (!store.hasTables) return;
      const held = await this.project().settle({ place, region, pool: null });
      if (held.region !== region) return;
      this.token = held.token;
      this.note(held);
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

  private note(placement: Placement | null): void {
    if (placement !== null) this.settled = { pool: placement.pool, spread: placement.spread ?? null };
  }

  private project(): ReturnType<Objects["project"]> {
    return this.deps.objects.project(this.deps.project);
  }
}
