/** An isolate of the Worker: the service's own router, and the calls that it makes. */
import { HOME_OBJECT } from "../../src/domain/spread.ts";
import { SpreadMap, type SpreadRoute } from "../../src/objects/rpc/spread-map.ts";
import { type MOVED, SpreadRouter } from "../../src/objects/rpc/spread-router.ts";
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

interface SimulatedPost extends SpreadRoute {
  readonly message: SimulatedMessage;
}

export interface SimulatedClaim {
  readonly object: number;
  readonly messages: readonly SimulatedMessage[];
}

export class Isolate {
  private readonly deps: IsolateDeps;
  private readonly router: SpreadRouter<SimulatedPost, null, SimulatedClaim>;

  constructor(deps: IsolateDeps) {
    const { timeline, random, home, figures } = deps;
    this.deps = deps;
    const now = (): number => timeline.now;
    const ask = () => home.server.call("read", () => home.view);
    this.router = new SpreadRouter({
      map: new SpreadMap({ ask, now, lifetime: VIEW_MS }),
      post: (object, post) => this.postAt(object, post),
      claim: (object) => this.claimAt(object),
      find: (milliseconds) => {
        figures.finds += 1;
        return home.server.call("read", () => home.find(milliseconds));
      },
      now,
      sleep: (milliseconds) => timeline.sleep(milliseconds),
      draw: (end) => random.between(0, end - 1),
    });
  }

  post(client: string, message: SimulatedMessage): Promise<null> {
    return this.router.post({ client, isKeyed: false, message });
  }

  claim(milliseconds: number): Promise<SimulatedClaim | null> {
    return this.router.claim(milliseconds);
  }

  async delete({ object, messages }: SimulatedClaim): Promise<void> {
    const { server, log } = this.objectOf(object);
    await server.call("write", () => log.delete(messages.length));
  }

  private async postAt(object: number, { message }: SimulatedPost): Promise<null | typeof MOVED> {
    const { home } = this.deps;
    if (object !== HOME_OBJECT) {
      const shard = this.shard(object);
      return await shard.server.call("write", () => shard.post(message));
    }
    await home.server.call("write", () => home.log.append(message));
    return null;
  }

  /** A claim that finds nothing writes nothing. Whether it does is judged when it is sent. */
  private async claimAt(object: number): Promise<SimulatedClaim | null> {
    const { server, log } = this.objectOf(object);
    this.deps.figures.claimCalls += 1;
    const messages = await server.call(log.free > 0 ? "write" : "read", () => log.claim(CLAIM_LIMIT));
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
