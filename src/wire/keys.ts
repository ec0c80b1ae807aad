/** API keys on the wire. Ours: docs/COMPATIBILITY.md describes the resource. */
import * as v from "valibot";
import { KEY_ROLES, type NewKey, type OwnedKey } from "../domain/api-key.ts";
import { toProjectId, type ProjectId } from "../domain/id.ts";
import { formatUtc, parseInstant } from "../domain/instant.ts";
import type { Result } from "../domain/result.ts";
import type { EpochMs } from "../domain/time.ts";
import { encodeLinks } from "./hrefs.ts";
import { PATHS } from "./paths.ts";
import { encodeQuery } from "./query.ts";
import { decodeBySchema, INSTANT, type SchemaFailure } from "./schema.ts";

const PREFIX_RULE = 'it must be at most 64 of the letters a to z and A to Z, digits, "_", "-" and "."';

export const NEW_KEY = v.pipe(
  v.strictObject({
    project_id: v.optional(v.nullable(v.pipe(v.string(), v.minLength(1)))),
    roles: v.optional(v.pipe(v.array(v.picklist(KEY_ROLES)), v.minLength(1), v.maxLength(KEY_ROLES.length)), [
      "member",
    ]),
    queue_prefix: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{0,64}$/, PREFIX_RULE)), ""),
    expires_at: v.optional(v.nullable(INSTANT)),
    description: v.optional(v.pipe(v.string(), v.maxLength(200)), ""),
  }),
);

export function decodeNewKey(body: Uint8Array | null): Result<NewKey, SchemaFailure> {
  const decoded = decodeBySchema(NEW_KEY, body);
  if (!decoded.ok) return decoded;
  const { project_id: project, roles, queue_prefix: queuePrefix, expires_at: expires, description } = decoded.value;
  return {
    ok: true,
    value: {
      project: project == null ? null : toProjectId(project),
      roles: [...new Set(roles)],
      queuePrefix,
      expiresAt: expires == null ? null : parseInstant(expires),
      description,
    },
  };
}

/** `key`: the whole key, which only the answer to its creation contains. */
export function encodeKey(record: OwnedKey, key?: string): string {
  return JSON.stringify({ ...toDocument(record), ...(key === undefined ? {} : { key }) });
}

/** A page with a `next` link, in the format of upstream's lists. */
export function encodeKeyList(
  keys: readonly OwnedKey[],
  query: { readonly project: ProjectId | null; readonly limit: number | null },
): string {
  const last = keys.at(-1)?.id ?? null;
  const parameters = encodeQuery([
    ["project_id", query.project],
    ["limit", query.limit],
    ["marker", last],
  ]);
  const links = encodeLinks(last === null ? null : `${PATHS.keys}?${parameters}`);
  return `{"keys":${JSON.stringify(keys.map(toDocument))},"links":${links}}`;
}

function toDocument({ id, project, roles, queuePrefix, description, createdAt, expiresAt, usedAt }: OwnedKey): object {
  return {
    id,
    project_id: project,
    roles,
    queue_prefix: queuePrefix,
    description,
    created_at: toText(createdAt),
    expires_at: toText(expiresAt),
    last_used_at: toText(usedAt),
  };
}

function toText(instant: EpochMs | null): string | null {
  return instant === null ? null : formatUtc(instant);
}
