/**
 * What a Worker remembers of placements: the regions of queues that are not in the home region, and the pools to choose among.
 * Neither is relied on: a wrong region is answered "not here", and a pool that has been removed keeps the queues it has.
 */
import type { Candidate } from "../../domain/pool.ts";
import type { Region } from "../../domain/region.ts";

/** Queues whose regions are remembered, and flavors whose pools are. */
const CAPACITY = 10_000;
/** Milliseconds for which pools are remembered, as long as upstream remembers them. */
const CANDIDATES_MS = 10_000;

export class PlacementCache {
  /** By the names of the objects in the home region. */
  private readonly regions = new Map<string, Region>();
  private readonly candidates = new Map<string, { readonly at: number; readonly pools: readonly Candidate[] }>();

  regionOf(name: string): Region | null {
    return this.regions.get(name) ?? null;
  }

  /** `region` null: forget it. */
  setRegion(name: string, region: Region | null): void {
    if (region === null) this.regions.delete(name);
    else keep(this.regions, name, region);
  }

  /** The pools, asked for anew when what is remembered is too old. What `ask` throws is not remembered. */
  async candidatesOf(key: string, ask: () => Promise<readonly Candidate[]>): Promise<readonly Candidate[]> {
    const known = this.candidates.get(key);
    if (known !== undefined && Math.abs(Date.now() - known.at) < CANDIDATES_MS) return known.pools;
    const pools = await ask();
    // Where there is none to choose, there may be one soon.
    if (pools.some(({ weight }) => weight > 0)) keep(this.candidates, key, { at: Date.now(), pools });
    return pools;
  }
}

function keep<T>(entries: Map<string, T>, key: string, value: T): void {
  entries.delete(key);
  entries.set(key, value);
  for (const oldest of entries.keys()) {
    if (entries.size <= CAPACITY) break;
    entries.delete(oldest);
  }
}
