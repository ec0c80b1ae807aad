/** Messages and claims by their ids, as an isolate of the Worker looks for them. */
import {
  placesOfClaim,
  placesOfMessage,
  seek,
  seekAll,
  type Whereabouts,
} from "../../../src/objects/rpc/spread-ids.ts";
import type { SpreadView } from "../../../src/objects/rpc/spread-map.ts";
import type { ModelLog, StoredMessage } from "./log.ts";
import type { World } from "./world.ts";

export interface ModelIdsDeps {
  readonly world: World;
  readonly view: () => SpreadView | null;
  readonly at: <T>(object: number, serve: (log: ModelLog) => T) => Promise<T>;
}

export class ModelIds {
  private readonly deps: ModelIdsDeps;
  /** What was known when the call began. */
  private readonly former: SpreadView | null;

  constructor(deps: ModelIdsDeps) {
    this.deps = deps;
    this.former = deps.view();
  }

  /** Those that exist, in the order of the ids. */
  async get(ids: readonly string[]): Promise<readonly StoredMessage[]> {
    const found = new Map<string, StoredMessage>();
    await this.seekAll(ids, async (object, asked) => {
      for (const message of await this.deps.at(object, (log) => log.get(asked))) found.set(message.id, message);
      return asked.filter((id) => !found.has(id));
    });
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  delete(id: string, claim: string | null): Promise<"deleted" | "refused" | null> {
    const isFinal = !this.deps.world.keeps("a deletion says whether it has found something");
    return seek({
      view: this.view,
      places: (view) => this.allowed(placesOfMessage(id, claim, this.rangeOf(view))),
      ask: async (object) =>
        (await this.deps.at(object, (log) => log.delete(id, claim))) ?? (isFinal ? "deleted" : null),
    });
  }

  deleteMany(ids: readonly string[]): Promise<void> {
    return this.seekAll(ids, (object, asked) => this.deps.at(object, (log) => log.deleteMany(asked)));
  }

  /** Whether the claim is live. */
  async renew(claim: string, leaseMs: number): Promise<boolean> {
    return (await this.seekClaim(claim, (log) => log.renew(claim, leaseMs) || null)) ?? false;
  }

  /** null: the claim is over, and nothing is left to delete. */
  settle(claim: string, deleted: readonly string[]): Promise<"settled" | "over" | null> {
    return this.seekClaim(claim, (log) => log.settle(claim, deleted), [0]);
  }

  private seekClaim<T>(claim: string, serve: (log: ModelLog) => T | null, others: Whereabouts = []): Promise<T | null> {
    return seek({
      view: this.view,
      places: (view) => this.allowed([...placesOfClaim(claim, this.rangeOf(view)), ...others]),
      ask: (object) => this.deps.at(object, serve),
    });
  }

  private seekAll(
    ids: readonly string[],
    ask: (object: number, ids: readonly string[]) => Promise<readonly string[]>,
  ): Promise<void> {
    const places = (id: string, view: SpreadView | null): Whereabouts =>
      this.allowed(placesOfMessage(id, null, this.rangeOf(view)));
    return seekAll(ids, { view: this.view, places, ask });
  }

  private readonly view = (): SpreadView | null =>
    this.deps.world.keeps("a home that tells of shards is followed by them") ? this.deps.view() : this.former;

  private rangeOf(view: SpreadView | null): SpreadView | null {
    const isBounded = this.deps.world.keeps("ids beyond the objects of the queue are not asked for");
    return isBounded || view === null ? view : { ...view, objects: 256 };
  }

  private allowed(places: Whereabouts): Whereabouts {
    const { world } = this.deps;
    if (!world.keeps("an id is asked for at the object that it names")) return [0];
    return world.keeps("what a shard does not have is asked for at the home") ? places : places.slice(0, 1);
  }
}
