/**
 * Before the answer is sent, reads and discards the rest of a body that the handler has not read, such as that of a refused
 * request. If a server closes the connection while the client still sends, the connection is reset, and the client does not get
 * the answer.
 */
import type { MiddlewareHandler } from "hono";

/** The most bytes that are read. The connection of a client that sends more is reset. */
const DRAIN_MAX = 4_194_304;

/** `seconds`: the time limit of reading. */
export function drainBody(seconds: number): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const request: { bodyUsed: boolean; body: ReadableStream<Uint8Array> | null; headers: Headers } = c.req.raw;
    const { bodyUsed } = request;
    // A handler that has read from the body leaves a rest only if it refuses the request.
    if (bodyUsed && c.res.status < 400) return;
    const { body } = request;
    if (body === null || body.locked) return;
    if (bodyUsed || !expectsContinue(request.headers)) await discard(body, seconds);
  };
}

/** Whether the client waits for a 100 Continue. Reading would send it; without it the client sends no body. */
function expectsContinue(headers: Headers): boolean {
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
    // The client has disconnected, or the time limit has passed.
  } finally {
    clearTimeout(timer);
  }
}
