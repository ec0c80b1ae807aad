/**
 * An answer for a client that may have disconnected while it waited. A connection that was closed in an orderly way cannot be
 * recognised until something is written to it. Then the client's machine resets the connection, and the runtime aborts the
 * request's signal. So all but the last byte is written first, and the last byte after a pause in which the abort can arrive. A
 * connected client gets a whole answer of the announced length. A client without the last byte cannot have acted on the answer.
 *
 * A write that succeeds proves nothing, because its bytes are only in the local machine's buffers. After the last byte is written
 * nothing more can be learned: whatever fails then, the client may have the whole answer.
 */
import type { EpochMs } from "../domain/time.ts";

export interface Recipient {
  /** Aborts when the client is known to have disconnected. */
  readonly gone: AbortSignal;
  /** Milliseconds that the last byte is held back. */
  readonly pause: number;
  readonly clock: () => EpochMs;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** If the pause took so many milliseconds longer, the thread was busy and this connection was not read. The pause is repeated. */
const OVERRUN_MS = 2;
/** The longest wait for the last byte in milliseconds, however busy the process is. */
const PAUSES_MS_MAX = 250;
/** Iterations of the event loop after the pause, in which the runtime reads the waiting connections. */
const TURNS = 3;

/** Sends the answer. `onGone` is called at most once, only if the client has disconnected before the last byte. */
export function holdLastByte(text: string, recipient: Recipient, onGone: () => Promise<void>): ReadableStream {
  const bytes = new TextEncoder().encode(text);
  const { readable, writable } = new FixedLengthStream(bytes.length);
  const writer = writable.getWriter();
  const write = async (): Promise<void> => {
    const departure = departureOf(recipient.gone);
    // A write to a reset connection may never end.
    const isBegun = await Promise.race([isTaken(writer.write(bytes.subarray(0, -1))), departure]);
    if (isBegun) await pause(recipient, departure);
    const isThere = isBegun && !recipient.gone.aborted;
    if (isThere && (await isTaken(writer.write(bytes.subarray(-1))))) await writer.close();
    else await Promise.allSettled([onGone(), writer.abort()]);
  };
  recipient.waitUntil(write().catch(() => undefined));
  return readable;
}

/** Whether the runtime accepted the bytes. A write that fails was not accepted. */
function isTaken(written: Promise<void>): Promise<boolean> {
  return written.then(
    () => true,
    () => false,
  );
}

/** Settles when the client is known to have disconnected. */
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
