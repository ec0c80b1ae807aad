/**
 * An answer for a client that may have disconnected while it waited. An orderly close of the connection is noticed only when
 * something is written to it: then the client's machine resets the connection, and the runtime aborts the request's signal. So
 * the last byte is written separately, after a pause in which the abort can arrive. A connected client gets a whole answer of the
 * announced length. A client without the last byte cannot have used the answer.
 *
 * A successful write proves nothing, because its bytes are only in the buffers of this machine. After the last byte is written
 * nothing can be decided any more: whatever fails then, the client may have the whole answer.
 */
import type { EpochMs } from "../domain/time.ts";

export interface Recipient {
  /** Aborts when the disconnection of the client is detected. */
  readonly disconnected: AbortSignal;
  /** The delay of the last byte in milliseconds. */
  readonly pause: number;
  readonly clock: () => EpochMs;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/**
 * If a pause takes this many milliseconds more than planned, the thread was busy and has not read the connection: it is repeated.
 */
const OVERRUN_MS = 2;
/** The longest delay of the last byte in milliseconds, however busy the process is. */
const PAUSES_MS_MAX = 250;
/** Iterations of the event loop after the pause, in which the runtime reads its connections. */
const TURNS = 3;

/** Sends the answer. `onDisconnect` is called, at most once, if the client has disconnected before the last byte. */
export function delayLastByte(text: string, recipient: Recipient, onDisconnect: () => Promise<void>): ReadableStream {
  const bytes = new TextEncoder().encode(text);
  const { readable, writable } = new FixedLengthStream(bytes.length);
  const writer = writable.getWriter();
  const write = async (): Promise<void> => {
    const disconnection = disconnectionOf(recipient.disconnected);
    // A write to a reset connection may never end.
    const isBegun = await Promise.race([isAccepted(writer.write(bytes.subarray(0, -1))), disconnection]);
    if (isBegun) await pause(recipient, disconnection);
    const isConnected = isBegun && !recipient.disconnected.aborted;
    if (isConnected && (await isAccepted(writer.write(bytes.subarray(-1))))) await writer.close();
    else await Promise.allSettled([onDisconnect(), writer.abort()]);
  };
  recipient.waitUntil(write().catch(() => undefined));
  return readable;
}

/** Whether the runtime accepted the bytes. A write that fails was not accepted. */
function isAccepted(written: Promise<void>): Promise<boolean> {
  return written.then(
    () => true,
    () => false,
  );
}

/** Resolves when the disconnection of the client is detected. */
function disconnectionOf(disconnected: AbortSignal): Promise<false> {
  const { promise, resolve } = Promise.withResolvers<false>();
  if (disconnected.aborted) resolve(false);
  else disconnected.addEventListener("abort", () => resolve(false));
  return promise;
}

async function pause({ disconnected, pause: ms, clock }: Recipient, disconnection: Promise<unknown>): Promise<void> {
  const start = clock();
  for (let began = start; !disconnected.aborted; began = clock()) {
    await Promise.race([disconnection, scheduler.wait(ms)]);
    const now = clock();
    if (now - began <= ms + OVERRUN_MS || now - start >= PAUSES_MS_MAX) break;
  }
  for (let turn = 0; turn < TURNS && !disconnected.aborted; turn++) await scheduler.wait(0);
}
