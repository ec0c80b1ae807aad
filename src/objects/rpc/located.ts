/**
 * Calls to queues and topics where pools are in use, so that an object may be in any region (ADR 14). The object in the home
 * region is called first. If the queue is not there, its project returns its region. A Worker caches the regions of queues that
 * are elsewhere. A cached region is only a hint, because an object without the queue answers "not here".
 */
import { EMPTY_OBJECT, membersOf, type JsonText } from "../../domain/json.ts";
import type { Placement } from "../../domain/placement.ts";
import { flavorIn } from "../../domain/pool.ts";
import { HOME, type Region } from "../../domain/region.ts";
import type { DeliveryRpc } from "./delivery.ts";
import type { FoundAnswer, HomeCalls, Wish } from "./place-calls.ts";
import type { ConditionalAnswer, ConditionalCall, QueueMethod, QueueRpc, WaitRequest } from "./queue.ts";

export const NOT_HERE: ConditionalAnswer = { isHere: false };

export interface LocatorDeps {
  /** The object of the queue or topic in a region. */
  readonly objectIn: (region: Region) => Pick<QueueRpc, "callIfHere">;
  /** Its placement by the project; null: it does not exist. */
  readonly placement: () => Promise<Placement | null>;
  /** Chooses a placement for a new one. `flavor`: the one in its metadata; null: none. */
  readonly choose: (flavor: string | null) => Promise<Placement>;
  /** The cached region; null: none. */
  readonly cachedRegion: () => Region | null;
  /** Caches the region; null: removes it. */
  readonly cacheRegion: (region: Region | null) => void;
}

/** Methods that create a missing queue. */
export const CREATING: ReadonlySet<QueueMethod> = new Set(["create", "post", "subscribe", "adopt"] as const);

/** Seconds for which a request waits for a missing queue before it checks whether the queue has been created elsewhere. */
const ABSENT_WAIT = 2;

/** The number of times that a queue may change its region while one call looks for it. */
const ATTEMPTS = 8;

export class Locator implements HomeCalls {
  private readonly deps: LocatorDeps;

  constructor(deps: LocatorDeps) {
    this.deps = deps;
  }

  /** Its answers tell the view in any case. */
  async call(method: QueueMethod, request: unknown, { withFigures }: Pick<Wish, "withFigures">): Promise<FoundAnswer> {
    const { objectIn, cachedRegion, cacheRegion } = this.deps;
    const asked: ConditionalCall = withFigures ? { method, request, withFigures } : { method, request };
    const known = cachedRegion();
    if (known !== null) {
      const found = await objectIn(known).callIfHere(asked);
      if (found.isHere) return found;
      cacheRegion(null);
    }
    const found = await objectIn(HOME).callIfHere(asked);
    return found.isHere ? found : this.callSettled(asked);
  }

  /** The region where a call has found the queue. */
  get called(): Region {
    return this.deps.cachedRegion() ?? HOME;
  }

  /** The region of the queue; the home region if it does not exist. */
  async region(): Promise<Region> {
    return this.deps.cachedRegion() ?? (await this.deps.placement())?.region ?? HOME;
  }

  /** Calls the method in the region that the project returns for the queue, or that is chosen for a new one. */
  private async callSettled(call: ConditionalCall): Promise<FoundAnswer> {
    const { method, request } = call;
    const { objectIn, placement, choose, cacheRegion } = this.deps;
    const isCreating = CREATING.has(method);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const present = await placement();
      if (present === null && method === "awaitMessages") return this.awaitCreation(request as WaitRequest);
      const { region, pool, spread = null } = present ?? (isCreating ? await choose(flavorOf(request)) : MISSING);
      const asked = isCreating ? { ...(request as object), pool, spread } : request;
      const found = await objectIn(region).callIfHere({ ...call, request: asked, isSettled: true });
      if (!found.isHere) continue;
      if (region !== HOME) cacheRegion(region);
      return found;
    }
    throw new Error("The queue changed its region again and again while it was looked for.");
  }

  /**
   * Waits for a queue that does not exist, in the home region. The queue may be created in another region, so the wait is short,
   * and then the caller looks for the queue again.
   */
  private async awaitCreation(request: WaitRequest): Promise<FoundAnswer> {
    const seconds = Math.min(request.seconds, ABSENT_WAIT);
    const asked = { method: "awaitMessages", request: { ...request, seconds }, isSettled: true } as const;
    const found = await this.deps.objectIn(HOME).callIfHere(asked);
    const isOver = found.isHere && found.value === "over" && seconds < request.seconds;
    return !found.isHere || isOver ? { value: "ready" } : found;
  }
}

/** For a queue that does not exist: the object in the home region answers as for every missing queue. */
const MISSING: Placement = { region: HOME, pool: null };

/** The flavor of a new queue. Only `create` carries metadata. */
function flavorOf(request: unknown): string | null {
  const { metadata = EMPTY_OBJECT } = request as { readonly metadata?: JsonText };
  return flavorIn(membersOf(metadata));
}

/** A stub of a DeliveryObject, which is in the region of its queue or topic. */
export function locatedDelivery(locator: Locator, deliveryIn: (region: Region) => DeliveryRpc): DeliveryRpc {
  type Call = (request: unknown) => unknown;
  const get = (_: object, method: string | symbol) => async (request: unknown) =>
    (deliveryIn(await locator.region())[method as keyof DeliveryRpc] as Call)(request);
  return new Proxy<DeliveryRpc>({} as DeliveryRpc, { get });
}
