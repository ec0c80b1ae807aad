/**
 * An answer for a client that may have gone away while it waited. A connection that was closed in the orderly way looks
 * like any other until something is written to it; then the client's machine resets it, and the runtime aborts the
 * request's signal. So all but the last byte is written, and the last one when that has had time to happen. A client that
 * is there gets a whole answer of announced length; what it has not got whole it cannot have acted upon.
 *
 * That a write ends well proves nothing: it only went to the machine's own buffers. And from the last byte on nothing can
 * be learned any more: whatever fails then, the client may have all of it.
 */
import type { EpochMs } from "../domain/time.ts";

export interface Recipient {
  /** Aborts when the client is known to have gone. */
  readonly gone: AbortSignal;
  /** Milliseconds that the last byte is held back. */
  readonly pause: number;
  readonly clock: () => EpochMs;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** A pause that took so much longer (ms) was spent on other requests, and this one's connection was not looked at. */
const OVERRUN_MS = 2;
/** However busy the process is, a client waits no longer for the last byte. */
const PAUSES_MS_MAX = 250;
/** Turns of the event loop after the pause, in which it gets to connections that were waiting for it. */
const TURNS = 3;

/** `onGone` is called when the client went away before the last byte, at most once, and never later. */
export function holdLastByte(text: string, recipient: Recipient, onGone: () => Promise<void>): ReadableStream {
  const bytes = new TextEncoder().encode(text);
  const { readable, writable } = new FixedLengthStream(bytes.length);
  const writer = writable.getWriter();
  const write = async (): Promise<void> => {
    const departure = departureOf(recipient.gone);
    // A write to a connection that is reset may never end.
    const isBegun = await Promise.race([isTaken(writer.write(bytes.subarray(0, -1))), departure]);
    if (isBegun) await pause(recipient, departure);
    const isThere = isBegun && !recipient.gone.aborted;
    if (isThere && (await isTaken(writer.write(bytes.subarray(-1))))) await writer.close();
    else await Promise.allSettled([onGone(), writer.abort()]);
  };
  recipient.waitUntil(write().catch(() => undefined));
  return readable;
}

/** Whether the runtime took what was written. One that fails was not taken. */
function isTaken(written: Promise<void>): Promise<boolean> {
  return written.then(
    () => true,
    () => false,
  );
}

/** Settles when the client is known to have gone. */
function departureOf(gone: AbortSignal): Promise<false> {
  const { promise, resolve } = Promise.withResolvers<false>();
  if (gone.aborted) resolve(false);
  else gone.addEventListener("abort", () => resolve(false));
  return promise;
}

async function pause({ gone, pause: ms, clock }: Recipient, departure: Promise<unknown>): Promise<void> {
  const start = clock();
  for (let began = start; !gone.aborted; began = clock()) {
    await Promise.race([departure, scheduler.wait(ms)]);
    const now = clock();
    if (now - began <= ms + OVERRUN_MS || now - start >= PAUSES_MS_MAX) break;
  }
  for (let turn = 0; turn < TURNS && !gone.aborted; turn++) await scheduler.wait(0);
}
