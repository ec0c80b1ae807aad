/**
 * A Worker's cache for placements: the regions of queues outside of the home region, and the pools to choose from. Old entries do
 * no harm: the object in a wrong region answers "not here", and a pool that was removed keeps its queues.
 */
import type { Candidate } from "../../domain/pool.ts";
import type { Region } from "../../domain/region.ts";
import { setBounded } from "../../mechanisms/bounded-map.ts";

/** The number of queues whose regions are cached, and of flavors whose pools are cached. */
const CAPACITY = 10_000;
/** Milliseconds for which pools are cached, as in upstream. */
const CANDIDATES_MS = 10_000;

export class PlacementCache {
  /** By the names of the objects in the home region. */
  private readonly regions = new Map<string, Region>();
  private readonly candidates = new Map<string, { readonly at: number; readonly pools: readonly Candidate[] }>();

  regionOf(name: string): Region | null {
    return this.regions.get(name) ?? null;
  }

  /** Caches the region; null: removes it. */
  setRegion(name: string, region: Region | null): void {
    if (region === null) this.regions.delete(name);
    else setBounded(this.regions, name, region, CAPACITY);
  }

  /** The cached pools, or those that `ask` returns. What `ask` throws is not cached. */
  async candidatesOf(key: string, ask: () => Promise<readonly Candidate[]>): Promise<readonly Candidate[]> {
    const known = this.candidates.get(key);
    if (known !== undefined && Math.abs(Date.now() - known.at) < CANDIDATES_MS) return known.pools;
    const pools = await ask();
    // Without a pool to choose, nothing is cached, because one may be added soon.
    if (pools.some(({ weight }) => weight > 0)) setBounded(this.candidates, key, { at: Date.now(), pools }, CAPACITY);
    return pools;
  }
}
