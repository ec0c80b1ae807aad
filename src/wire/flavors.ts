/** Flavors on the wire. Upstream: zaqar/common/api/schemas/flavors.py. */
import * as v from "valibot";
import { POOL_CAPABILITIES, type Flavor } from "../domain/pool.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { encodeLinks, flavorHref, FLAVORS_HREF } from "./hrefs.ts";
import { encodeDetailedPage, type DetailedPage } from "./pools.ts";
import { decodeBySchema, type SchemaFailure } from "./schema.ts";

const POOL_LIST = v.array(v.string());
const NEW_FLAVOR = v.strictObject({ pool_list: POOL_LIST, capabilities: v.optional(v.unknown()) });
const FLAVOR_CHANGES = v.object({ pool_list: v.optional(POOL_LIST), capabilities: v.optional(v.unknown()) });

/** The pools of a flavor, and the capabilities that its queues must have. */
export interface FlavorDocument {
  readonly pools: readonly string[];
  readonly capabilities: readonly string[];
}

/** The flavor in a PUT. */
export function decodeFlavor(body: Uint8Array | null): Result<FlavorDocument, SchemaFailure> {
  const decoded = decodeBySchema(NEW_FLAVOR, body);
  return decoded.ok ? ok(toDocument(decoded.value.pool_list, decoded.value.capabilities)) : decoded;
}

/** The flavor in a PATCH. */
export function decodeFlavorChanges(body: Uint8Array | null): Result<FlavorDocument, SchemaFailure> {
  const decoded = decodeBySchema(FLAVOR_CHANGES, body);
  if (!decoded.ok) return decoded;
  const { pool_list: pools, capabilities } = decoded.value;
  if (pools !== undefined) return ok(toDocument(pools, capabilities));
  return err({ kind: "document-invalid", reason: "`pool_list` needs to be specified" });
}

/** As in upstream, `capabilities` of any other type are accepted and ignored. */
function toDocument(pools: readonly string[], capabilities: unknown): FlavorDocument {
  const named: readonly unknown[] = Array.isArray(capabilities) ? capabilities : [];
  return { pools: [...new Set(pools)], capabilities: named.filter((each) => typeof each === "string") };
}

/** Upstream quirk: a list shows the capabilities only with `detailed`. */
export function encodeFlavorList(flavors: readonly Flavor[], page: DetailedPage): string {
  const entries = flavors.map((flavor) => toEntry(flavor, page.detailed === true));
  const last = flavors.at(-1)?.name;
  const links = encodeLinks(last === undefined ? null : `${FLAVORS_HREF}?${encodeDetailedPage(page, last)}`);
  return `{"links":${links},"flavors":${JSON.stringify(entries)}}`;
}

export function encodeFlavor(flavor: Flavor): string {
  return JSON.stringify(toEntry(flavor, true));
}

/** Upstream quirk: an empty `pool_list` is left out. */
function toEntry({ name, pools }: Flavor, isDetailed: boolean): object {
  return {
    name,
    href: flavorHref(name),
    ...(pools.length === 0 ? {} : { pool_list: pools }),
    ...(isDetailed ? { capabilities: pools.length === 0 ? [] : POOL_CAPABILITIES } : {}),
  };
}
