/**
 * Takes in a body that nobody read (a refused request's, a GET's) before the answer goes out. A server that answers and
 * closes while a client still sends resets the connection, and the client never sees why it was refused.
 */
import type { MiddlewareHandler } from "hono";

/** Bytes: room for an honest mistake; whoever sends more has to live with the reset. */
const DRAIN_MAX = 4_194_304;

export function drainBody(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const { bodyUsed, body }: { bodyUsed: boolean; body: ReadableStream<Uint8Array> | null } = c.req.raw;
    if (!bodyUsed && body !== null) await discard(body);
  };
}

/** Keeps no byte, and waits for no more than the limit. */
async function discard(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  let size = 0;
  try {
    while (size < DRAIN_MAX) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.length;
    }
    await reader.cancel();
  } catch {
    // The client went away: there is nobody left to be considerate to.
  }
}
