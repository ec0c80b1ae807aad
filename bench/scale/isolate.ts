/** An isolate of the Worker: the service's own router, and the calls that it makes. */
import { HOME_OBJECT } from "../../src/domain/spread.ts";
import { SpreadMap, type SpreadView } from "../../src/objects/rpc/spread-map.ts";
import { claimSpread, type MOVED, postSpread } from "../../src/objects/rpc/spread-router.ts";
import type { Random } from "../../test/crash/random.ts";
import type { Figures } from "./figures.ts";
import type { SimulatedHome } from "./home.ts";
import { CLAIM_LIMIT, VIEW_MS } from "./settings.ts";
import type { SimulatedShard } from "./shard.ts";
import type { Timeline } from "./timeline.ts";
import type { SimulatedMessage } from "./waiting-log.ts";

export interface IsolateDeps {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly home: SimulatedHome;
  readonly shards: readonly SimulatedShard[];
  readonly figures: Figures;
}

export interface SimulatedClaim {
  readonly object: number;
  readonly messages: readonly SimulatedMessage[];
}

const QUEUE = "queue";

export class Isolate {
  private readonly deps: IsolateDeps;
  private readonly map = new SpreadMap({ still: VIEW_MS, moving: VIEW_MS });

  constructor(deps: IsolateDeps) {
    this.deps = deps;
  }

  post(client: string, message: SimulatedMessage): Promise<null> {
    this.renewLater();
    const post = (object: number): Promise<null | typeof MOVED> => this.postAt(object, message);
    return postSpread({ client, needsHome: false }, { view: this.view, post });
  }

  /** As the operation of the service that claims and waits. */
  async claim(milliseconds: number): Promise<SimulatedClaim | null> {
    const { timeline } = this.deps;
    const end = timeline.now + milliseconds;
    for (;;) {
      const left = end - timeline.now;
      const claimed = await this.claimNow(left > 0);
      if (claimed !== null || left <= 0) return claimed;
      const found = await this.find(left);
      if (found === null) return null;
      this.map.noteReady(QUEUE, found);
    }
  }

  async delete({ object, messages }: SimulatedClaim): Promise<void> {
    const { server, log } = this.objectOf(object);
    await server.call("write", () => log.delete(messages.length));
  }

  private readonly view = (): SpreadView | null => this.map.viewOf(QUEUE);

  private claimNow(willWait: boolean): Promise<SimulatedClaim | null> {
    const { timeline, random } = this.deps;
    this.renewLater();
    return claimSpread({
      view: this.view,
      claim: (object) => this.claimAt(object),
      find: () => this.find(0),
      takeStart: () => this.map.takeStart(QUEUE, timeline.now, (end) => random.between(0, end - 1)),
      noteSilent: (object) => this.map.noteSilent(QUEUE, object, timeline.now),
      willWait,
    });
  }

  private find(milliseconds: number): Promise<number | null> {
    const { figures, home } = this.deps;
    figures.finds += 1;
    return this.atHome("read", () => home.find(milliseconds));
  }

  private async postAt(object: number, message: SimulatedMessage): Promise<null | typeof MOVED> {
    const { home } = this.deps;
    if (object !== HOME_OBJECT) {
      const shard = this.shard(object);
      return await shard.server.call("write", () => shard.post(message));
    }
    await this.atHome("write", () => home.log.append(message));
    return null;
  }

  /** Every answer of the home carries its view. */
  private async atHome<T>(cost: "read" | "write", work: () => T | Promise<T>): Promise<T> {
    const { home, timeline } = this.deps;
    const value = await home.server.call(cost, work);
    this.map.hear(QUEUE, home.phases.view, timeline.now);
    return value;
  }

  private renewLater(): void {
    if (this.map.takeDue(QUEUE, this.deps.timeline.now)) void this.atHome("read", () => null);
  }

  /** A claim that finds nothing writes nothing. Whether it does is judged when it is sent. */
  private async claimAt(object: number): Promise<SimulatedClaim | null> {
    const { server, log } = this.objectOf(object);
    this.deps.figures.claimCalls += 1;
    const messages = await server.call(log.free > 0 ? "write" : "read", () => log.claim(CLAIM_LIMIT));
    if (object === HOME_OBJECT) this.map.hear(QUEUE, this.deps.home.phases.view, this.deps.timeline.now);
    return messages === null ? null : { object, messages };
  }

  private objectOf(object: number): Pick<SimulatedShard, "server" | "log"> {
    return object === HOME_OBJECT ? this.deps.home : this.shard(object);
  }

  private shard(object: number): SimulatedShard {
    const shard = this.deps.shards[object - 1];
    if (shard === undefined) throw new Error(`there is no object ${object}`);
    return shard;
  }
}
