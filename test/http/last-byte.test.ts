/** The end of an answer is held back until its client has had time to show that it has gone. */
import { describe, expect, test, vi } from "vitest";
import { toEpochMs } from "../../src/domain/time.ts";
import { holdLastByte } from "../../src/http/last-byte.ts";

const TEXT = '{"messages":[{"body":"Grüße"}]}';
const ALL_BUT_ONE = TEXT.slice(0, -1);

interface Held {
  readonly gone: AbortController;
  readonly onGone: ReturnType<typeof vi.fn<() => Promise<void>>>;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Settles when the answer is written or given up. */
  readonly written: Promise<unknown>;
}

/** An answer, by a clock that a pause never overruns unless it says so. */
function hold({ pause = 20, clock = () => toEpochMs(0) } = {}): Held {
  const gone = new AbortController();
  const onGone = vi.fn(async () => {});
  const work: Promise<unknown>[] = [];
  const recipient = { gone: gone.signal, pause, clock, waitUntil: (each: Promise<unknown>) => void work.push(each) };
  const reader = (holdLastByte(TEXT, recipient, onGone) as ReadableStream<Uint8Array>).getReader();
  return { gone, onGone, reader, written: Promise.all(work) };
}

async function textFrom(reader: Held["reader"]): Promise<string | null> {
  const { done, value } = await reader.read();
  return done ? null : new TextDecoder().decode(value);
}

describe("a client that stays", () => {
  test("gets all but the last byte, then the last byte, and nothing is undone", async () => {
    const { onGone, reader, written } = hold();
    expect(await textFrom(reader)).toBe(ALL_BUT_ONE);
    expect(await textFrom(reader)).toBe("}");
    expect(await textFrom(reader)).toBeNull();
    await written;
    expect(onGone).not.toHaveBeenCalled();
  });
});

describe("a client that goes before the last byte", () => {
  test.each([0, 1])("has got nothing, and the claim is undone once (having read %i chunks)", async (chunks) => {
    const { gone, onGone, reader, written } = hold({ pause: 60_000 });
    for (let read = 0; read < chunks; read++) await textFrom(reader);
    gone.abort();
    await written;
    gone.abort();
    expect(onGone).toHaveBeenCalledOnce();
    await expect(textFrom(reader)).rejects.toThrow();
  });

  test("is noticed also when it does not read the answer", async () => {
    const { onGone, reader, written } = hold();
    await textFrom(reader);
    await reader.cancel();
    await written;
    expect(onGone).toHaveBeenCalledOnce();
  });

  test("is noticed when it left before anything was written", async () => {
    const gone = new AbortController();
    gone.abort();
    const onGone = vi.fn(async () => {});
    const work: Promise<unknown>[] = [];
    const waitUntil = (each: Promise<unknown>) => void work.push(each);
    holdLastByte(TEXT, { gone: gone.signal, pause: 60_000, clock: () => toEpochMs(0), waitUntil }, onGone);
    await Promise.all(work);
    expect(onGone).toHaveBeenCalledOnce();
  });
});

test("from the last byte on nothing is undone, whatever fails", async () => {
  const { gone, onGone, reader, written } = hold();
  await textFrom(reader);
  expect(await textFrom(reader)).toBe("}");
  gone.abort();
  await reader.cancel();
  await written;
  expect(onGone).not.toHaveBeenCalled();
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
    // Each pause is looked at when it begins and when it ends; the first look is when the answer begins.
    const clock = (): ReturnType<typeof toEpochMs> => {
      looks++;
      if (looks > 1 && looks % 2 === 0) now += overrun;
      return toEpochMs(now);
    };
    const { reader, written } = hold({ pause: 0, clock });
    await textFrom(reader);
    await textFrom(reader);
    await reader.cancel();
    await written;
    expect(looks).toBe(2 * pauses);
  });
});
