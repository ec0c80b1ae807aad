/** Reading request bodies: what a request announces is what counts, and not a byte more is read (core contract 1.3). */
import type { Failure } from "../domain/failure.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Visit } from "./route.ts";

/** Bodies without a limit of their own (claims, purges) are small documents; upstream does not bound them. */
const SMALL_BODY_MAX = 65_536;

/**
 * The body, or null when none is announced. One that announces more than `max` bytes is refused unread, for the reason
 * given; so does the reference, and a hostile client cannot fill the memory.
 */
export async function readBody(
  { request, contentLength }: Visit,
  { max, tooLarge }: { readonly max: number; readonly tooLarge: Failure },
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (contentLength === null) return null;
  if (contentLength > max) throw new Refusal(tooLarge);
  return readBytes(request, contentLength);
}

export function readSmallBody(visit: Visit): Promise<Uint8Array<ArrayBuffer> | null> {
  return readBody(visit, { max: SMALL_BODY_MAX, tooLarge: { kind: "body-too-large", max: SMALL_BODY_MAX } });
}

/**
 * Up to `length` bytes: fewer when the client announced more than it sent, and never more, because there is room for no
 * more. One call fills the buffer; reading chunk by chunk, or without a bound, costs more.
 */
async function readBytes({ body }: Request, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const stream = body as ReadableStream<Uint8Array> | null;
  if (stream === null || length === 0) return new Uint8Array();
  const reader = stream.getReader({ mode: "byob" });
  try {
    const { value } = await reader.readAtLeast(length, new Uint8Array(length));
    return value ?? new Uint8Array();
  } catch {
    // The client went away in the middle of its body. It will not read the answer, and nothing may come of half a body.
    throw new Refusal({ kind: "body-unparsable" });
  } finally {
    reader.releaseLock();
  }
}
