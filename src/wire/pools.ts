/** Pools on the wire. Upstream: zaqar/common/api/schemas/pools.py. */
import * as v from "valibot";
import type { ProjectId } from "../domain/id.ts";
import { EMPTY_OBJECT, membersOf, type JsonText } from "../domain/json.ts";
import type { PageRequest } from "../domain/page.ts";
import {
  FLAVOR_LENGTH_MAX,
  POOL_URI_LENGTH_MAX,
  POOL_WEIGHT_MAX,
  type Pool,
  type PoolChanges,
} from "../domain/pool.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { encodeLinks, poolHref, POOLS_HREF } from "./hrefs.ts";
import { booleanParameter, encodeQuery, integerParameter, textParameter, type Query } from "./query.ts";
import { checkSchema } from "./schema.ts";

const WEIGHT = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(POOL_WEIGHT_MAX));
const URI = v.pipe(v.string(), v.maxLength(POOL_URI_LENGTH_MAX));
const FLAVOR = v.optional(v.pipe(v.string(), v.maxLength(FLAVOR_LENGTH_MAX)));
const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
const OPTIONS = v.optional(v.custom(isObject, "it must be an object"));

export const NEW_POOL = v.strictObject({ weight: WEIGHT, uri: URI, flavor: FLAVOR, options: OPTIONS });
/** As in upstream, unknown members of a PATCH are ignored. */
export const POOL_CHANGES = v.object({
  weight: v.optional(WEIGHT),
  uri: v.optional(URI),
  flavor: FLAVOR,
  options: OPTIONS,
});

/** The pool in a PUT. */
export function toPool(name: string, document: JsonText): Result<Pool, "document-invalid"> {
  const checked = checkSchema(NEW_POOL, document);
  if (!checked.ok) return checked;
  const { weight, uri, flavor } = checked.value;
  return ok({ name, weight, uri, flavor: toFlavor(flavor) ?? null, options: optionsIn(document) ?? EMPTY_OBJECT });
}

/** The members in a PATCH. */
export function toPoolChanges(document: JsonText): Result<PoolChanges, "document-invalid"> {
  const checked = checkSchema(POOL_CHANGES, document);
  if (!checked.ok) return checked;
  const { weight, uri } = checked.value;
  const flavor = toFlavor(checked.value.flavor);
  const options = optionsIn(document);
  const changes: PoolChanges = {
    ...(weight === undefined ? {} : { weight }),
    ...(uri === undefined ? {} : { uri }),
    ...(flavor === undefined ? {} : { flavor }),
    ...(options === undefined ? {} : { options }),
  };
  if (Object.keys(changes).length > 0) return ok(changes);
  const reason = "One of `uri`, `weight`, `flavor`, or `options` needs to be specified";
  return err({ kind: "document-invalid", reason });
}

/** Upstream quirk: an empty text removes a pool from its flavor, because null is not accepted. */
function toFlavor(given: string | undefined): string | null | undefined {
  return given === "" ? null : given;
}

/** The raw text of the options, so that every number is returned as it was written. */
function optionsIn(document: JsonText): JsonText | undefined {
  return membersOf(document).get("options");
}

/** A page of pools or flavors. null: not in the request, and so not in the `next` link. */
export interface DetailedPage extends PageRequest {
  readonly detailed: boolean | null;
}

export function decodeDetailedPage(query: Query): Result<DetailedPage, "parameter-invalid"> {
  const limit = integerParameter(query, "limit");
  if (!limit.ok) return limit;
  const detailed = booleanParameter(query, "detailed");
  if (!detailed.ok) return detailed;
  return ok({ marker: textParameter(query, "marker"), limit: limit.value, detailed: detailed.value });
}

/** The links of a page of pools or flavors, whose last one is `last`. */
export function encodePageLinks(
  href: string,
  { limit, detailed }: DetailedPage,
  { last, project = null }: { readonly last: string | undefined; readonly project?: ProjectId | null },
): string {
  if (last === undefined) return encodeLinks(null);
  const parameters = encodeQuery([
    ["project_id", project],
    ["marker", last],
    ["limit", limit],
    ["detailed", detailed],
  ]);
  return encodeLinks(`${href}?${parameters}`);
}

export function encodePoolList(pools: readonly Pool[], page: DetailedPage): string {
  const entries = pools.map((pool) => encodePool(pool, page.detailed === true));
  const links = encodePageLinks(POOLS_HREF, page, { last: pools.at(-1)?.name });
  return `{"links":${links},"pools":[${entries.join(",")}]}`;
}

/** `isDetailed`: with the options. `hrefs`: none in frames. */
export function encodePool(pool: Pool, isDetailed: boolean, hrefs: object = { href: poolHref(pool.name) }): string {
  const { name, uri, weight, flavor, options } = pool;
  const details = isDetailed ? `,"options":${options}` : "";
  return `${JSON.stringify({ name, uri, weight, flavor, ...hrefs }).slice(0, -1)}${details}}`;
}
