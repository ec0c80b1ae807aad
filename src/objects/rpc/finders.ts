/** Where a caller finds queues and topics: without pools all are in the home region, with pools each has one (ADR 14). */
import type { Config } from "../../config/config.ts";
import type { ProjectId, SubscriptionId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import type { Placement } from "../../domain/placement.ts";
import type { Candidate } from "../../domain/pool.ts";
import { HOME, type Region } from "../../domain/region.ts";
import type { DeliveryRpc } from "./delivery.ts";
import type { DirectStubs, OwnedPlace } from "./direct-stubs.ts";
import { HomeObject } from "./home-object.ts";
import { locatedDelivery, Locator, type LocatorDeps } from "./located.ts";
import { placeObjectName } from "./names.ts";
import { plainStub, type HomeCalls } from "./place-calls.ts";
import { candidatesFor, choosePlacement, type ChoiceDeps } from "./placement-choice.ts";
import type { QueueRpc } from "./queue.ts";
import { WakeGate } from "./wake-gate.ts";

/** A caller whose calls pass no wake gate: an object, or the readiness check. */
export interface UngatedCaller {
  readonly config: Pick<Config, "jurisdiction" | "pooling">;
  /** Its region, which is also the region of its DeliveryObjects. By default the home region. */
  readonly region?: Region;
  /** The placement of queues that its calls create. */
  readonly placement?: () => Promise<Placement>;
}

/** Reads and changes the placement of a queue or topic that exists. */
export interface PlacementAccess {
  /** Its placement by the project; null: it has none. */
  placement(): Promise<Placement | null>;
  /** The pools of a flavor, or those without one (null). Throws the Refusal `flavor-unknown`. */
  candidates(flavor: string | null): Promise<readonly Candidate[]>;
  /** Records another pool of the same region. */
  assign(placement: Placement): Promise<void>;
}

export interface Finder {
  /** The calls of a request of a client. */
  home(target: OwnedPlace): HomeCalls;
  /** A stub for other callers. */
  stub(target: OwnedPlace): QueueRpc;
  /** null: pools are not in use. */
  placementAccess(owner: ProjectId, place: Place): PlacementAccess | null;
  delivery(target: OwnedPlace, subscription: SubscriptionId): DeliveryRpc;
}

export function finderOf(stubs: DirectStubs, caller: WakeGate | UngatedCaller): Finder {
  const { pooling } = caller.config;
  if (caller instanceof WakeGate) return pooling ? new LocatingFinder(stubs, caller) : new HomeFinder(stubs, HOME);
  return pooling ? new ObjectFinder(stubs, caller) : new HomeFinder(stubs, caller.region ?? HOME);
}

class HomeFinder implements Finder {
  protected readonly stubs: DirectStubs;
  private readonly region: Region;

  constructor(stubs: DirectStubs, region: Region) {
    this.stubs = stubs;
    this.region = region;
  }

  home(target: OwnedPlace): HomeCalls {
    return new HomeObject(this.stubs, target);
  }

  stub(target: OwnedPlace): QueueRpc {
    return this.stubs.place(HOME, target);
  }

  placementAccess(): PlacementAccess | null {
    return null;
  }

  delivery(target: OwnedPlace, subscription: SubscriptionId): DeliveryRpc {
    return this.stubs.delivery(this.region, target, subscription);
  }
}

/** An object finds other queues, but knows where its own deliveries are. */
class ObjectFinder extends HomeFinder {
  private readonly choose: () => Promise<Placement>;

  constructor(stubs: DirectStubs, { region = HOME, placement = async () => ({ region, pool: null }) }: UngatedCaller) {
    super(stubs, region);
    this.choose = placement;
  }

  override home(target: OwnedPlace): Locator {
    const { stubs, choose } = this;
    return locatorOf(stubs, target, { choose, cachedRegion: () => null, cacheRegion: () => {} });
  }

  override stub(target: OwnedPlace): QueueRpc {
    return plainStub(this.home(target));
  }
}

class LocatingFinder implements Finder {
  private readonly stubs: DirectStubs;
  private readonly choice: ChoiceDeps;

  constructor(stubs: DirectStubs, { config, placements }: WakeGate) {
    this.stubs = stubs;
    this.choice = { config, cache: placements, pools: () => stubs.pools() };
  }

  home(target: OwnedPlace): Locator {
    const { stubs, choice } = this;
    const { owner, place } = target;
    const name = `${place.kind}/${placeObjectName(owner, place, HOME)}`;
    return locatorOf(stubs, target, {
      choose: (flavor) => choosePlacement({ project: owner, flavor }, choice),
      cachedRegion: () => choice.cache.regionOf(name),
      cacheRegion: (region) => choice.cache.setRegion(name, region),
    });
  }

  stub(target: OwnedPlace): QueueRpc {
    return plainStub(this.home(target));
  }

  placementAccess(owner: ProjectId, place: Place): PlacementAccess {
    const { stubs, choice } = this;
    return {
      placement: () => stubs.project(owner).placement({ place }),
      candidates: (flavor) => candidatesFor({ project: owner, flavor }, choice),
      assign: (chosen) => stubs.project(owner).assign({ place, ...chosen }),
    };
  }

  delivery(target: OwnedPlace, subscription: SubscriptionId): DeliveryRpc {
    return locatedDelivery(this.home(target), (region) => this.stubs.delivery(region, target, subscription));
  }
}

function locatorOf(
  stubs: DirectStubs,
  target: OwnedPlace,
  rest: Pick<LocatorDeps, "choose" | "cachedRegion" | "cacheRegion">,
): Locator {
  const { owner, place } = target;
  return new Locator({
    objectIn: (region) => stubs.place(region, target),
    placement: () => stubs.project(owner).placement({ place }),
    ...rest,
  });
}
