/**
 * Reads request bodies: with a Content-Length, in chunks, or through HTTP/2 proxies without a length. An announced length is
 * judged as announced. A body without one is read until it passes the limit.
 */
import type { Failure } from "../domain/failure.ts";
import { Refusal } from "../domain/refusal.ts";
import { SMALL_DOCUMENT_MAX } from "../wire/document.ts";
import type { Load } from "./bytes-in-flight.ts";
import type { Visit } from "./visit.ts";

/** Bytes of the first buffer, allocated before any byte has arrived: most bodies fit, and are read by one call. */
const ROOM_MIN = 16_384;
/** Bytes of each further buffer. */
const ROOM_MAX = 65_536;

/** Characters of an unknown Content-Encoding that the error quotes. */
const ENCODING_SHOWN_MAX = 40;

/** A body above the limit. It has at least so many bytes. */
export interface TooLarge {
  readonly size: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The body, or null when there is none. A body of more than `max` bytes is refused with the given failure. */
export async function readBody(
  visit: Visit,
  { max, tooLarge }: { readonly max: number; readonly tooLarge: (size: number) => Failure },
): Promise<Bytes | null> {
  const body = await readUpTo(visit, max);
  if (isTooLarge(body)) throw new Refusal(tooLarge(body.size));
  return body;
}

export function readSmallBody(visit: Visit): Promise<Bytes | null> {
  const max = SMALL_DOCUMENT_MAX;
  return readBody(visit, { max, tooLarge: (got) => ({ kind: "body-too-large", max, got }) });
}

/**
 * As `readBody`, for callers that have work to do before they refuse a body that is too large. A too large body with an announced
 * length is not read at all, as in upstream. One without is read up to one byte beyond the limit.
 */
export async function readUpTo(visit: Visit, max: number): Promise<Bytes | TooLarge | null> {
  const { request, contentLength, config, load } = visit;
  if (contentLength !== null && contentLength > max) return { size: contentLength };
  const stream = request.body as ReadableStream<Uint8Array> | null;
  if (stream === null || contentLength === 0) return contentLength === null ? null : new Uint8Array();
  checkEncoding(request.headers.get("Content-Encoding"));
  const bytes = await readBytes(stream, contentLength ?? max + 1, { seconds: config.maxBodyWait, load });
  if (bytes.length > max) return { size: bytes.length };
  // A client without a body may send an empty chunked one.
  return contentLength === null && bytes.length === 0 ? null : bytes;
}

export function isTooLarge(body: Uint8Array | TooLarge | null): body is TooLarge {
  return body !== null && !(body instanceof Uint8Array);
}

/**
 * Refuses compressed bodies: limits are on stored bytes, and a few bytes can decompress to gigabytes. No client of the API sends
 * them.
 */
function checkEncoding(encoding: string | null): void {
  if (encoding === null || encoding === "" || encoding.toLowerCase() === "identity") return;
  throw new Refusal({ kind: "encoding-unsupported", encoding: encoding.slice(0, ENCODING_SHOWN_MAX) });
}

/**
 * Reads up to `length` bytes, fewer if the body ends before. Memory is allocated as bytes arrive, because announcing a length
 * costs the client nothing. A small body is one call into one buffer, which is cheapest.
 */
async function readBytes(
  stream: ReadableStream<Uint8Array>,
  length: number,
  { seconds, load }: { readonly seconds: number; readonly load: Load },
): Promise<Bytes> {
  const reader = stream.getReader({ mode: "byob" });
  const parts: Bytes[] = [];
  let size = 0;
  try {
    for (let room = Math.min(length, ROOM_MIN); room > 0; room = Math.min(length - size, ROOM_MAX)) {
      if (size > 0) {
        load.check();
        load.take(room);
      }
      const part = await readPart(reader, room, seconds);
      parts.push(part);
      size += part.length;
      if (part.length < room) break;
    }
  } finally {
    reader.releaseLock();
  }
  const [first = new Uint8Array()] = parts;
  return parts.length < 2 ? first : join(parts, size);
}

/** Fills the buffer, or as much of it as the body has left. */
async function readPart(reader: ReadableStreamBYOBReader, room: number, seconds: number): Promise<Bytes> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), seconds * 1000);
  const part = await Promise.race([
    // The client disconnected. It will not read the answer, and half a body must have no effect.
    reader.readAtLeast(room, new Uint8Array(room)).catch(() => null),
    late,
  ]);
  clearTimeout(timer);
  if (part === null) throw new Refusal({ kind: "body-unparsable" });
  if (part === "late") {
    // Ends the pending read, for which nothing waits any more.
    await reader.cancel().catch(() => undefined);
    throw new Refusal({ kind: "body-late", seconds });
  }
  return part.value ?? new Uint8Array();
}

function join(parts: readonly Bytes[], size: number): Bytes {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
