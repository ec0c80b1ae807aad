/**
 * Calls to queues and topics where pools are in use, so that an object may be in any region (ADR 14). The object in the home
 * region is asked first. If the queue is not there, its project says where it is. A Worker remembers the regions of queues
 * that are elsewhere; what it remembers is only a hint, because an object without a queue answers that it has none.
 */
import { EMPTY_OBJECT, membersOf, type JsonText } from "../../domain/json.ts";
import type { Placement } from "../../domain/placement.ts";
import { flavorIn } from "../../domain/pool.ts";
import { HOME, type Region } from "../../domain/region.ts";
import type { DeliveryRpc } from "./delivery.ts";
import type { Found, QueueMethod, QueueRpc, WaitRequest } from "./queue.ts";

export const NOT_HERE: Found = { isHere: false };

export interface LocatorDeps {
  /** The object of the queue or topic in a region. */
  readonly at: (region: Region) => Pick<QueueRpc, "callIfHere">;
  /** Where the project has it; null: nowhere. */
  readonly placement: () => Promise<Placement | null>;
  /** Chooses a place for a new one. `flavor`: what its metadata names; null: none. */
  readonly choose: (flavor: string | null) => Promise<Placement>;
  /** The region that is remembered; null: none. */
  readonly recall: () => Region | null;
  /** `region` null: forget it. */
  readonly remember: (region: Region | null) => void;
}

/** Methods that create a missing queue. */
const CREATING: ReadonlySet<QueueMethod> = new Set(["create", "post", "subscribe", "adopt"] as const);

/** Seconds that a request waits for a missing queue before it looks whether the queue has been created elsewhere. */
const ABSENT_WAIT = 2;

/** How often the place of one queue may change while one call looks for it. */
const ATTEMPTS = 3;

export class Locator {
  private readonly deps: LocatorDeps;

  constructor(deps: LocatorDeps) {
    this.deps = deps;
  }

  async call(method: QueueMethod, request: unknown): Promise<unknown> {
    const { at, recall, remember } = this.deps;
    const known = recall();
    if (known !== null) {
      const found = await at(known).callIfHere({ method, request });
      if (found.isHere) return found.value;
      remember(null);
    }
    const found = await at(HOME).callIfHere({ method, request });
    return found.isHere ? found.value : this.settle(method, request);
  }

  /** Where the queue is; the home region if it is nowhere. */
  async region(): Promise<Region> {
    return this.deps.recall() ?? (await this.deps.placement())?.region ?? HOME;
  }

  /** Calls the method where the project says that the queue is, or where a new one shall be. */
  private async settle(method: QueueMethod, request: unknown): Promise<unknown> {
    const { at, placement, choose, remember } = this.deps;
    const isCreating = CREATING.has(method);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const present = await placement();
      if (present === null && method === "awaitMessages") return this.awaitCreation(request as WaitRequest);
      const { region, pool } = present ?? (isCreating ? await choose(flavorOf(request)) : NOWHERE);
      const asked = isCreating ? { ...(request as object), pool } : request;
      const found = await at(region).callIfHere({ method, request: asked, isSettled: true });
      if (!found.isHere) continue;
      if (region !== HOME) remember(region);
      return found.value;
    }
    throw new Error("The queue has changed its place too often while it was looked for.");
  }

  /**
   * Waits for a queue that is nowhere. It waits in the home region, but the queue may be created in another, so it waits for a
   * short time, and then has the caller look again.
   */
  private async awaitCreation(request: WaitRequest): Promise<unknown> {
    const seconds = Math.min(request.seconds, ABSENT_WAIT);
    const asked = { method: "awaitMessages", request: { ...request, seconds }, isSettled: true } as const;
    const found = await this.deps.at(HOME).callIfHere(asked);
    const isOver = found.isHere && found.value === "over" && seconds < request.seconds;
    return !found.isHere || isOver ? "ready" : found.value;
  }
}

/** A queue that is nowhere: the object in the home region answers as for every missing queue. */
const NOWHERE: Placement = { region: HOME, pool: null };

/** The flavor of a new queue. Only `create` carries metadata. */
function flavorOf(request: unknown): string | null {
  const { metadata = EMPTY_OBJECT } = request as { readonly metadata?: JsonText };
  return flavorIn(membersOf(metadata));
}

/** A stub of a queue or topic, wherever it is. */
export function locatedPlace(locator: Locator): QueueRpc {
  const get = (_: object, method: string | symbol) => (request: unknown) =>
    locator.call(method as QueueMethod, request);
  return new Proxy<QueueRpc>({} as QueueRpc, { get });
}

/** A stub of a DeliveryObject, which is where its queue or topic is. */
export function locatedDelivery(locator: Locator, at: (region: Region) => DeliveryRpc): DeliveryRpc {
  type Call = (request: unknown) => unknown;
  const get = (_: object, method: string | symbol) => async (request: unknown) =>
    (at(await locator.region())[method as keyof DeliveryRpc] as Call)(request);
  return new Proxy<DeliveryRpc>({} as DeliveryRpc, { get });
}
