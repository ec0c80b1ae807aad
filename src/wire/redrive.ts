/** Redrives on the wire. Ours: docs/COMPATIBILITY.md describes the resource. */
import * as v from "valibot";
import { parseNewQueueName } from "../domain/id.ts";
import { formatUtc } from "../domain/instant.ts";
import type { Redrive, RedriveOptions } from "../domain/redrive.ts";
import { ok, type Result } from "../domain/result.ts";

import { decodeBySchema, type SchemaFailure } from "./schema.ts";

const COUNT = v.optional(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1))));
export const REDRIVE_OPTIONS = v.strictObject({
  target: v.optional(
    v.nullable(
      v.pipe(
        v.string(),
        v.check((text) => parseNewQueueName(text) !== null, "it must be the name of a queue"),
      ),
    ),
  ),
  max_messages: COUNT,
  messages_per_second: COUNT,
});

/** Without a body: all messages, without a rate limit, each to its original queue. */
export function decodeRedrive(body: Uint8Array | null): Result<RedriveOptions, SchemaFailure> {
  if (body === null || body.length === 0) return ok({ target: null, maxMessages: null, messagesPerSecond: null });
  const decoded = decodeBySchema(REDRIVE_OPTIONS, body);
  if (!decoded.ok) return decoded;
  const { target, max_messages: maxMessages, messages_per_second: messagesPerSecond } = decoded.value;
  return ok({
    target: target == null ? null : parseNewQueueName(target),
    maxMessages: maxMessages ?? null,
    messagesPerSecond: messagesPerSecond ?? null,
  });
}

export function encodeRedrive(redrive: Redrive): string {
  return JSON.stringify({
    status: redrive.status,
    moved: redrive.moved,
    remaining: redrive.remaining,
    target: redrive.target,
    max_messages: redrive.maxMessages,
    messages_per_second: redrive.messagesPerSecond,
    started_at: formatUtc(redrive.startedAt),
    finished_at: redrive.finishedAt === null ? null : formatUtc(redrive.finishedAt),
  });
}
