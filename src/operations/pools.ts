/** Operations on pools. Pools belong to the whole service, so only its operators perform them. */
import type { PageRequest } from "../domain/page.ts";
import type { Pool, PoolChanges } from "../domain/pool.ts";
import { isPoolName } from "../domain/pool.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { logEvent } from "../telemetry/event.ts";
import type { ServiceContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";
import { limitOf } from "./page.ts";

/** A pool; `name` is as the client wrote it. */
interface Reference {
  readonly name: string;
}

export const listPools: Operation<ServiceContext, PageRequest, readonly Pool[]> = {
  name: "pool_list",
  policy: "pools:get_all",
  whatFailed: "Pools could not be listed.",
  isIdempotent: always,
  async run(context, page) {
    const limit = limitOf(page, context.config.maxPoolsPerPage);
    return context.pools().pools({ marker: page.marker ?? "", limit });
  },
};

/** Stores a pool, or replaces it. */
export const createPool: Operation<ServiceContext, Pool, void> = {
  name: "pool_create",
  policy: "pools:create",
  whatFailed: "The pool could not be created.",
  isIdempotent: always,
  survivesDisconnect: true,
  async run(context, pool) {
    checkName("pool", pool.name);
    unwrap(await context.pools().putPool({ pool }));
    logEvent("pool.changed", context.event, { pool: pool.name });
  },
};

export const getPool: Operation<ServiceContext, Reference, Pool> = {
  name: "pool_get",
  policy: "pools:get",
  whatFailed: "The pool could not be retrieved.",
  isIdempotent: always,
  async run(context, { name }) {
    const pool = await context.pools().pool({ name });
    if (pool === null) throw new Refusal({ kind: "pool-not-found", pool: name });
    return pool;
  },
};

export const updatePool: Operation<ServiceContext, Reference & { readonly changes: PoolChanges }, Pool> = {
  name: "pool_update",
  policy: "pools:update",
  whatFailed: "The pool could not be updated.",
  isIdempotent: always,
  survivesDisconnect: true,
  async run(context, request) {
    const pool = unwrap(await context.pools().updatePool(request));
    logEvent("pool.changed", context.event, { pool: pool.name });
    return pool;
  },
};

export const deletePool: Operation<ServiceContext, Reference, void> = {
  name: "pool_delete",
  policy: "pools:delete",
  whatFailed: "The pool could not be deleted.",
  isIdempotent: always,
  survivesDisconnect: true,
  async run(context, { name }) {
    unwrap(await context.pools().removePool({ name }));
    // The name of a pool that never existed may be any text.
    if (isPoolName(name)) logEvent("pool.deleted", context.event, { pool: name });
  },
};

/** Refuses a name that a new pool or flavor may not have. */
export function checkName(what: "pool" | "flavor", name: string): void {
  if (isPoolName(name)) return;
  const form =
    'it must be 1 to 64 of the letters a to z and A to Z, digits, "_", "-" and ".", and not ".", ".." or "catalog_reachable"';
  throw new Refusal({ kind: "request-invalid", reason: `The name of the ${what} is not valid: ${form}.` });
}
