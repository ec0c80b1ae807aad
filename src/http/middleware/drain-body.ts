/**
 * Takes in a body that nobody read to its end (a refused request's, a GET's) before the answer goes out. A server that
 * answers and closes while a client still sends resets the connection, and the client never sees why it was refused.
 */
import type { MiddlewareHandler } from "hono";

/** Bytes: room for an honest mistake; whoever sends more has to live with the reset. */
const DRAIN_MAX = 4_194_304;

/** `seconds`: how long a body may take that is only thrown away. */
export function drainBody(seconds: number): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const request: { bodyUsed: boolean; body: ReadableStream<Uint8Array> | null; headers: Headers } = c.req.raw;
    const { body } = request;
    if (body === null || body.locked) return;
    // Of what was read, only a refusal may have left a rest.
    if (request.bodyUsed ? c.res.status >= 400 : !waitsForInvitation(request.headers)) await discard(body, seconds);
  };
}

/** Whether the client sends its body only when it is asked to, which reading would do. The answer spares it the way. */
function waitsForInvitation(headers: Headers): boolean {
  return headers.get("Expect")?.toLowerCase() === "100-continue";
}

/** Keeps no byte, and waits for no more than the limits. */
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
    // The client went away, or its time was over: there is nobody left to be considerate to.
  } finally {
    clearTimeout(timer);
  }
}
