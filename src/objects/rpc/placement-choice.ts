/** The choice of a placement for a new queue or topic, among the pools of its flavor, or without one those without a flavor. */
import type { Config } from "../../config/config.ts";
import type { ProjectId } from "../../domain/id.ts";
import type { Placement } from "../../domain/placement.ts";
import { chooseByWeight, type Candidate } from "../../domain/pool.ts";
import { randomFraction } from "../../domain/random.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import { HOME } from "../../domain/region.ts";
import type { PlacementCache } from "./placement-cache.ts";
import type { PoolsRpc } from "./pools.ts";

export interface ChoiceDeps {
  readonly config: Pick<Config, "enableVirtualPool">;
  readonly cache: PlacementCache;
  readonly pools: () => PoolsRpc;
}

/** The project of the queue, and the flavor in its metadata; null: none. */
export interface PlacementRequest {
  readonly project: ProjectId;
  readonly flavor: string | null;
}

/** Chooses by weight. Throws the Refusals `flavor-unknown` and `pools-missing`. */
export async function choosePlacement(request: PlacementRequest, deps: ChoiceDeps): Promise<Placement> {
  return choosePlacementAmong(await candidatesFor(request, deps), request, deps);
}

/** The pools for a queue, ten seconds old at most. Throws the Refusal `flavor-unknown`. */
export function candidatesFor(
  { project, flavor }: PlacementRequest,
  { cache, pools }: ChoiceDeps,
): Promise<readonly Candidate[]> {
  // The pools without a flavor are the same for all projects. The name of a flavor comes last, because it may contain anything.
  const key = flavor === null ? "" : `${project}\n${flavor}`;
  return cache.candidatesOf(key, async () => unwrap(await pools().candidates({ project, flavor })));
}

/** As upstream, the virtual pool is for queues without a flavor. Throws the Refusal `pools-missing`. */
export function choosePlacementAmong(
  candidates: readonly Candidate[],
  { flavor }: Pick<PlacementRequest, "flavor">,
  { config }: Pick<ChoiceDeps, "config">,
): Placement {
  const chosen = chooseByWeight(candidates, randomFraction());
  if (chosen !== null) return { region: chosen.region, pool: chosen.name, spread: chosen.spread ?? null };
  if (flavor === null && config.enableVirtualPool) return { region: HOME, pool: null };
  throw new Refusal({ kind: "pools-missing", flavor });
}
