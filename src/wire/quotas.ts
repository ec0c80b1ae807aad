/** Quotas on the wire. Ours: docs/COMPATIBILITY.md describes the resource. */
import * as v from "valibot";
import { QUOTA_NAMES, UNLIMITED, type QuotaOverrides, type QuotaReport } from "../domain/quota.ts";
import type { Result } from "../domain/result.ts";
import { decodeBySchema, type SchemaFailure } from "./schema.ts";

const LIMIT = v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(UNLIMITED)));
export const QUOTA_LIMITS = v.strictObject(v.entriesFromList(QUOTA_NAMES, LIMIT));

/** The limits in the document. -1: no limit. */
export function decodeQuotas(body: Uint8Array | null): Result<QuotaOverrides, SchemaFailure> {
  return decodeBySchema(QUOTA_LIMITS, body) as Result<QuotaOverrides, SchemaFailure>;
}

/** `used`: left out for quotas whose usage was not requested or is not known. */
export function encodeQuotas(report: QuotaReport): string {
  const quotas: Record<string, object> = {};
  for (const name of QUOTA_NAMES) quotas[name] = { limit: report.quotas[name], used: report.used[name] };
  return JSON.stringify({ quotas });
}
