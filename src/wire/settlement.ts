/** Settlements on the wire. Ours: docs/COMPATIBILITY.md describes the document. */
import * as v from "valibot";
import type { JsonText } from "../domain/json.ts";
import { ok, type Result } from "../domain/result.ts";
import type { Settlement } from "../domain/settlement.ts";
import { decodeRequired } from "./document.ts";
import { checkSchema, type SchemaFailure } from "./schema.ts";

/** The most bytes of the document. A release with a single id has about 80, and a claim at most 1,000 messages. */
export const SETTLEMENT_BYTES_MAX = 131_072;

const IDS = v.array(v.string());
export const SETTLEMENT = v.strictObject({
  delete: v.nullish(IDS, []),
  release: v.nullish(
    v.array(
      v.strictObject({
        ids: IDS,
        delay: v.nullish(v.pipe(v.number(), v.safeInteger()), 0),
        count: v.nullish(v.boolean(), true),
      }),
    ),
    [],
  ),
});

/** The settlement in the body of a request. */
export function decodeSettlement(body: Uint8Array | null): Result<Settlement, SchemaFailure> {
  const document = decodeRequired(body);
  return document.ok ? toSettlement(document.value) : document;
}

/** The settlement that a document describes. */
export function toSettlement(document: JsonText): Result<Settlement, "document-invalid"> {
  const checked = checkSchema(SETTLEMENT, document);
  if (!checked.ok) return checked;
  const { delete: deleted, release } = checked.value;
  return ok({ deleted, released: release.map(({ ids, delay, count: isCounted }) => ({ ids, delay, isCounted })) });
}
