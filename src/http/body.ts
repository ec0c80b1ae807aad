/**
 * Reading request bodies, however they come: with an announced length, in chunks, or through HTTP/2 proxies that announce
 * nothing. What is announced is what counts (core contract 1.3); what is not is read until a limit is passed.
 */
import type { Failure } from "../domain/failure.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Load } from "./bytes-in-flight.ts";
import type { Visit } from "./route.ts";

/** Bodies without a limit of their own (claims, purges) are small documents; upstream does not bound them. */
const SMALL_BODY_MAX = 65_536;

/** Bytes that are set aside before any came: most bodies fit, and are read by one call. */
const ROOM_MIN = 16_384;
/** Bytes that are set aside at once for a body that keeps coming. */
const ROOM_MAX = 65_536;

/** Characters of a strange Content-Encoding that its refusal repeats. */
const ENCODING_SHOWN_MAX = 40;

/** A body of more than the limit: at least so many bytes. */
export interface TooLarge {
  readonly size: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The body, or null when there is none. One of more than `max` bytes is refused for the reason given. */
export async function readBody(
  visit: Visit,
  { max, tooLarge }: { readonly max: number; readonly tooLarge: (size: number) => Failure },
): Promise<Bytes | null> {
  const body = await readUpTo(visit, max);
  if (isTooLarge(body)) throw new Refusal(tooLarge(body.size));
  return body;
}

export function readSmallBody(visit: Visit): Promise<Bytes | null> {
  const max = SMALL_BODY_MAX;
  return readBody(visit, { max, tooLarge: (got) => ({ kind: "body-too-large", max, got }) });
}

/**
 * As `readBody`, for callers that have something to do before a body that is too large is refused. One that announces
 * its length is then not read at all (so does the reference), another no further than one byte behind the limit.
 */
export async function readUpTo(visit: Visit, max: number): Promise<Bytes | TooLarge | null> {
  const { request, contentLength, context, load } = visit;
  if (contentLength !== null && contentLength > max) return { size: contentLength };
  const stream = request.body as ReadableStream<Uint8Array> | null;
  if (stream === null || contentLength === 0) return contentLength === null ? null : new Uint8Array();
  checkEncoding(request.headers.get("Content-Encoding"));
  const bytes = await readBytes(stream, contentLength ?? max + 1, { seconds: context.config.maxBodyWait, load });
  if (bytes.length > max) return { size: bytes.length };
  // Chunks that hold nothing are how a client without a body may say so.
  return contentLength === null && bytes.length === 0 ? null : bytes;
}

export function isTooLarge(body: Uint8Array | TooLarge | null): body is TooLarge {
  return body !== null && !(body instanceof Uint8Array);
}

/**
 * Compressed bodies are refused by name: limits are on what is stored, and a few bytes can unfold to gigabytes. No client
 * of the API sends them.
 */
function checkEncoding(encoding: string | null): void {
  if (encoding === null || encoding === "" || encoding.toLowerCase() === "identity") return;
  throw new Refusal({ kind: "encoding-unsupported", encoding: encoding.slice(0, ENCODING_SHOWN_MAX) });
}

/**
 * Up to `length` bytes, fewer when no more come, and never more. What is set aside grows with what has come, because an
 * announcement costs the client nothing; a small body is one call into one buffer, which costs least.
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

/** Fills the room, or as much of it as the body has left. */
async function readPart(reader: ReadableStreamBYOBReader, room: number, seconds: number): Promise<Bytes> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), seconds * 1000);
  const part = await Promise.race([
    // A client that goes away in the middle will not read the answer, and nothing may come of half a body.
    reader.readAtLeast(room, new Uint8Array(room)).catch(() => null),
    late,
  ]);
  clearTimeout(timer);
  if (part === null) throw new Refusal({ kind: "body-unparsable" });
  if (part === "late") {
    // Fails what is being read, which nobody waits for any more.
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
