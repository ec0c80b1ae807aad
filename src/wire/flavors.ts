/** Flavors on the wire. Upstream: zaqar/common/api/schemas/flavors.py. */
import * as v from "valibot";
import type { ProjectId } from "../domain/id.ts";
import type { JsonText } from "../domain/json.ts";
import { capabilitiesOf, type Flavor } from "../domain/pool.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { flavorHref, FLAVORS_HREF } from "./hrefs.ts";
import { encodePageLinks, type DetailedPage } from "./pools.ts";
import { checkSchema } from "./schema.ts";

const POOL_LIST = v.array(v.string());
export const NEW_FLAVOR = v.strictObject({ pool_list: POOL_LIST, capabilities: v.optional(v.unknown()) });
export const FLAVOR_CHANGES = v.object({ pool_list: v.optional(POOL_LIST), capabilities: v.optional(v.unknown()) });

/** The pools of a flavor, and the capabilities that its queues must have. */
export interface FlavorDocument {
  readonly pools: readonly string[];
  readonly capabilities: readonly string[];
}

/** The flavor in a PUT. */
export function toFlavor(document: JsonText): Result<FlavorDocument, "document-invalid"> {
  const checked = checkSchema(NEW_FLAVOR, document);
  return checked.ok ? ok(toDocument(checked.value.pool_list, checked.value.capabilities)) : checked;
}

/** The flavor in a PATCH. */
export function toFlavorChanges(document: JsonText): Result<FlavorDocument, "document-invalid"> {
  const checked = checkSchema(FLAVOR_CHANGES, document);
  if (!checked.ok) return checked;
  const { pool_list: pools, capabilities } = checked.value;
  if (pools !== undefined) return ok(toDocument(pools, capabilities));
  return err({ kind: "document-invalid", reason: "`pool_list` needs to be specified" });
}

/** As in upstream, `capabilities` of any other type are accepted and ignored. */
function toDocument(pools: readonly string[], capabilities: unknown): FlavorDocument {
  const named: readonly unknown[] = Array.isArray(capabilities) ? capabilities : [];
  return { pools: [...new Set(pools)], capabilities: named.filter((each) => typeof each === "string") };
}

/** Upstream quirk: a list shows the capabilities only with `detailed`. `project`: the one that the request names. */
export function encodeFlavorList(
  flavors: readonly Flavor[],
  page: DetailedPage & { readonly project: ProjectId | null },
): string {
  const { project, detailed } = page;
  const entries = flavors.map((flavor) =>
    encodeFlavor(flavor, detailed === true, { href: flavorHref(flavor.name, project) }),
  );
  const links = encodePageLinks(FLAVORS_HREF, page, { last: flavors.at(-1)?.name, project });
  return `{"links":${links},"flavors":[${entries.join(",")}]}`;
}

/** Upstream quirk: an empty `pool_list` is left out. `isDetailed`: with the capabilities. `hrefs`: none in frames. */
export function encodeFlavor(
  { name, pools, capabilities = capabilitiesOf(null) }: Flavor,
  isDetailed: boolean,
  hrefs: object,
): string {
  return JSON.stringify({
    name,
    ...hrefs,
    ...(pools.length === 0 ? {} : { pool_list: pools }),
    ...(isDetailed ? { capabilities: pools.length === 0 ? [] : capabilities } : {}),
  });
}
