/**
 * Posts and claims of a queue that may be spread, for a client that sees one queue. Who passes the calls on remembers the view
 * that the answers of the home carry (spread-map.ts).
 */
import { HOME_OBJECT } from "../../domain/spread.ts";
import { routeOf, type SpreadRoute, type SpreadView } from "./spread-map.ts";

/** A shard that does not take a post in its state: the home has to be asked. */
export const MOVED = "moved";

interface Viewed {
  /** What is known at present; null: nothing, or the queue is on one object. An answer of the home may change it. */
  readonly view: () => SpreadView | null;
}

export interface PostDeps<Stored> extends Viewed {
  readonly post: (object: number) => Promise<Stored | typeof MOVED>;
}

/** A post that fails is not repeated at another object: it may have been stored. */
export async function postSpread<Stored>(route: SpreadRoute, { view, post }: PostDeps<Stored>): Promise<Stored> {
  const stored = await post(routeOf(route, view()));
  if (stored !== MOVED) return stored;
  // Its answer renews the view.
  const atHome = await post(HOME_OBJECT);
  if (atHome === MOVED) throw new Error("The home of a queue refused a post.");
  return atHome;
}

export interface ClaimDeps<Claimed> extends Viewed {
  /** null: the object has no claimable message. */
  readonly claim: (object: number) => Promise<Claimed | null>;
  /** Asks the home for an object that may have a message at present; null: there is none. */
  readonly find: () => Promise<number | null>;
  /** Where to begin: at an object that was found for a claim that waited, or at a random one. */
  readonly takeStart: () => number;
  /** The object has not answered. */
  readonly noteSilent: (object: number) => void;
  /** Whether the caller waits at the home if there is nothing, so that the home need not be asked before. */
  readonly willWait: boolean;
}

/**
 * Claims at the object that was found for a claim that waited, or at a random one, and then at those that the home finds. So
 * consumers are at all objects alike, and a queue on one object gets one call.
 */
export async function claimSpread<Claimed>(deps: ClaimDeps<Claimed>): Promise<Claimed | null> {
  const { view, claim, find, takeStart, willWait } = deps;
  const claimed = view() === null ? await claim(HOME_OBJECT) : await claimOrPassOver(takeStart(), deps);
  if (claimed !== null || view() === null || willWait) return claimed;
  // An object that has restarted does not know what it has. It does once a claim has found nothing.
  for (let left = view()?.objects ?? 0; left > 0; left--) {
    const found = await find();
    if (found === null) return null;
    const later = await claim(found);
    if (later !== null) return later;
  }
  return null;
}

/** So many further objects a claim asks: the next claim begins at another. */
const BESIDE_MAX = 8;

/**
 * Claims at the objects beside one that has as many claimed messages as it may. null: none of them has a message and room. The
 * home of a queue that drains is left out, because shards have older messages.
 */
export async function claimBeside<Claimed>(
  full: number,
  deps: Pick<ClaimDeps<Claimed>, "claim" | "noteSilent" | "view">,
): Promise<Claimed | null> {
  const { objects = 0, isDraining = false } = deps.view() ?? {};
  for (let step = 1; step < objects && step <= BESIDE_MAX; step++) {
    const object = (full + step) % objects;
    if (isDraining && object === HOME_OBJECT) continue;
    const claimed = await claimOrPassOver(object, deps);
    if (claimed !== null) return claimed;
  }
  return null;
}

/** An object that does not answer is passed over, as if it had no message: what it may have claimed is free after the lease. */
async function claimOrPassOver<Claimed>(
  object: number,
  { claim, noteSilent }: Pick<ClaimDeps<Claimed>, "claim" | "noteSilent">,
): Promise<Claimed | null> {
  try {
    return await claim(object);
  } catch {
    noteSilent(object);
    return null;
  }
}
