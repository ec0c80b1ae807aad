/** Checksums of the JSON that Python would serialize. */
import { describe, expect, test } from "vitest";
import type { JsonText } from "../../src/domain/json.ts";
import { checksumOf } from "../../src/wire/checksum.ts";
import { toPythonJson } from "../../src/wire/python-json.ts";

test("the reference's own value", async () => {
  expect(await checksumOf('{"b":1,"a":"é😀"}' as JsonText)).toBe("MD5:d3360c8d572987604892427323b553f9");
});

test("a null body has no checksum", async () => {
  expect(await checksumOf("null" as JsonText)).toBeNull();
});

describe("the text that is summed", () => {
  test.each([
    ['{"b":1,"a":[1,2 , 3],"c":{}}', '{"b": 1, "a": [1, 2, 3], "c": {}}'],
    ["[]", "[]"],
    ["[[],{},[[]]]", "[[], {}, [[]]]"],
    ["true", "true"],
    ['"plain"', '"plain"'],
    ['"a:b,c{}[]"', '"a:b,c{}[]"'],
    ['""', '""'],
    ['{"":""}', '{"": ""}'],
    ['"\\/\\u0041\\n\\u007f\\u0001\\\\\\""', '"/A\\n\\u007f\\u0001\\\\\\""'],
    ['"é😀\\ud800"', '"\\u00e9\\ud83d\\ude00\\ud800"'],
    ['{"a":1,"b":2,"a":{"c":3}}', '{"a": {"c": 3}, "b": 2}'],
    ['{"a":[1,2],"\\u0061":3}', '{"a": 3}'],
    ["9007199254740993", "9007199254740993"],
    ["-0", "0"],
    ["[NaN,Infinity,-Infinity,1e400,-1e400]", "[NaN, Infinity, -Infinity, Infinity, -Infinity]"],
  ])("%s is %s", (body, expected) => {
    expect(toPythonJson(body as JsonText)).toBe(expected);
  });

  test.each([
    ["1.0", "1.0"],
    ["1.50", "1.5"],
    ["1e2", "100.0"],
    ["-0.0", "-0.0"],
    ["0.1", "0.1"],
    ["0.0001", "0.0001"],
    ["0.00001", "1e-05"],
    ["1.5e-7", "1.5e-07"],
    ["1e15", "1000000000000000.0"],
    ["1e16", "1e+16"],
    ["123456789012345680.0", "1.2345678901234568e+17"],
    ["1E+300", "1e+300"],
    ["5e-324", "5e-324"],
  ])("the float %s is %s", (body, expected) => {
    expect(toPythonJson(body as JsonText)).toBe(expected);
  });
});

test.each([
  ["arrays", "[".repeat(100_000) + "]".repeat(100_000)],
  ["objects", '{"a":'.repeat(40_000) + "1" + "}".repeat(40_000)],
])("%s nested very deep are summed", async (_, body) => {
  expect(await checksumOf(body as JsonText)).toMatch(/^MD5:[0-9a-f]{32}$/);
});
