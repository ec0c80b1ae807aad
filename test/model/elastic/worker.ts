/** An isolate of the Worker: the service's own router, and the calls that it makes. */
import { SpreadMap } from "../../../src/objects/rpc/spread-map.ts";
import type { SpreadListRequest, SpreadPage } from "../../../src/objects/queue/spread-list.ts";
import { MOVED, SpreadRouter } from "../../../src/objects/rpc/spread-router.ts";
import type { HomeMachine } from "./home.ts";
import type { Claimed, Post, PostedId, StoredMessage } from "./log.ts";
import { Machine } from "./machine.ts";
import type { ShardMachine } from "./shard.ts";
import type { World } from "./world.ts";

/** Shorter than in the service, so that views grow old within a run. */
const VIEW_MS = 4_000;
/** Milliseconds that a list or a deletion may take, because the home asks its shards. */
const FAN_OUT_MS = 6_000;

export interface ClaimWish {
  readonly limit: number;
  readonly leaseMs: number;
  readonly waitMs: number;
}

type RoutedPost = Post & { readonly isKeyed: boolean };

export interface ModelWorkerDeps {
  readonly home: HomeMachine;
  readonly shards: readonly ShardMachine[];
}

export class ModelWorker {
  private readonly machine: Machine<null>;
  private readonly deps: ModelWorkerDeps;
  private readonly map: SpreadMap;

  constructor(world: World, name: string, deps: ModelWorkerDeps) {
    this.machine = new Machine<null>(world, name, { start: () => null });
    this.deps = deps;
    this.map = new SpreadMap({
      ask: () => this.machine.call(deps.home, (home) => home.view()),
      now: () => world.now,
      lifetime: VIEW_MS,
    });
  }

  post(post: Post): Promise<PostedId> {
    const isKeyed = post.key !== null && this.machine.world.keeps("keys have one place");
    return this.router({ limit: 1, leaseMs: 0, waitMs: 0 }).post({ ...post, isKeyed });
  }

  claim(wish: ClaimWish): Promise<Claimed | null> {
    return this.router(wish).claim(wish.waitMs);
  }

  list(request: SpreadListRequest): Promise<SpreadPage<StoredMessage>> {
    return this.machine.call(this.deps.home, (home) => home.list(request), FAN_OUT_MS);
  }

  /** Whether the claim held the message. */
  delete(id: string, { object, claim }: Claimed): Promise<boolean> {
    return object === 0
      ? this.machine.call(this.deps.home, (home) => home.delete(id, claim))
      : this.machine.call(this.shard(object), (shard) => shard.delete(id, claim));
  }

  remove(): Promise<void> {
    return this.machine.call(this.deps.home, (home) => home.remove(), FAN_OUT_MS);
  }

  private router({ limit, leaseMs }: ClaimWish): SpreadRouter<RoutedPost, PostedId, Claimed> {
    const { machine, deps, map } = this;
    const { world } = machine;
    const claim = (object: number): Promise<Claimed | null | typeof MOVED> =>
      object === 0
        ? machine.call(deps.home, (home) => home.claim(limit, leaseMs))
        : machine.call(this.shard(object), (shard) => shard.claim(limit, leaseMs));
    return new SpreadRouter({
      map,
      claim,
      post: (object, post) => this.postAt(object, post),
      find: (milliseconds) => machine.call(deps.home, (home) => home.find(milliseconds), milliseconds + 3_000),
      now: () => world.now,
      sleep: (milliseconds) => machine.sleep(milliseconds),
      draw: (end) => world.random.between(0, end - 1),
    });
  }

  private async postAt(object: number, post: Post): Promise<PostedId | typeof MOVED> {
    const { machine, deps } = this;
    if (object === 0) return machine.call(deps.home, (home) => home.post(post));
    try {
      return await machine.call(this.shard(object), (shard) => shard.post(post));
    } catch (error) {
      if (machine.world.keeps("a post that failed is not made elsewhere")) throw error;
      return MOVED;
    }
  }

  private shard(object: number): ShardMachine {
    const shard = this.deps.shards[object - 1];
    if (shard === undefined) throw new Error(`there is no object ${object}`);
    return shard;
  }
}
