/** The choice of a place for a new queue or topic, among the pools of its flavor or those without one. */
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

/** Whose queue it is, and the flavor that its metadata names; null: none. */
export interface Wish {
  readonly project: ProjectId;
  readonly flavor: string | null;
}

/** Chooses by weight. Throws the Refusals `flavor-unknown` and `pools-missing`. */
export async function choosePlace(wish: Wish, deps: ChoiceDeps): Promise<Placement> {
  return chooseAmong(await candidatesFor(wish, deps), wish, deps);
}

/** The pools for a queue, ten seconds old at most. Throws the Refusal `flavor-unknown`. */
export function candidatesFor({ project, flavor }: Wish, { cache, pools }: ChoiceDeps): Promise<readonly Candidate[]> {
  // The pools without a flavor are the same for all projects. A flavor's name comes last, because it may hold anything.
  const key = flavor === null ? "" : `${project}\n${flavor}`;
  return cache.candidatesOf(key, async () => unwrap(await pools().candidates({ project, flavor })));
}

/** As upstream, the virtual pool is for queues that name no flavor. Throws the Refusal `pools-missing`. */
export function chooseAmong(
  candidates: readonly Candidate[],
  { flavor }: Pick<Wish, "flavor">,
  { config }: Pick<ChoiceDeps, "config">,
): Placement {
  const chosen = chooseByWeight(candidates, randomFraction());
  if (chosen !== null) return { region: chosen.region, pool: chosen.name };
  if (flavor === null && config.enableVirtualPool) return { region: HOME, pool: null };
  throw new Refusal({ kind: "pools-missing", flavor });
}
