/**
 * Pools and flavors. A pool is a region that queues may be placed in, and how often it is chosen. A flavor is a set of pools that
 * users name in a queue's metadata. Upstream: zaqar/storage/pooling.py, zaqar/common/storage/select.py.
 */
import { isTruthy, toText, type JsonText, type Members } from "./json.ts";
import { JURISDICTIONS, LOCATIONS, toRegion, type Jurisdiction, type Region } from "./region.ts";
import { excerpt } from "./excerpt.ts";
import { RESERVED } from "./reserved-metadata.ts";

export interface Pool {
  readonly name: string;
  readonly uri: string;
  /** The relative frequency with which it is chosen; 0: never. */
  readonly weight: number;
  /** The flavor that it belongs to; null: none. Queues without a flavor are placed in pools without one. */
  readonly flavor: string | null;
  /** An object that is stored and returned; no member has a meaning. */
  readonly options: JsonText;
}

/** A new pool, or the members of one that change. */
export type PoolChanges = Partial<Omit<Pool, "name">>;

export interface Flavor {
  readonly name: string;
  /** The names of its pools. */
  readonly pools: readonly string[];
}

/** A pool that a queue may be placed in. */
export interface Candidate {
  readonly name: string;
  readonly weight: number;
  readonly region: Region;
}

/** Upstream's list. HIGH_THROUGHPUT would spread queues over several objects from their creation on, which no pool does yet. */
export const CAPABILITIES = ["FIFO", "CLAIMS", "DURABILITY", "AOD", "HIGH_THROUGHPUT"] as const;
export type Capability = (typeof CAPABILITIES)[number];

/**
 * The capabilities of queues in a pool. They depend on the options in the pool's URI. No option changes them yet: `parsePoolUri`
 * refuses `throughput`, the one that will. So all pools of a flavor have the same capabilities.
 */
export const POOL_CAPABILITIES: readonly Capability[] = ["FIFO", "CLAIMS", "DURABILITY", "AOD"];

const POOL_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
/** Clients normalise paths that end with one of the first two. The health report has a member with the name of each pool. */
const RESERVED_NAMES = [".", "..", "catalog_reachable"];

/** Whether a pool or flavor may have the name. Ours: upstream accepts every name that fits into its column. */
export function isPoolName(text: string): boolean {
  return POOL_NAME.test(text) && !RESERVED_NAMES.includes(text);
}

/** There cannot be more pools than regions. */
export const POOLS_MAX = (JURISDICTIONS.length + 1) * (LOCATIONS.length + 1);

export const POOL_WEIGHT_MAX = 2 ** 32 - 1;
/** Characters. */
export const POOL_URI_LENGTH_MAX = 255;
export const FLAVOR_LENGTH_MAX = 255;
/** Flavors of one project. */
export const FLAVORS_MAX = 100;

/** The region in a pool's URI, or a sentence about the defect of the URI. */
export type PoolTarget = { readonly region: Region } | { readonly reason: string };

const SCHEME = "durable-object://";
const FORM = `write ${SCHEME}, or ${SCHEME} with a location hint and options, such as ${SCHEME}weur?jurisdiction=eu`;

/**
 * Reads `durable-object://[location-hint][?jurisdiction=…]`. `bound`: the jurisdiction of the whole service; a pool may name it,
 * but no other.
 */
export function parsePoolUri(uri: string, bound: Jurisdiction | null): PoolTarget {
  if (!uri.toLowerCase().startsWith(SCHEME)) {
    return { reason: `the pools of this service are Durable Objects: ${FORM}` };
  }
  const [hint = "", query = "", ...rest] = uri.slice(SCHEME.length).split("?");
  const location = hint === "" ? null : LOCATIONS.find((known) => known === hint.toLowerCase());
  if (location === undefined) {
    return { reason: `"${excerpt(hint)}" is no location hint of Cloudflare; they are ${LOCATIONS.join(", ")}` };
  }
  if (rest.length > 0) return { reason: `it has two question marks: ${FORM}` };
  const options = readOptions(query);
  if ("reason" in options) return options;
  const { jurisdiction } = options;
  if (bound !== null && jurisdiction !== null && jurisdiction !== bound) {
    return { reason: `the whole service is in the jurisdiction ${bound}, and no pool can be in another` };
  }
  // The jurisdiction of the service is that of every region, so none names it.
  return { region: toRegion({ jurisdiction: jurisdiction === bound ? null : jurisdiction, location }) };
}

function readOptions(query: string): { readonly jurisdiction: Jurisdiction | null } | { readonly reason: string } {
  let jurisdiction: Jurisdiction | null = null;
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === "throughput") {
      return {
        reason:
          "no pool has the capability HIGH_THROUGHPUT: queues are spread by load in every pool; leave throughput out",
      };
    }
    if (name !== "jurisdiction") return { reason: `"${excerpt(name)}" is no option of a pool; jurisdiction is one` };
    const known = JURISDICTIONS.find((each) => each === value);
    if (known === undefined) {
      const names = JURISDICTIONS.join(", ");
      return { reason: `"${excerpt(value)}" is no jurisdiction of Cloudflare; they are ${names}` };
    }
    if (jurisdiction !== null) return { reason: "it names two jurisdictions" };
    jurisdiction = known;
  }
  return { jurisdiction };
}

/** The flavor that a queue's metadata names; null: none. As in upstream, a falsy value names none. */
export function flavorIn(metadata: Members): string | null {
  const value = metadata.get(RESERVED.flavor.key);
  return value === undefined || !isTruthy(value) ? null : toText(value);
}

/** Whether a value of `_flavor` names a flavor, or none. */
export function isFlavorNamed(value: JsonText | undefined): boolean {
  return value === undefined || !isTruthy(value) || toText(value) !== null;
}

/** Chooses by weight; null: no item has any. `fraction`: random, from 0 up to 1. */
export function chooseByWeight<T extends { readonly weight: number }>(items: readonly T[], fraction: number): T | null {
  let left = fraction * items.reduce((sum, { weight }) => sum + weight, 0);
  let chosen: T | null = null;
  for (const item of items) {
    if (item.weight === 0) continue;
    chosen = item;
    left -= item.weight;
    if (left < 0) break;
  }
  return chosen;
}
