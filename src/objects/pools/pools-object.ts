/**
 * PoolsObject: the pools of the service and the flavors of all projects. One object has both, because the pools of a flavor and
 * the check whether a pool may be removed have to be one transaction. No message or claim passes through it.
 */
import { DurableObject } from "cloudflare:workers";
import { configOf } from "../../config/config-cache.ts";
import { excerpt } from "../../domain/excerpt.ts";
import type { Config } from "../../config/config.ts";
import {
  capabilitiesOf,
  flavorDefect,
  FLAVORS_MAX,
  type Candidate,
  type Flavor,
  type Pool,
} from "../../domain/pool.ts";
import { parsePoolUri } from "../../domain/pool-uri.ts";
import { partsOf, type Region } from "../../domain/region.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { SpreadRule } from "../../domain/spread.ts";
import { Flavors } from "../../storage/pools/flavors.ts";
import { Pools } from "../../storage/pools/pools.ts";
import { POOLS_MIGRATIONS } from "../../storage/pools/schema.ts";
import { ObjectStore } from "../object-store.ts";
import type { FlavorRequest, PoolFailure, PoolsRpc } from "../rpc/pools.ts";
import type { ObjectBindings } from "../rpc/stubs.ts";

type Request<Method extends keyof PoolsRpc> = Parameters<PoolsRpc[Method]>[0];
type Answer<Method extends keyof PoolsRpc> = ReturnType<PoolsRpc[Method]>;

