/**
 * Parsing takes time in proportion to the length of the text: a Worker has one thread, so a text that takes seconds delays every
 * other request. Each row parses the same number of characters twice, as small texts and as texts sixteen times as long. A parser
 * of quadratic cost takes sixteen times as long for the second.
 */
import { expect, test } from "vitest";
import { ROWS, type Parse } from "../support/hostile-inputs/slow-request-texts.ts";
import { SUBSCRIBER_ROWS } from "../support/hostile-inputs/slow-subscriber-texts.ts";

const SMALL = 4096;
const TIMES = 16;
/** The factor by which long texts may take longer: well below sixteen, and well above the noise. */
const FACTOR_MAX = 6;
/** The least duration of a measurement in milliseconds, because the clock shows whole milliseconds. */
const LASTING = 8;
const ROUNDS_MAX = 512;
const TRIES = 5;

test.each(
  Object.entries({ ...ROWS, ...SUBSCRIBER_ROWS }).flatMap(([what, { parse, texts }]) =>
    texts.map(
      ([before, piece, after]) =>
        [what, JSON.stringify([before, piece, after].join(" … ")), { parse, before, piece, after }] as const,
    ),
  ),
)("%s: %s", async (_, __, { parse, before, piece, after }) => {
  const toSize = (size: number): string => before + piece.repeat(Math.ceil(size / piece.length)) + after;
  const [short, long] = [toSize(SMALL), toSize(TIMES * SMALL)];
  let rounds = 1;
  let least = Infinity;
  for (let attempt = 0; attempt < TRIES && least >= FACTOR_MAX; attempt++) {
    let base = await timeOf(parse, short, TIMES * rounds);
    while (base < LASTING && rounds < ROUNDS_MAX) {
      rounds *= 2;
      base = await timeOf(parse, short, TIMES * rounds);
    }
    least = Math.min(least, (await timeOf(parse, long, rounds)) / Math.max(base, LASTING));
  }
  expect(least, "how much longer long texts take than as many characters of short ones").toBeLessThan(FACTOR_MAX);
});

async function timeOf(parse: Parse, text: string, rounds: number): Promise<number> {
  const start = performance.now();
  for (let round = 0; round < rounds; round++) await parse(text);
  return performance.now() - start;
}
