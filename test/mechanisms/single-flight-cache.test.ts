/** Cached answers: their expiry, their number, and one request at a time for each key. */
import { describe, expect, test, vi } from "vitest";
import { SingleFlightCache, type CacheDeps, type CachedAnswer } from "../../src/mechanisms/single-flight-cache.ts";
import { toEpochMs } from "../../src/domain/time.ts";

/** A caller of the cache, with a clock that the test moves. */
class Someone implements CacheDeps {
  ms = 0;
  readonly kept: Promise<unknown>[] = [];
  readonly now = () => toEpochMs(this.ms);
  readonly waitUntil = (work: Promise<unknown>): void => {
    this.kept.push(work);
  };
}

/** Answers 1, 2, 3 …, each valid for 100 ms. */
function counting(someone: Someone) {
  let count = 0;
  return vi.fn(async (): Promise<CachedAnswer<number>> => ({ value: ++count, until: toEpochMs(someone.ms + 100) }));
}

describe("an answer", () => {
  test("is valid until its expiry, and requested again from then on", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const ask = counting(someone);
    expect(await recall.get("a", ask, someone)).toBe(1);
    someone.ms = 99;
    expect(await recall.get("a", ask, someone)).toBe(1);
    someone.ms = 100;
    expect(await recall.get("a", ask, someone)).toBe(2);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  test("that was cached while the clock was ahead is requested again once it is set right, unless the difference is small", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const ask = counting(someone);
    someone.ms = 86_400_000;
    expect(await recall.get("a", ask, someone)).toBe(1);
    someone.ms -= 60_000;
    expect(await recall.get("a", ask, someone)).toBe(1);
    someone.ms--;
    expect(await recall.get("a", ask, someone)).toBe(2);
  });

  test("belongs to one key", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const ask = counting(someone);
    expect(await recall.get("a", ask, someone)).toBe(1);
    expect(await recall.get("b", ask, someone)).toBe(2);
    expect(await recall.get("a", ask, someone)).toBe(1);
  });

  test("of null is cached too", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<null>(10);
    const ask = vi.fn(async () => ({ value: null, until: toEpochMs(100) }));
    await recall.get("a", ask, someone);
    expect(await recall.get("a", ask, someone)).toBeNull();
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test("that has expired on arrival is used once", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const ask = vi.fn(async () => ({ value: 7, until: toEpochMs(0) }));
    expect(await recall.get("a", ask, someone)).toBe(7);
    expect(await recall.get("a", ask, someone)).toBe(7);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  test("can be forgotten", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const ask = counting(someone);
    await recall.get("a", ask, someone);
    recall.forget("a");
    expect(await recall.get("a", ask, someone)).toBe(2);
  });
});

describe("one request per key at a time", () => {
  test("all callers in the meantime get the answer of the first", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const ask = counting(someone);
    const answers = await Promise.all([1, 2, 3].map(() => recall.get("a", ask, someone)));
    expect(answers).toEqual([1, 1, 1]);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test("other keys do not wait", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const { promise, resolve } = Promise.withResolvers<CachedAnswer<number>>();
    const first = recall.get("a", () => promise, someone);
    expect(await recall.get("b", async () => ({ value: 2, until: toEpochMs(100) }), someone)).toBe(2);
    resolve({ value: 1, until: toEpochMs(100) });
    expect(await first).toBe(1);
  });

  test("the request outlives its first caller", async () => {
    const [first, second] = [new Someone(), new Someone()];
    const recall = new SingleFlightCache<number>(10);
    const ask = counting(first);
    await Promise.all([recall.get("a", ask, first), recall.get("a", ask, second)]);
    expect(first.kept).toHaveLength(1);
    expect(second.kept).toHaveLength(0);
  });
});

describe("a failure", () => {
  test("reaches all waiting callers, and is not cached", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const ask = vi.fn<() => Promise<CachedAnswer<number>>>();
    ask.mockRejectedValueOnce(new Error("down"));
    ask.mockResolvedValueOnce({ value: 1, until: toEpochMs(100) });
    const waiting = [recall.get("a", ask, someone), recall.get("a", ask, someone)];
    for (const outcome of await Promise.allSettled(waiting)) expect(outcome.status).toBe("rejected");
    expect(await recall.get("a", ask, someone)).toBe(1);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  test("affects neither other keys nor callers that have gone", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const ask = counting(someone);
    await recall.get("a", ask, someone);
    const failing = recall.get("b", () => Promise.reject(new Error("down")), someone);
    await expect(failing).rejects.toThrow("down");
    await expect(Promise.all(someone.kept)).resolves.toBeDefined();
    expect(await recall.get("a", ask, someone)).toBe(1);
  });
});

