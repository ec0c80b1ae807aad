/**
 * Reads the rest of a body that the handler did not read to its end (of a refused request, of a GET) before the answer is sent.
 * If a server answers and closes while a client still sends, the connection is reset, and the client never sees the error.
 */
import type { MiddlewareHandler } from "hono";

/** Bytes that are read at most. This suffices for honest mistakes; a client that sends more gets the reset. */
const DRAIN_MAX = 4_194_304;

/** `seconds`: how long the reading of a discarded body may take. */
export function drainBody(seconds: number): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const request: { bodyUsed: boolean; body: ReadableStream<Uint8Array> | null; headers: Headers } = c.req.raw;
    const { body } = request;
    if (body === null || body.locked) return;
    // If the handler read the body, only a refusal can have left a rest.
    if (request.bodyUsed ? c.res.status >= 400 : !waitsForInvitation(request.headers)) await discard(body, seconds);
  };
}

/** Whether the client waits for a 100 Continue, which reading would send. Without it the client sends no body at all. */
function waitsForInvitation(headers: Headers): boolean {
  return headers.get("Expect")?.toLowerCase() === "100-continue";
}

/** Reads and discards the body, within the limits of bytes and time. */
async function discard(body: ReadableStream<Uint8Array>, seconds: number): Promise<void> {
  const reader = body.getReader();
  const timer = setTimeout(() => void reader.cancel().catch(() => undefined), seconds * 1000);
  let size = 0;
  try {
    while (size < DRAIN_MAX) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.length;
    }
    await reader.cancel();
  } catch {
    // The client has disconnected, or its time was over: the answer need not wait any longer.
  } finally {
    clearTimeout(timer);
  }
}
