/**
 * The position of a request in a distributed trace: `traceparent` of W3C Trace Context. That of a post is stored with its
 * messages. `tracestate` is not: it would be 512 characters or more of a stranger's text in every row, and in every webhook.
 */
import type { Brand } from "./brand.ts";

/** Version 00: `00-`, 32 digits of the trace, 16 of the span, 2 of flags. All are lower-case hexadecimal. */
export type Traceparent = Brand<string, "Traceparent">;

export const TRACEPARENT_HEADER = "traceparent";

const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const LENGTH = 55;
/** Where the span and the flags begin. */
const SPAN = 36;
const FLAGS = 53;
/** The flags that version 00 defines: sampled, and random trace id (level 2). Others are sent on as zero, as it demands. */
const SAMPLED = 1;
const KNOWN_FLAGS = SAMPLED | 2;

/**
 * A `traceparent` in the form of version 00; null: there is none, or it is invalid and so has no effect. Of a later version the
 * fields of version 00 are used, whatever follows them.
 */
export function parseTraceparent(text: string | null): Traceparent | null {
  if (text === null || text.length < LENGTH) return null;
  if (text.length > LENGTH && (text[LENGTH] !== "-" || text.startsWith("00"))) return null;
  const fields = text.slice(0, LENGTH);
  if (!FORM.test(fields)) return null;
  const flags = parseInt(fields.slice(FLAGS), 16) & KNOWN_FLAGS;
  return `00${fields.slice(2, FLAGS)}0${flags}` as Traceparent;
}

/** The id of the trace: 32 hexadecimal digits. */
export function traceOf(traceparent: Traceparent): string {
  return traceparent.slice(3, SPAN - 1);
}

/** The id of the span: 16 hexadecimal digits. */
export function spanOf(traceparent: Traceparent): string {
  return traceparent.slice(SPAN, FLAGS - 1);
}

export function isSampled(traceparent: Traceparent): boolean {
  return (Number(traceparent.slice(FLAGS)) & SAMPLED) !== 0;
}

/** The `traceparent` of a span whose parent is the span of this one. */
export function withSpan(traceparent: Traceparent, span: string): Traceparent {
  return (traceparent.slice(0, SPAN) + span + traceparent.slice(FLAGS - 1)) as Traceparent;
}

/** A new id of a span, of 62 random bits. It is never zero, because the second half of a UUID begins with its variant. */
export function newSpan(): string {
  return crypto.randomUUID().slice(19).replace("-", "");
}

/** A new id of a trace, of 122 random bits. */
export function newTrace(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