describe("capacity", () => {
  test("is bounded, and the oldest entry is dropped", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(2);
    const ask = counting(someone);
    for (const key of ["a", "b", "c"]) await recall.get(key, ask, someone);
    expect(await recall.get("b", ask, someone)).toBe(2);
    expect(await recall.get("c", ask, someone)).toBe(3);
    expect(ask).toHaveBeenCalledTimes(3);
    expect(await recall.get("a", ask, someone)).toBe(4);
  });

  test("is not taken twice by one key", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(2);
    const ask = counting(someone);
    await recall.get("a", ask, someone);
    await recall.get("b", ask, someone);
    someone.ms = 100;
    await recall.get("a", ask, someone);
    await recall.get("c", ask, someone);
    expect(await recall.get("a", ask, someone)).toBe(3);
    expect(await recall.get("c", ask, someone)).toBe(4);
  });

  test("does not grow with the number of keys", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const ask = counting(someone);
    for (let key = 0; key < 1000; key++) await recall.get(`${key}`, ask, someone);
    const { answers, lookups } = recall as unknown as {
      answers: Map<string, unknown>;
      lookups: Map<string, unknown>;
    };
    expect(answers.size).toBe(10);
    expect(lookups.size).toBe(0);
  });
});

describe("a recent answer", () => {
  test("is used although it has expired, while a new one is requested in the background", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const ask = counting(someone);
    expect(await recall.getRecent("a", ask, someone)).toBe(1);
    someone.ms = 100;
    expect(await recall.getRecent("a", ask, someone)).toBe(1);
    await Promise.all(someone.kept);
    expect(await recall.getRecent("a", ask, someone)).toBe(2);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  test("stays usable while requests fail", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    await recall.getRecent("a", counting(someone), someone);
    someone.ms = 100;
    const failing = vi.fn(async () => Promise.reject(new Error("no")));
    expect(await recall.getRecent("a", failing, someone)).toBe(1);
    await Promise.all(someone.kept);
    expect(await recall.getRecent("a", failing, someone)).toBe(1);
    expect(failing).toHaveBeenCalledTimes(2);
  });
});

test("a request whose caller has gone is repeated by the next caller", async () => {
  const someone = new Someone();
  const recall = new SingleFlightCache<number>(10);
  void recall.get("a", () => new Promise(() => {}), someone);
  someone.ms = 12_000;
  expect(await recall.get("a", counting(someone), someone)).toBe(1);
});

describe("refusals", () => {
  const refuse = (until: number) => async (): Promise<CachedAnswer<number>> => ({
    value: 0,
    until: toEpochMs(until),
    isRefusal: true,
  });

  test("displace no answers, and are bounded themselves", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    const ask = counting(someone);
    expect(await recall.get("good", ask, someone)).toBe(1);
    for (let made = 0; made < 100; made++) await recall.get(`bad ${made}`, refuse(50), someone);
    expect(await recall.get("good", ask, someone)).toBe(1);
    expect(await recall.get("bad 99", ask, someone), "the last is remembered").toBe(0);
    expect(await recall.get("bad 98", ask, someone), "the one before is not").toBe(2);
  });

  test("that expire at once are not cached", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    await recall.get("kept", refuse(50), someone);
    await recall.get("over", refuse(0), someone);
    expect(await recall.get("kept", counting(someone), someone)).toBe(0);
  });

  test("replace an answer of the same key, and the reverse", async () => {
    const someone = new Someone();
    const recall = new SingleFlightCache<number>(10);
    await recall.get("a", counting(someone), someone);
    expect(recall.lastAnswer("a")).toBe(1);
    someone.ms = 100;
    expect(recall.lastAnswer("a"), "also when its time is over").toBe(1);
    expect(await recall.get("a", refuse(150), someone)).toBe(0);
    expect(recall.lastAnswer("a")).toBeNull();
    someone.ms = 150;
    expect(await recall.get("a", counting(someone), someone)).toBe(1);
  });
});
