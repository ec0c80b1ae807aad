import fc from "fast-check";
import { expect, test } from "vitest";
import { toEpochMs } from "../../src/domain/time.ts";
import { TokenBucket } from "../../src/mechanisms/token-bucket.ts";

const START = 1_000_000;

/** The number of requests, out of `tries` at one instant, that get a token. */
function takeAll(bucket: TokenBucket, rate: number, ms: number, tries: number): number {
  let taken = 0;
  for (let index = 0; index < tries; index++) if (bucket.take(rate, toEpochMs(START + ms)) === 0) taken++;
  return taken;
}

test("a second's worth of requests may come at once, and not one more", () => {
  const bucket = new TokenBucket(5, toEpochMs(START));
  expect(takeAll(bucket, 5, 0, 5)).toBe(5);
  expect(bucket.take(5, toEpochMs(START))).toBe(1);
});

test.each([
  [0, 0],
  [199, 0],
  [200, 1],
  [999, 4],
  [1000, 5],
  [3_600_000, 5],
])("%d ms after it was emptied, a bucket of 5 per second holds %d", (ms, count) => {
  const bucket = new TokenBucket(5, toEpochMs(START));
  takeAll(bucket, 5, 0, 5);
  expect(takeAll(bucket, 5, ms, 10)).toBe(count);
});

test("a lowered rate removes surplus tokens, a raised one adds none at once", () => {
  const bucket = new TokenBucket(10, toEpochMs(START));
  expect(takeAll(bucket, 2, 0, 10)).toBe(2);
  expect(takeAll(bucket, 10, 0, 10)).toBe(0);
  expect(takeAll(bucket, 10, 500, 10)).toBe(5);
});

test("a clock that stands still or steps back adds no token", () => {
  const bucket = new TokenBucket(1, toEpochMs(START));
  expect(takeAll(bucket, 1, 0, 2)).toBe(1);
  expect(takeAll(bucket, 1, -60_000, 2)).toBe(0);
});

const steps = fc.array(fc.nat(3000), { maxLength: 100 });

test("a caller that waits as long as it is told gets a token", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), steps, (rate, waits) => {
      const bucket = new TokenBucket(rate, toEpochMs(START));
      let now = START;
      for (const wait of waits) {
        const seconds = bucket.take(rate, toEpochMs(now));
        expect(Number.isInteger(seconds)).toBe(true);
        if (seconds > 0) expect(bucket.take(rate, toEpochMs(now + seconds * 1000))).toBe(0);
        now += seconds * 1000 + wait;
      }
    }),
  );
});

test("no more than the rate comes through, beside the first second's worth", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), steps, (rate, waits) => {
      const bucket = new TokenBucket(rate, toEpochMs(START));
      let elapsed = 0;
      let taken = 0;
      for (const wait of waits) {
        taken += takeAll(bucket, rate, elapsed, 30);
        expect(taken).toBeLessThanOrEqual(rate + (rate * elapsed) / 1000 + 1e-6);
        elapsed += wait;
      }
    }),
  );
});
