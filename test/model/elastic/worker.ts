/** An isolate of the Worker: the service's own router, and the calls that it makes. */
import { SpreadMap, type SpreadView } from "../../../src/objects/rpc/spread-map.ts";
import type { SpreadPage } from "../../../src/objects/queue/spread-list.ts";
import { claimSpread, MOVED, postSpread } from "../../../src/objects/rpc/spread-router.ts";
import type { HomeMachine, ModelHome } from "./home.ts";
import type { HubMachine } from "./connections.ts";
import { ModelIds } from "./ids.ts";
import type { Claimed, ModelLog, Post, PostedId, StoredMessage } from "./log.ts";
import { Machine } from "./machine.ts";
import type { Oracle } from "./oracle.ts";
import type { ModelShard, ShardMachine } from "./shard.ts";
import type { World } from "./world.ts";

/** Shorter than in the service, so that views grow old within a run. */
const VIEW_MS = { still: 4_000, moving: 1_000 };
const QUEUE = "queue";
/** Milliseconds before a home that does not answer is asked again. */
const PAUSE_MS = 50;
/** Milliseconds that a list or a deletion may take, because the home asks its shards. */
const FAN_OUT_MS = 6_000;

export interface ClaimWish {
  readonly limit: number;
  readonly leaseMs: number;
  readonly waitMs: number;
}

export interface ModelWorkerDeps {
  readonly oracle: Oracle;
  readonly home: HomeMachine;
  readonly shards: readonly ShardMachine[];
  readonly hub: HubMachine;
}

export class ModelWorker {
  private readonly machine: Machine<null>;
  private readonly deps: ModelWorkerDeps;
  private map = new SpreadMap(VIEW_MS);
  private readonly world: World;

  constructor(world: World, name: string, deps: ModelWorkerDeps) {
    this.world = world;
    this.machine = new Machine<null>(world, name, { start: () => null });
    this.deps = deps;
  }

  async post(post: Post): Promise<PostedId> {
    this.renewLater();
    const needsHome = post.key !== null && this.world.keeps("keys have one place");
    const route = { client: post.client, needsHome };
    return await postSpread(route, { view: this.view, post: (object) => this.postAt(object, post) });
  }

  /** As the operation of the service that claims and waits. */
  async claim(wish: ClaimWish): Promise<Claimed | null> {
    const { world, map } = this;
    const end = world.now + wish.waitMs;
    for (;;) {
      const leftMs = end - world.now;
      const claimed = await this.claimNow(wish, leftMs > 0);
      if (claimed !== null || leftMs <= 0) return claimed;
      const found = await this.findBefore(end);
      if (found === null) return null;
      map.noteReady(QUEUE, found);
    }
  }

  /** Claims; if there is nothing, a connection of the hub waits. Its client ends it after `closesAfterMs`. */
  async claimByConnection(wish: ClaimWish, id: string, closesAfterMs: number): Promise<Claimed | null> {
    const { machine, deps } = this;
    const claimed = await this.claim({ ...wish, waitMs: 0 });
    if (claimed !== null) return claimed;
    const { promise, resolve } = Promise.withResolvers<Claimed | null>();
    await machine.call(deps.hub, (hub) => hub.enter(id, resolve));
    const end = async (): Promise<void> => {
      await machine.call(deps.hub, (hub) => hub.leave(id));
      resolve(null);
      await machine.call(deps.home, (home) => home.endWait(id));
    };
    machine.timer(Math.min(closesAfterMs, wish.waitMs), () => void end().catch(() => resolve(null)));
    await machine.call(deps.home, (home) => home.noteWait(id, wish.waitMs)).catch(() => resolve(null));
    return promise;
  }

  /** The isolate starts anew. */
  forget(): void {
    this.map = new SpreadMap(VIEW_MS);
  }

  list(request: Parameters<ModelHome["list"]>[0]): Promise<SpreadPage<StoredMessage>> {
    return this.atHome((home) => home.list(request), FAN_OUT_MS);
  }

  remove(): Promise<void> {
    return this.atHome((home) => home.remove(), FAN_OUT_MS);
  }

  /** Messages and claims by their ids. */
  get ids(): ModelIds {
    this.renewLater();
    return new ModelIds({ world: this.world, view: this.view, at: (object, serve) => this.at(object, serve) });
  }

  private readonly view = (): SpreadView | null => this.map.viewOf(QUEUE);

  private claimNow({ limit, leaseMs }: ClaimWish, willWait: boolean): Promise<Claimed | null> {
    const { map, world } = this;
    this.renewLater();
    return claimSpread({
      view: this.view,
      claim: (object) => this.at(object, (log) => log.claim(limit, leaseMs)),
      find: () => this.atHome((home) => home.find(0)),
      takeStart: () => map.takeStart(QUEUE, world.now, (end) => world.random.between(0, end - 1)),
      noteSilent: (object) => map.noteSilent(QUEUE, object, world.now),
      willWait,
    });
  }

  /** An object that may have a message; null: there is none. A home that does not answer is asked again. */
  private async findBefore(end: number): Promise<number | null> {
    const { world, machine } = this;
    for (;;) {
      const leftMs = end - world.now;
      if (leftMs <= 0) return null;
      try {
        return await this.atHome((home) => home.find(leftMs), leftMs + 3_000);
      } catch {
        await machine.sleep(PAUSE_MS);
      }
    }
  }

  private async postAt(object: number, post: Post): Promise<PostedId | typeof MOVED> {
    if (object === 0) return this.atHome((home) => home.post(post));
    try {
      return await this.atShard(object, (shard) => shard.post(post));
    } catch (error) {
      if (this.world.keeps("a post that failed is not made elsewhere")) throw error;
      return MOVED;
    }
  }

  private at<T>(object: number, serve: (log: ModelLog) => T): Promise<T> {
    return object === 0 ? this.atHome(({ log }) => serve(log)) : this.atShard(object, ({ log }) => serve(log));
  }

  /** Every answer of the home carries its view. */
  private async atHome<T>(serve: (home: ModelHome) => T | Promise<T>, timeoutMs?: number): Promise<T> {
    const { machine, deps, map, world } = this;
    const answer = async (home: ModelHome) => ({ value: await serve(home), view: home.view });
    const { value, view } = await machine.call(deps.home, answer, timeoutMs);
    map.hear(QUEUE, view, world.now);
    return value;
  }

  private atShard<T>(object: number, serve: (shard: ModelShard) => T): Promise<T> {
    const shard = this.deps.shards[object - 1];
    if (shard === undefined) {
      this.deps.oracle.fail(`object ${object} is called, which the queue does not have`);
      throw new Error(`there is no object ${object}`);
    }
    return this.machine.call(shard, serve);
  }

  private renewLater(): void {
    if (this.map.takeDue(QUEUE, this.world.now)) void this.atHome(() => null).catch(() => null);
  }
}
