/** Pools on the wire. Upstream: zaqar/common/api/schemas/pools.py. */
import * as v from "valibot";
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
import { decodeRequired } from "./document.ts";
import { encodeLinks, poolHref, POOLS_HREF } from "./hrefs.ts";
import { booleanParameter, encodeQuery, integerParameter, textParameter, type Query } from "./query.ts";
import { decodeBySchema, type SchemaFailure } from "./schema.ts";

const WEIGHT = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(POOL_WEIGHT_MAX));
const URI = v.pipe(v.string(), v.maxLength(POOL_URI_LENGTH_MAX));
const FLAVOR = v.optional(v.pipe(v.string(), v.maxLength(FLAVOR_LENGTH_MAX)));
const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
const OPTIONS = v.optional(v.custom(isObject, "it must be an object"));

const NEW_POOL = v.strictObject({ weight: WEIGHT, uri: URI, flavor: FLAVOR, options: OPTIONS });
/** As in upstream, unknown members of a PATCH are ignored. */
const POOL_CHANGES = v.object({ weight: v.optional(WEIGHT), uri: v.optional(URI), flavor: FLAVOR, options: OPTIONS });

/** The pool in a PUT. */
export function decodePool(name: string, body: Uint8Array | null): Result<Pool, SchemaFailure> {
  const decoded = decodeBySchema(NEW_POOL, body);
  if (!decoded.ok) return decoded;
  const { weight, uri, flavor } = decoded.value;
  return ok({ name, weight, uri, flavor: toFlavor(flavor) ?? null, options: optionsIn(body) ?? EMPTY_OBJECT });
}

/** The members in a PATCH. */
export function decodePoolChanges(body: Uint8Array | null): Result<PoolChanges, SchemaFailure> {
  const decoded = decodeBySchema(POOL_CHANGES, body);
  if (!decoded.ok) return decoded;
  const { weight, uri } = decoded.value;
  const flavor = toFlavor(decoded.value.flavor);
  const options = optionsIn(body);
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

/** The raw text of the options, so that every number is returned as it was written. The body has been validated. */
function optionsIn(body: Uint8Array | null): JsonText | undefined {
  const document = decodeRequired(body);
  return document.ok ? membersOf(document.value).get("options") : undefined;
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

/** The query of the link to the page after `last`. */
export function encodeDetailedPage({ limit, detailed }: DetailedPage, last: string): string {
  return encodeQuery([
    ["marker", last],
    ["limit", limit],
    ["detailed", detailed],
  ]);
}

export function encodePoolList(pools: readonly Pool[], page: DetailedPage): string {
  const entries = pools.map((pool) => encodePool(pool, page.detailed === true));
  const last = pools.at(-1)?.name;
  const links = encodeLinks(last === undefined ? null : `${POOLS_HREF}?${encodeDetailedPage(page, last)}`);
  return `{"links":${links},"pools":[${entries.join(",")}]}`;
}

/** `isDetailed`: with the options. */
export function encodePool({ name, uri, weight, flavor, options }: Pool, isDetailed: boolean): string {
  const details = isDetailed ? `,"options":${options}` : "";
  const shown = JSON.stringify({ name, uri, weight, flavor, href: poolHref(name) });
  return `${shown.slice(0, -1)}${details}}`;
}
