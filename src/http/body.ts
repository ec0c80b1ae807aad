/**
 * Reads request bodies, with or without a Content-Length. A body with a Content-Length is accepted or refused by it before it is
 * read. A body without one (in chunks, or by HTTP/2) is read until it exceeds the limit.
 */
import type { Failure } from "../domain/failure.ts";
import type { JsonText } from "../domain/json.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { decodeRequired, SMALL_DOCUMENT_MAX } from "../wire/document.ts";
import type { ByteAccount } from "./bytes-in-flight.ts";
import type { ApiRequest } from "./request.ts";

/**
 * Bytes of the first buffer, which is allocated before any byte has arrived. Most bodies fit into it, and one whose length is
 * announced is then read by one call.
 */
const FIRST_BUFFER = 16_384;
/** Bytes of each further buffer at most. */
const NEXT_BUFFER_MAX = 65_536;

/** Characters of an unknown Content-Encoding that the error contains. */
const ENCODING_SHOWN_MAX = 40;

/** A body above the limit. `size`: its bytes, or at least so many if they are not known. */
export interface TooLarge {
  readonly size: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The body; null: there is none. A body of more than `max` bytes is refused with the failure `tooLarge`. */
export async function readBody(
  request: ApiRequest,
  { max, tooLarge }: { readonly max: number; readonly tooLarge: (size: number) => Failure },
): Promise<Bytes | null> {
  const body = await readUpTo(request, max);
  if (isTooLarge(body)) throw new Refusal(tooLarge(body.size));
  return body;
}

export function readSmallBody(request: ApiRequest, max = SMALL_DOCUMENT_MAX): Promise<Bytes | null> {
  return readBody(request, { max, tooLarge: (got) => ({ kind: "body-too-large", max, got }) });
}

/** The object in a small body, which the request must have. */
export async function readSmallObject(request: ApiRequest): Promise<JsonText> {
  return unwrap(decodeRequired(await readSmallBody(request)));
}

/**
 * As `readBody`, for callers that do something before they refuse a body that is too large. Such a body is not read if it has a
 * Content-Length, as in upstream. Without one it is read up to one byte beyond the limit.
 */
export async function readUpTo(request: ApiRequest, max: number): Promise<Bytes | TooLarge | null> {
  const { raw, contentLength, config, bytes: account } = request;
  if (contentLength !== null && contentLength > max) return { size: contentLength };
  const seconds = config.maxBodyWait;
  if (contentLength === 0) return new Uint8Array();
  if (contentLength !== null && contentLength <= FIRST_BUFFER) return readWhole(raw, seconds);
  const stream = raw.body as ReadableStream<Uint8Array> | null;
  if (stream === null) return contentLength === null ? null : new Uint8Array();
  checkEncoding(raw.headers.get("Content-Encoding"));
  const bytes = await readBytes(stream, contentLength ?? max + 1, { seconds, account });
  if (bytes.length > max) return { size: bytes.length };
  // A client without a body may send an empty chunked one.
  return contentLength === null && bytes.length === 0 ? null : bytes;
}

export function isTooLarge(body: Uint8Array | TooLarge | null): body is TooLarge {
  return body !== null && !(body instanceof Uint8Array);
}

/**
 * Refuses compressed bodies, because a few bytes can decompress to gigabytes. No known client of the API sends compressed bodies.
 */
function checkEncoding(encoding: string | null): void {
  if (encoding === null || encoding === "" || encoding.toLowerCase() === "identity") return;
  throw new Refusal({ kind: "encoding-unsupported", encoding: encoding.slice(0, ENCODING_SHOWN_MAX) });
}

/**
 * Reads up to `length` bytes, fewer if the body ends before. Memory is allocated as bytes arrive, because a client can announce
 * any length. A small body is read by one call into one buffer, which is cheapest.
 */
async function readBytes(
  stream: ReadableStream<Uint8Array>,
  length: number,
  { seconds, account }: { readonly seconds: number; readonly account: ByteAccount },
): Promise<Bytes> {
  const reader = stream.getReader({ mode: "byob" });
  const parts: Bytes[] = [];
  let size = 0;
  try {
    for (let room = Math.min(length, FIRST_BUFFER); room > 0; room = Math.min(length - size, NEXT_BUFFER_MAX)) {
      if (size > 0) {
        account.check();
        account.add(room);
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

/**
 * Reads a small body of known length. HTTP delivers the announced bytes and no more, so this needs no reader. `raw.body` is not
 * used, because that makes a stream.
 */
async function readWhole(raw: Request, seconds: number): Promise<Bytes> {
  checkEncoding(raw.headers.get("Content-Encoding"));
  const body = await inTime(raw.arrayBuffer(), seconds);
  if (body === "late") throw new Refusal({ kind: "body-late", seconds });
  return new Uint8Array(body);
}

/** Reads `room` bytes, or what is left of the body. */
async function readPart(reader: ReadableStreamBYOBReader, room: number, seconds: number): Promise<Bytes> {
  const part = await inTime(reader.readAtLeast(room, new Uint8Array(room)), seconds);
  if (part === "late") {
    // Ends the pending read.
    await reader.cancel().catch(() => undefined);
    throw new Refusal({ kind: "body-late", seconds });
  }
  return part.value ?? new Uint8Array();
}

/** What is read, or `late`. An error means that the client has disconnected. An incomplete body must have no effect. */
function inTime<T>(reading: Promise<T>, seconds: number): Promise<T | "late"> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve("late"), seconds * 1000);
    void reading
      .then(resolve, () => reject(new Refusal({ kind: "body-unparsable" })))
      .finally(() => clearTimeout(timer));
  });
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
