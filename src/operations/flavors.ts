/** Operations on the flavors of a project. */
import type { ProjectId } from "../domain/id.ts";
import type { PageRequest } from "../domain/page.ts";
import { isPoolName, type Flavor } from "../domain/pool.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import type { FlavorRequest } from "../objects/rpc/pools.ts";
import { logEvent } from "../telemetry/event.ts";
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
  async run(context, input) {
    const { project, ...page } = inProject(context, input);
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
  survivesDisconnect: true,
  async run(context, input) {
    const definition = inProject(context, input);
    checkName("flavor", definition.name);
    unwrap(await context.pools().putFlavor(toChecked(definition, "create")));
    logFlavor("flavor.changed", context, definition);
  },
};

export const getFlavor: Operation<ServiceContext, Reference, Flavor> = {
  name: "flavor_get",
  policy: "flavors:get",
  whatFailed: "The flavor could not be retrieved.",
  isIdempotent: always,
  async run(context, reference) {
    const flavor = await context.pools().flavor(inProject(context, reference));
    if (flavor === null) throw new Refusal({ kind: "flavor-not-found", flavor: reference.name });
    return flavor;
  },
};

export const updateFlavor: Operation<ServiceContext, Definition, Flavor> = {
  name: "flavor_update",
  policy: "flavors:update",
  whatFailed: "The flavor could not be updated.",
  isIdempotent: always,
  survivesDisconnect: true,
  async run(context, input) {
    const definition = inProject(context, input);
    const flavor = unwrap(await context.pools().updateFlavor(toChecked(definition, "update")));
    logFlavor("flavor.changed", context, definition);
    return flavor;
  },
};

export const deleteFlavor: Operation<ServiceContext, Reference, void> = {
  name: "flavor_delete",
  policy: "flavors:delete",
  whatFailed: "The flavor could not be deleted.",
  isIdempotent: always,
  survivesDisconnect: true,
  async run(context, input) {
    const reference = inProject(context, input);
    await context.pools().removeFlavor(reference);
    logFlavor("flavor.deleted", context, reference);
  },
};

function logFlavor(
  name: "flavor.changed" | "flavor.deleted",
  { event }: ServiceContext,
  { name: flavor, project }: { readonly name: string; readonly project: ProjectId },
): void {
  // The name of a flavor that never existed may be any text.
  if (isPoolName(flavor)) logEvent(name, event, { flavor, target_project: project });
}

/** The input with the project that it is about. Refuses other projects than the caller's, except for operators. */
function inProject<T extends InProject>(context: ServiceContext, input: T): T & { readonly project: ProjectId } {
  return { ...input, project: context.forProject(input.project).project };
}

/** Refuses a flavor without pools. */
function toChecked(flavor: Definition & { readonly project: ProjectId }, during: "create" | "update"): FlavorRequest {
  if (flavor.pools.length > 0) return flavor;
  throw new Refusal({ kind: "flavor-refused", flavor: flavor.name, during, reason: "pool_list is empty" });
}
