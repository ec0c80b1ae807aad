/** The deliveries of a subscription on the wire. Ours: docs/COMPATIBILITY.md describes them. */
import * as v from "valibot";
import {
  DELIVERY_STATES,
  type AttemptOutcome,
  type DeliveryReport,
  type DeliveryState,
  type RedeliveryChoice,
  type TestAttempt,
  type UndeliveredNotification,
} from "../domain/delivery.ts";
import { parseInstant } from "../domain/instant.ts";
import type { JsonText } from "../domain/json.ts";
import type { PageRequest } from "../domain/page.ts";
import type { Place } from "../domain/place.ts";
import { err, ok, type Result } from "../domain/result.ts";
import type { EpochMs } from "../domain/time.ts";
import { decodeObject, type ObjectFailure } from "./document.ts";
import { deliveriesHref, encodeLinks } from "./hrefs.ts";
import { encodeQuery, integerParameter, textParameter, type Query } from "./query.ts";
import { checkSchema, INSTANT } from "./schema.ts";

/** The stored outcome of versions before 0.1.0 that is now called `blocked`. */
const FORMER_BLOCKED = "forbidden";

export function encodeDeliveries(report: DeliveryReport): string {
  const { delivered, failed, pending, redeliverable, nextAttemptAt, attempts } = report;
  return JSON.stringify({
    delivered,
    failed,
    pending,
    redeliverable,
    next_attempt_at: toTimestamp(nextAttemptAt),
    attempts: attempts.map(({ id, at, duration, attempt, outcome, reason, status }) => ({
      id,
      at: toTimestamp(at),
      duration_ms: duration,
      attempt,
      outcome: toOutcome(outcome),
      reason: reason ?? null,
      status,
    })),
  });
}

/** The parameters of a list of notifications that have not arrived. */
export interface UndeliveredQuery extends PageRequest {
  readonly state: DeliveryState;
}

export function decodeUndelivered(query: Query): Result<UndeliveredQuery, "parameter-invalid"> {
  const got = textParameter(query, "state") ?? "";
  const state = DELIVERY_STATES.find((known) => known === got);
  if (state === undefined)
    return err({ kind: "parameter-invalid", name: "state", expected: '"failed" or "pending"', got });
  const limit = integerParameter(query, "limit");
  return limit.ok ? ok({ state, limit: limit.value, marker: textParameter(query, "marker") }) : limit;
}

/** A page with a `next` link. Only an empty page has none. */
export function encodeUndelivered(
  source: Place,
  page: readonly UndeliveredNotification[],
  { id, state, limit }: UndeliveredQuery & { readonly id: string },
): string {
  const last = page.at(-1)?.number ?? null;
  const parameters = encodeQuery([
    ["state", state],
    ["limit", limit],
    ["marker", last],
  ]);
  const links = encodeLinks(last === null ? null : `${deliveriesHref(source, id)}?${parameters}`);
  return `{"deliveries":${encodeUndeliveredList(page)},"links":${links}}`;
}

/** Bodies are copied as raw text. */
export function encodeUndeliveredList(page: readonly UndeliveredNotification[]): string {
  const entries = page.map(({ number, id, message, createdAt, attempts, nextAttemptAt, lastAttempt }) => {
    const head = JSON.stringify({
      number,
      id,
      message_id: message?.id ?? null,
      created_at: toTimestamp(createdAt),
      attempts,
      next_attempt_at: toTimestamp(nextAttemptAt),
      attempted_at: toTimestamp(lastAttempt?.at ?? null),
      outcome: lastAttempt === null ? null : toOutcome(lastAttempt.outcome),
      reason: lastAttempt?.reason ?? null,
      status: lastAttempt?.status ?? null,
      answer: lastAttempt?.answer ?? null,
    });
    return `${head.slice(0, -1)},"body":${message?.body ?? "null"}}`;
  });
  return `[${entries.join(",")}]`;
}

/** The number of ids is checked by the operation. */
export const REDELIVERY = v.strictObject({ ids: v.optional(v.array(v.string())), since: v.optional(INSTANT) });

/** null: without a body, or with an empty object, all failed notifications are sent again. */
export function decodeRedelivery(
  body: Uint8Array | null,
): Result<RedeliveryChoice | null, ObjectFailure | "document-invalid"> {
  if (body === null || body.length === 0) return ok(null);
  const document = decodeObject(body);
  return document.ok ? readRedelivery(document.value) : document;
}

/** As `decodeRedelivery`, for a document that was decoded. */
export function readRedelivery(document: JsonText): Result<RedeliveryChoice | null, "document-invalid"> {
  const checked = checkSchema(REDELIVERY, document);
  if (!checked.ok) return checked;
  const { ids, since } = checked.value;
  if (ids === undefined && since === undefined) return ok(null);
  return ok({ ids: ids ?? null, since: since === undefined ? null : parseInstant(since) });
}

export function encodeRedelivered(redelivered: number): string {
  return JSON.stringify({ redelivered });
}

export function encodeTestAttempt({ id, at, duration, outcome, reason, status, answer }: TestAttempt): string {
  const how = { outcome: toOutcome(outcome), reason: reason ?? null, status, answer };
  return JSON.stringify({ id, at: toTimestamp(at), duration_ms: duration, ...how });
}

function toOutcome(outcome: AttemptOutcome): string {
  return (outcome as string) === FORMER_BLOCKED ? "blocked" : outcome;
}

/** With milliseconds, because several attempts may be made within a second. */
function toTimestamp(instant: EpochMs | null): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}
