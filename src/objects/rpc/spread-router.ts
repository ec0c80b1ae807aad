/** Calls the objects of a spread queue for a request of a client, which sees one queue. */
import { HOME_OBJECT } from "../../domain/spread.ts";
import { routeOf, type SpreadMap, type SpreadRoute, type SpreadView } from "./spread-map.ts";

/** A shard that does not take the call in its state: the home has to be asked. */
export const MOVED = "moved";

export interface SpreadRouterDeps<Request, Stored, Claimed> {
  readonly map: Pick<SpreadMap, "current" | "renew">;
  readonly post: (object: number, request: Request) => Promise<Stored | typeof MOVED>;
  /** null: the object has no claimable message. */
  readonly claim: (object: number) => Promise<Claimed | null | typeof MOVED>;
  /** Asks the home for an object that may have a message, within that time; null: there is none. */
  readonly find: (milliseconds: number) => Promise<number | null>;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** A random integer from 0 up to `end`. */
  readonly draw: (end: number) => number;
}

/** Milliseconds before a home that does not answer is asked again. */
const PAUSE_MS = 50;
/** Without an answer of the home a claim begins there. */
const UNKNOWN: SpreadView = { version: 0, objects: 1, isOpen: false };

export class SpreadRouter<Request extends SpreadRoute, Stored, Claimed> {
  private readonly deps: SpreadRouterDeps<Request, Stored, Claimed>;

  constructor(deps: SpreadRouterDeps<Request, Stored, Claimed>) {
    this.deps = deps;
  }

  /** A post that fails is not repeated at another object: it may have been stored. */
  async post(request: Request): Promise<Stored> {
    const { map, post } = this.deps;
    const stored = await post(routeOf(request, await map.current()), request);
    if (stored !== MOVED) return stored;
    this.renewLater();
    const atHome = await post(HOME_OBJECT, request);
    if (atHome === MOVED) throw new Error("The home of a queue refused a post.");
    return atHome;
  }

  /** Claims at an object that is drawn at random, then at those that the home finds, until the time is over. */
  async claim(milliseconds: number): Promise<Claimed | null> {
    const { map, now, draw } = this.deps;
    const end = now() + milliseconds;
    const { objects } = await map.current().catch(() => UNKNOWN);
    let object = draw(objects);
    for (let isLast = false; ; isLast = now() >= end) {
      const claimed = await this.tryClaim(object);
      if (claimed !== null || isLast) return claimed;
      const found = await this.findBefore(end);
      if (found === null) return null;
      object = found;
    }
  }

  /** An object that may have a message; null: there is none. A home that does not answer is asked again. */
  private async findBefore(end: number): Promise<number | null> {
    const { find, now, sleep } = this.deps;
    for (;;) {
      try {
        return await find(Math.max(0, end - now()));
      } catch {
        if (now() >= end) return null;
        await sleep(PAUSE_MS);
      }
    }
  }

  /** An object that does not answer is passed over: others may have messages. */
  private async tryClaim(object: number): Promise<Claimed | null> {
    try {
      const claimed = await this.deps.claim(object);
      if (claimed !== MOVED) return claimed;
      this.renewLater();
    } catch {
      // As if it had no message. What it may have claimed is free again when the lease ends.
    }
    return null;
  }

  /** The next request may still use the old view. */
  private renewLater(): void {
    void this.deps.map.renew().catch(() => null);
  }
}
