/**
 * Where pools are in use: whether a queue is here, in this object, or is another region's (ADR 14). Its project decides.
 * Before this object creates a queue it has the project say that the place is this one, and only when it holds nothing any
 * more it gives the place up. Both are done one after the other, so there is never a queue in two objects.
 */
import type { Config } from "../../config/config.ts";
import type { ProjectId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import type { Placement } from "../../domain/placement.ts";
import type { Region } from "../../domain/region.ts";
import { SerialQueue } from "../../mechanisms/serial-queue.ts";
import type { Objects } from "../rpc/stubs.ts";

/** The project says that the queue is elsewhere. The caller has to ask it where. */
export class NotHere extends Error {}

export interface ResidenceDeps {
  readonly config: Pick<Config, "pooling">;
  readonly project: ProjectId;
  readonly place: Place;
  /** Where this object is. */
  readonly region: Region;
  readonly objects: Pick<Objects, "project">;
  readonly store: { readonly hasTables: boolean };
}

export class Residence {
  private readonly deps: ResidenceDeps;
  /** The token of the placement, when the project has said that it is this one, and it has not been given up since. */
  private token: string | null = null;
  private chosen: string | null = null;
  private readonly steps = new SerialQueue();

  constructor(deps: ResidenceDeps) {
    this.deps = deps;
  }

  /** The pool of the placement that was settled last. */
  get pool(): string | null {
    return this.chosen;
  }

  /** Where this object is, for queues that it creates elsewhere. */
  async placement(): Promise<Placement> {
    const { region, place } = this.deps;
    return { region, pool: this.chosen ?? (await this.project().placement({ place }))?.pool ?? null };
  }

  /** Has to be called before this object creates a queue. Throws `NotHere`. Without effect on an object that holds anything. */
  async settle(pool: string | null | undefined): Promise<void> {
    const { config, place, region, store } = this.deps;
    if (!config.pooling) return;
    await this.steps.run(async () => {
      if (store.hasTables || this.token !== null) return;
      const settled = await this.project().settle({ place, region, pool: pool ?? null });
      if (settled.region !== region) throw new NotHere("The queue is in another region.");
      this.token = settled.token;
      this.chosen = settled.pool;
    });
  }

  /** Throws `NotHere` if the place was given up since it was settled. Within the transaction that creates the tables. */
  check(): void {
    if (this.deps.config.pooling && this.token === null) throw new NotHere("The queue's place was given up.");
  }

  /** Gives the place up, unless the object holds something by now. Idempotent. */
  async leave(): Promise<void> {
    const { config, place, region, store } = this.deps;
    if (!config.pooling) return;
    await this.steps.run(async () => {
      if (store.hasTables) return;
      const known = this.token;
      this.token = null;
      const present = known === null ? await this.project().placement({ place }) : null;
      const token = known ?? (present?.region === region ? present.token : null);
      if (token !== null) await this.project().vacate({ place, token });
    });
  }

  private project(): ReturnType<Objects["project"]> {
    return this.deps.objects.project(this.deps.project);
  }
}
