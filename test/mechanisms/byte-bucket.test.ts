/** The byte bucket: the burst, the rate, and overdraft. */
import { expect, test } from "vitest";
import { toEpochMs } from "../../src/domain/time.ts";
import { ByteBucket } from "../../src/mechanisms/byte-bucket.ts";

const START = toEpochMs(1_000_000);
const at = (ms: number) => toEpochMs(START + ms);

test("lets a burst through, then asks to wait until there is a byte", () => {
  const bucket = new ByteBucket({ rate: 1000, burst: 5000 }, START);
  bucket.spend(4999, START);
  expect(bucket.wait(START)).toBe(0);
  bucket.spend(1, START);
  expect(bucket.wait(START)).toBe(1);
  expect(bucket.wait(at(1))).toBe(0);
});

test("has what was spent beyond the burst waited for", () => {
  const bucket = new ByteBucket({ rate: 1000, burst: 5000 }, START);
  bucket.spend(8000, START);
  expect(bucket.wait(START)).toBe(3001);
  expect(bucket.wait(at(3000))).toBe(1);
  expect(bucket.wait(at(3001))).toBe(0);
});

test("saves up no more than a burst, also over a clock that was set back", () => {
  const bucket = new ByteBucket({ rate: 1000, burst: 5000 }, START);
  expect(bucket.wait(at(60_000))).toBe(0);
  bucket.spend(5000, at(60_000));
  expect(bucket.wait(at(60_000))).toBe(1);
  expect(bucket.wait(at(0))).toBe(1);
  expect(bucket.wait(at(1))).toBe(0);
});
