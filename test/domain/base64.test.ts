/** Base64 of any number of bytes, also of more than a function call can have as arguments. */
import { expect, test } from "vitest";
import { fromBase64, toBase64 } from "../../src/domain/base64.ts";

test.each([
  [[], ""],
  [[0], "AA=="],
  [[251, 255], "+/8="],
  [[1, 2, 3], "AQID"],
])("of %j is %j", (bytes, text) => {
  expect(toBase64(Uint8Array.from(bytes))).toBe(text);
  expect([...fromBase64(text)]).toEqual(bytes);
});

test.each([8191, 8192, 8193, 500_000])("of %i bytes is decoded to the same bytes", (length) => {
  const bytes = Uint8Array.from({ length }, (_, at) => at % 256);
  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
});
