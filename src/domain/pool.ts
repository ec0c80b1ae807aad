/**
 * Pools and flavors. A pool is a region that queues may be placed in, and how often it is chosen. A flavor is a set of pools that
 * users name in a queue's metadata. Upstream: zaqar/storage/pooling.py, zaqar/common/storage/select.py.
 */
import { isTruthy, toText, type JsonText, type Members } from "./json.ts";
import { JURISDICTIONS, LOCATIONS, type Region } from "./region.ts";
import { RESERVED } from "./reserved-metadata.ts";
import { SPREAD_RULES, type SpreadRule } from "./spread.ts";

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
  /** Those of its pools, which are equal. Absent from older versions. */
  readonly capabilities?: readonly Capability[];
}

/** A pool that a queue may be placed in. */
export interface Candidate {
  readonly name: string;
  readonly weight: number;
  readonly region: Region;
  /** null, or absent from older versions: by their load. */
  readonly spread?: SpreadRule | null;
}

/** Upstream's list. */
export const CAPABILITIES = ["FIFO", "CLAIMS", "DURABILITY", "AOD", "HIGH_THROUGHPUT"] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** The capabilities of the queues of a pool, which depend on the option of its URI. */
export function capabilitiesOf(spread: SpreadRule | null): readonly Capability[] {
  const missing: Capability = spread === "always" ? "FIFO" : "HIGH_THROUGHPUT";
  return CAPABILITIES.filter((capability) => capability !== missing);
}

/** Why pools with these rules cannot be a flavor with these capabilities; null: they can. Unknown capabilities are ignored. */
export function flavorDefect(rules: readonly (SpreadRule | null)[], demanded: readonly string[]): string | null {
  const [rule = null] = rules;
  if (rules.some((other) => other !== rule)) {
    return "all pools of a flavor must have the same throughput and order in their URIs";
  }
  const had = capabilitiesOf(rule);
  const missing = CAPABILITIES.find((capability) => demanded.includes(capability) && !had.includes(capability));
  if (missing === undefined) return null;
  const having = missing === "FIFO" ? "without throughput=high" : "with throughput=high";
  return `its pools do not have the capability ${missing}: only pools ${having} in their URIs have it`;
}

const POOL_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
/** Clients normalise paths that end with one of the first two. The health report has a member with the name of each pool. */
const RESERVED_NAMES = [".", "..", "catalog_reachable"];

/** Whether a pool or flavor may have the name. Ours: upstream accepts every name that fits into its column. */
export function isPoolName(text: string): boolean {
  return POOL_NAME.test(text) && !RESERVED_NAMES.includes(text);
}

/** There is at most one pool of each region and rule. */
export const POOLS_MAX = (JURISDICTIONS.length + 1) * (LOCATIONS.length + 1) * (SPREAD_RULES.length + 1);

export const POOL_WEIGHT_MAX = 2 ** 32 - 1;
/** Characters. */
export const POOL_URI_LENGTH_MAX = 255;
export const FLAVOR_LENGTH_MAX = 255;
/** Flavors of one project. */
export const FLAVORS_MAX = 100;

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
