/**
 * Sends a large answer in pieces, each of which the client has to read within a time limit. Otherwise a client that reads nothing
 * could keep the answer in memory for as long as it likes.
 */
import type { ByteAccount } from "./bytes-in-flight.ts";

const PIECE_BYTES = 65_536;

/** Makes a response body of the bytes, which are counted until they are sent. The time limit of each piece is `seconds`. */
export function sendInPieces(
  bytes: Uint8Array,
  {
    seconds,
    waitUntil,
    account,
  }: {
    readonly seconds: number;
    readonly waitUntil: (work: Promise<unknown>) => void;
    readonly account: ByteAccount;
  },
): ReadableStream {
  const { readable, writable } = new FixedLengthStream(bytes.length);
  account.add(bytes.length);
  waitUntil(writePieces(writable.getWriter(), bytes, seconds).finally(() => account.release()));
  return readable;
}

async function writePieces(writer: WritableStreamDefaultWriter, bytes: Uint8Array, seconds: number): Promise<void> {
  // An abort fails the pending write, which ends the loop.
  const giveUp = (): void => void writer.abort(new Error("The client did not read its answer.")).catch(() => undefined);
  try {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const timer = setTimeout(giveUp, seconds * 1000);
      await writer.write(bytes.subarray(at, at + PIECE_BYTES)).finally(() => clearTimeout(timer));
    }
    await writer.close();
  } catch {
    // The client has disconnected, or did not read in time.
  }
}
