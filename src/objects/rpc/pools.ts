/** The interface of the one object with the pools of the service and the flavors of all projects. */
import type { ProjectId } from "../../domain/id.ts";
import type { Candidate, Flavor, Pool, PoolChanges } from "../../domain/pool.ts";
import type { Result } from "../../domain/result.ts";

export interface PoolsRpc {
  /** Up to `limit` pools after the name `marker`, in the order of their names. */
  pools(request: PageOf): Promise<readonly Pool[]>;
  pool(request: { readonly name: string }): Promise<Pool | null>;
  /** Stores a pool, or replaces it. */
  putPool(request: { readonly pool: Pool }): Promise<Result<null, PoolFailure>>;
  updatePool(request: {
    readonly name: string;
    readonly changes: PoolChanges;
  }): Promise<Result<Pool, PoolFailure | "pool-not-found">>;
  /** Removes a pool; without effect when there is none. Queues in it stay where they are. */
  removePool(request: { readonly name: string }): Promise<Result<null, "pool-used">>;

  /** Up to `limit` flavors of a project after the name `marker`, in the order of their names. */
  flavors(request: PageOf & { readonly project: ProjectId }): Promise<readonly Flavor[]>;
  flavor(request: FlavorReference): Promise<Flavor | null>;
  /**
   * Stores a flavor, or replaces its pools. A pool is removed from its previous flavor. Flavors with the same name share their
   * pools, also in different projects.
   */
  putFlavor(request: FlavorRequest): Promise<Result<null, "flavor-refused">>;
  updateFlavor(request: FlavorRequest): Promise<Result<Flavor, "flavor-refused" | "flavor-not-found">>;
  /** Removes a flavor from its project. When no project has it any more, its pools have no flavor. */
  removeFlavor(request: FlavorReference): Promise<void>;

  /** The pools for a queue of this flavor, or for one without (null). Failure: the project has no such flavor. */
  candidates(request: {
    readonly project: ProjectId;
    readonly flavor: string | null;
  }): Promise<Result<readonly Candidate[], "flavor-unknown">>;
}

/** Why a pool is not stored. */
export type PoolFailure = "pool-uri-invalid" | "pool-uri-taken" | "pool-unequal";

interface PageOf {
  readonly marker: string;
  readonly limit: number;
}

export interface FlavorReference {
  readonly project: ProjectId;
  readonly name: string;
}

export interface FlavorRequest extends FlavorReference {
  /** The names of its pools. */
  readonly pools: readonly string[];
  /** Those that queues of the flavor must have. Absent from older versions, which refused a HIGH_THROUGHPUT themselves. */
  readonly capabilities?: readonly string[];
}
