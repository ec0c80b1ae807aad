/** Operations on the flavors of a project. */
import type { ProjectId } from "../domain/id.ts";
import type { PageRequest } from "../domain/page.ts";
import type { Flavor } from "../domain/pool.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import type { ServiceContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";
import { limitOf } from "./page.ts";
import { checkName } from "./pools.ts";

interface InProject {
  /** null: the caller's own. Ours, for operators whose credential belongs to no project. */
  readonly project: ProjectId | null;
}

/** A flavor; `name` is as the client wrote it. */
interface Reference extends InProject {
  readonly name: string;
}

interface Definition extends Reference {
  /** The names of its pools. */
  readonly pools: readonly string[];
  /** The capabilities that queues of the flavor must have. */
  readonly capabilities: readonly string[];
}

export const listFlavors: Operation<ServiceContext, PageRequest & InProject, readonly Flavor[]> = {
  name: "flavor_list",
  policy: "flavors:get_all",
  whatFailed: "Flavors could not be listed.",
  isIdempotent: always,
  async run(context, { project: asked, ...page }) {
    const { project } = context.forProject(asked);
    const limit = limitOf(page, context.config.maxFlavorsPerPage);
    return context.pools().flavors({ project, marker: page.marker ?? "", limit });
  },
};

/** Stores a flavor, or replaces its pools. */
export const createFlavor: Operation<ServiceContext, Definition, void> = {
  name: "flavor_create",
  policy: "flavors:create",
  whatFailed: "The flavor could not be created.",
  isIdempotent: always,
  async run(context, definition) {
    const { project } = context.forProject(definition.project);
    checkName("flavor", definition.name);
    checkDefinition(definition, "create");
    unwrap(await context.pools().putFlavor({ project, name: definition.name, pools: definition.pools }));
  },
};

export const getFlavor: Operation<ServiceContext, Reference, Flavor> = {
  name: "flavor_get",
  policy: "flavors:get",
  whatFailed: "The flavor could not be retrieved.",
  isIdempotent: always,
  async run(context, { project: asked, name }) {
    const { project } = context.forProject(asked);
    const flavor = await context.pools().flavor({ project, name });
    if (flavor === null) throw new Refusal({ kind: "flavor-not-found", flavor: name });
    return flavor;
  },
};

export const updateFlavor: Operation<ServiceContext, Definition, Flavor> = {
  name: "flavor_update",
  policy: "flavors:update",
  whatFailed: "The flavor could not be updated.",
  isIdempotent: always,
  async run(context, definition) {
    const { project } = context.forProject(definition.project);
    checkDefinition(definition, "update");
    return unwrap(await context.pools().updateFlavor({ project, name: definition.name, pools: definition.pools }));
  },
};

export const deleteFlavor: Operation<ServiceContext, Reference, void> = {
  name: "flavor_delete",
  policy: "flavors:delete",
  whatFailed: "The flavor could not be deleted.",
  isIdempotent: always,
  async run(context, { project: asked, name }) {
    const { project } = context.forProject(asked);
    await context.pools().removeFlavor({ project, name });
  },
};

/**
 * Refuses a flavor without pools, and a flavor with the capability HIGH_THROUGHPUT, which no pool has yet. Every pool has all
 * other capabilities, so they are accepted and ignored, as in upstream.
 */
function checkDefinition({ name, pools, capabilities }: Definition, during: "create" | "update"): void {
  const refuse = (reason: string): Refusal => new Refusal({ kind: "flavor-refused", flavor: name, during, reason });
  if (pools.length === 0) throw refuse("pool_list is empty");
  if (!capabilities.includes("HIGH_THROUGHPUT")) return;
  throw refuse("no pool has the capability HIGH_THROUGHPUT yet: queues on several objects do not exist");
}