export class PoolsObject extends DurableObject<ObjectBindings> implements PoolsRpc {
  private readonly store: ObjectStore;
  private readonly config: Pick<Config, "jurisdiction" | "queueOrder" | "shards">;
  private readonly poolRows: Pools;
  private readonly flavorRows: Flavors;

  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env);
    this.store = new ObjectStore({
      ctx,
      migrations: POOLS_MIGRATIONS,
      kind: "pools",
      project: null,
      place: null,
    });
    this.config = configOf(env);
    this.poolRows = new Pools(this.store.sql);
    this.flavorRows = new Flavors(this.store.sql);
    this.store.open();
  }

  async pools({ marker, limit }: Request<"pools">): Answer<"pools"> {
    return this.all()
      .filter(({ name }) => name > marker)
      .slice(0, limit);
  }

  async pool({ name }: Request<"pool">): Answer<"pool"> {
    return this.find(name);
  }

  async putPool({ pool }: Request<"putPool">): Answer<"putPool"> {
    return this.write(pool);
  }

  async updatePool({ name, changes }: Request<"updatePool">): Answer<"updatePool"> {
    const pool = this.find(name);
    if (pool === null) return err({ kind: "pool-not-found", pool: name });
    const changed = { ...pool, ...changes };
    const written = this.write(changed);
    return written.ok ? ok(changed) : written;
  }

  async removePool({ name }: Request<"removePool">): Answer<"removePool"> {
    const flavor = this.find(name)?.flavor ?? null;
    if (flavor !== null && this.poolsOf(flavor).length === 1 && this.flavorRows.isUsed(flavor)) {
      return err({ kind: "pool-used", flavor });
    }
    if (this.store.hasTables) this.poolRows.remove(name);
    return ok(null);
  }

  async flavors({ project, marker, limit }: Request<"flavors">): Answer<"flavors"> {
    if (!this.store.hasTables) return [];
    return this.flavorRows.list(project, marker, limit).map((name) => this.toFlavor(name));
  }

  async flavor({ project, name }: Request<"flavor">): Answer<"flavor"> {
    return this.hasFlavor(project, name) ? this.toFlavor(name) : null;
  }

  async putFlavor(request: Request<"putFlavor">): Answer<"putFlavor"> {
    const { project, name } = request;
    const reason = this.hasRoom(request)
      ? this.refusalReason(request)
      : `the project has ${FLAVORS_MAX} flavors already`;
    if (reason !== null) return err({ kind: "flavor-refused", flavor: name, during: "create", reason });
    this.store.write(() => {
      this.flavorRows.insert(project, name);
      this.poolRows.assign(name, request.pools);
    });
    return ok(null);
  }

  async updateFlavor(request: Request<"updateFlavor">): Answer<"updateFlavor"> {
    const { project, name } = request;
    if (!this.hasFlavor(project, name)) return err({ kind: "flavor-not-found", flavor: name });
    const reason = this.refusalReason(request);
    if (reason !== null) return err({ kind: "flavor-refused", flavor: name, during: "update", reason });
    this.store.write(() => this.poolRows.assign(name, request.pools));
    return ok(this.toFlavor(name));
  }

  async removeFlavor({ project, name }: Request<"removeFlavor">): Answer<"removeFlavor"> {
    if (!this.store.hasTables) return;
    this.store.write(() => {
      this.flavorRows.remove(project, name);
      if (!this.flavorRows.isUsed(name)) this.poolRows.assign(name, []);
    });
  }

  async candidates({ project, flavor }: Request<"candidates">): Answer<"candidates"> {
    if (flavor !== null && !this.hasFlavor(project, flavor)) return err({ kind: "flavor-unknown", flavor });
    return ok(this.poolsOf(flavor).flatMap((pool) => this.toCandidate(pool) ?? []));
  }

  private all(): readonly Pool[] {
    return this.store.hasTables ? this.poolRows.all() : [];
  }

  private find(name: string): Pool | null {
    return this.store.hasTables ? this.poolRows.find(name) : null;
  }

  private poolsOf(flavor: string | null): readonly Pool[] {
    return this.store.hasTables ? this.poolRows.ofFlavor(flavor) : [];
  }

  private hasFlavor(project: FlavorRequest["project"], name: string): boolean {
    return this.store.hasTables && this.flavorRows.has(project, name);
  }

  private hasRoom({ project, name }: FlavorRequest): boolean {
    if (!this.store.hasTables || this.flavorRows.has(project, name)) return true;
    return this.flavorRows.count(project) < FLAVORS_MAX;
  }

  /** Why a flavor may not have these pools; null: it may. */
  private refusalReason({ pools, capabilities = [] }: FlavorRequest): string | null {
    const missing = pools.find((name) => this.find(name) === null);
    if (missing !== undefined) return `Pool ${excerpt(missing)} does not exist`;
    return flavorDefect(this.rulesOf(pools.flatMap((name) => this.find(name) ?? [])), capabilities);
  }

  private toFlavor(name: string): Flavor {
    const pools = this.poolsOf(name);
    const [rule] = this.rulesOf(pools);
    return {
      name,
      pools: pools.map((pool) => pool.name),
      capabilities: rule === undefined ? [] : capabilitiesOf(rule),
    };
  }

  private rulesOf(pools: readonly Pool[]): readonly (SpreadRule | null)[] {
    return pools.map((pool) => this.toCandidate(pool)?.spread ?? null);
  }

  private toCandidate({ name, weight, uri }: Pool): Candidate | null {
    const target = parsePoolUri(uri, this.config.jurisdiction);
    return "region" in target ? { name, weight, ...target } : null;
  }

  private write(pool: Pool): Result<null, PoolFailure> {
    const { uri, flavor } = pool;
    const target = parsePoolUri(uri, this.config.jurisdiction);
    if ("reason" in target) return err({ kind: "pool-uri-invalid", uri, reason: target.reason });
    if (!this.isReachable(target.region)) {
      return err({
        kind: "pool-uri-invalid",
        uri,
        reason: "this runtime has no such jurisdiction; only Cloudflare has any",
      });
    }
    // A pool that exists can be changed after the settings have.
    const reason = this.find(pool.name)?.uri === uri ? null : this.unspreadReason(target.spread);
    if (reason !== null) return err({ kind: "pool-uri-invalid", uri, reason });
    const others = this.all().filter(({ name }) => name !== pool.name);
    const isTaken = others.some((other) => {
      const present = this.toCandidate(other);
      return present?.region === target.region && (present.spread ?? null) === target.spread;
    });
    if (isTaken) return err({ kind: "pool-uri-taken" });
    const siblings = flavor === null ? [] : others.filter((other) => other.flavor === flavor);
    const defect = flavorDefect([target.spread, ...this.rulesOf(siblings)], []);
    if (defect !== null) return err({ kind: "pool-unequal", defect });
    this.store.write(() => this.poolRows.put(pool));
    return ok(null);
  }

  /** Why no queue could have this rule; null: queues can. */
  private unspreadReason(rule: SpreadRule | null): string | null {
    const { shards, queueOrder } = this.config;
    if (rule !== "always") return null;
    if (shards === 1) return "throughput=high spreads queues over SHARDS objects, and SHARDS is 1: set it to 4 or more";
    return queueOrder === "fifo"
      ? "throughput=high spreads queues, and QUEUE_ORDER=fifo keeps each on one object: unset one of them"
      : null;
  }

  /** Plain workerd throws for every jurisdiction, and ignores location hints (measured). */
  private isReachable(region: Region): boolean {
    const { jurisdiction } = partsOf(region);
    if (jurisdiction === null) return true;
    try {
      this.env.QUEUES.jurisdiction(jurisdiction);
      return true;
    } catch {
      return false;
    }
  }
}
