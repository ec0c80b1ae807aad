/** The last byte of an answer is delayed, so that the disconnection of the client can be detected before. */
import { describe, expect, test, vi } from "vitest";
import { toEpochMs } from "../../src/domain/time.ts";
import { delayLastByte } from "../../src/http/last-byte.ts";

const TEXT = '{"messages":[{"body":"Grüße"}]}';
const ALL_BUT_ONE = TEXT.slice(0, -1);

interface Delayed {
  readonly disconnected: AbortController;
  readonly onDisconnect: ReturnType<typeof vi.fn<() => Promise<void>>>;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Settles when the answer is written or given up. */
  readonly written: Promise<unknown>;
}

/** Writes an answer. With the default clock no pause takes longer than planned. */
function answer({ pause = 20, clock = () => toEpochMs(0) } = {}): Delayed {
  const disconnected = new AbortController();
  const onDisconnect = vi.fn(async () => {});
  const work: Promise<unknown>[] = [];
  const recipient = {
    disconnected: disconnected.signal,
    pause,
    clock,
    waitUntil: (each: Promise<unknown>) => void work.push(each),
  };
  const reader = (delayLastByte(TEXT, recipient, onDisconnect) as ReadableStream<Uint8Array>).getReader();
  return { disconnected, onDisconnect, reader, written: Promise.all(work) };
}

async function textFrom(reader: Delayed["reader"]): Promise<string | null> {
  const { done, value } = await reader.read();
  return done ? null : new TextDecoder().decode(value);
}

describe("a client that stays", () => {
  test("gets all but the last byte, then the last byte, and nothing is undone", async () => {
    const { onDisconnect, reader, written } = answer();
    expect(await textFrom(reader)).toBe(ALL_BUT_ONE);
    expect(await textFrom(reader)).toBe("}");
    expect(await textFrom(reader)).toBeNull();
    await written;
    expect(onDisconnect).not.toHaveBeenCalled();
  });
});

describe("a client that goes before the last byte", () => {
  test.each([0, 1])("has got nothing, and the claim is undone once (having read %i chunks)", async (chunks) => {
    const { disconnected, onDisconnect, reader, written } = answer({ pause: 60_000 });
    for (let read = 0; read < chunks; read++) await textFrom(reader);
    disconnected.abort();
    await written;
    disconnected.abort();
    expect(onDisconnect).toHaveBeenCalledOnce();
    await expect(textFrom(reader)).rejects.toThrow();
  });

  test("is noticed also when it does not read the answer", async () => {
    const { onDisconnect, reader, written } = answer();
    await textFrom(reader);
    await reader.cancel();
    await written;
    expect(onDisconnect).toHaveBeenCalledOnce();
  });

  test("is noticed when it left before anything was written", async () => {
    const disconnected = new AbortController();
    disconnected.abort();
    const onDisconnect = vi.fn(async () => {});
    const work: Promise<unknown>[] = [];
    const waitUntil = (each: Promise<unknown>) => void work.push(each);
    delayLastByte(
      TEXT,
      { disconnected: disconnected.signal, pause: 60_000, clock: () => toEpochMs(0), waitUntil },
      onDisconnect,
    );
    await Promise.all(work);
    expect(onDisconnect).toHaveBeenCalledOnce();
  });
});

test("from the last byte on nothing is undone, whatever fails", async () => {
  const { disconnected, onDisconnect, reader, written } = answer();
  await textFrom(reader);
  expect(await textFrom(reader)).toBe("}");
  disconnected.abort();
  await reader.cancel();
  await written;
  expect(onDisconnect).not.toHaveBeenCalled();
});

describe("a pause that took longer than it should", () => {
  test.each([
    [0, 1],
    [2, 1],
    [3, 84],
    [125, 2],
    [1000, 1],
  ])("by %i ms is repeated, for 250 ms at most: %i pauses", async (overrun, pauses) => {
    let now = 0;
    let looks = 0;
    // The clock is read at the start of the answer, and at the beginning and the end of each pause.
    const clock = (): ReturnType<typeof toEpochMs> => {
      looks++;
      if (looks > 1 && looks % 2 === 0) now += overrun;
      return toEpochMs(now);
    };
    const { reader, written } = answer({ pause: 0, clock });
    await textFrom(reader);
    await textFrom(reader);
    await reader.cancel();
    await written;
    expect(looks).toBe(2 * pauses);
  });
});
