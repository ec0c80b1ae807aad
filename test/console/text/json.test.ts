/** JSON as it was written. */
import { describe, expect, test } from "vitest";
import { elementsOf, jsonLines } from "../../../console/src/text/json.ts";

function pretty(text: string): string | undefined {
  return jsonLines(text)
    ?.map(({ depth, pieces }) => "  ".repeat(depth) + pieces.map((piece) => piece.text).join(""))
    .join("\n");
}

describe("lines", () => {
  test.each([
    ['{"a":9007199254740993,"a":1.00}', '{\n  "a": 9007199254740993,\n  "a": 1.00\n}'],
    ['[{},[],[ ],"x"]', '[\n  {},\n  [],\n  [],\n  "x"\n]'],
    [
      '{"a\\"{":{"b":[true,null,-1e5]}}',
      '{\n  "a\\"{": {\n    "b": [\n      true,\n      null,\n      -1e5\n    ]\n  }\n}',
    ],
    ["1.0", "1.0"],
    ['" , [ "', '" , [ "'],
  ])("%s", (text, expected) => {
    expect(pretty(text)).toBe(expected);
    expect(JSON.parse(pretty(text) ?? "")).toEqual(JSON.parse(text));
  });

  test("of what is no JSON there are none", () => {
    expect(jsonLines("{a: 1}")).toBeNull();
  });

  test("names, strings and other values are told apart", () => {
    const kinds = jsonLines('{"a":"b","c":1}')?.flatMap(({ pieces }) => pieces.map(({ kind }) => kind));
    expect(kinds?.filter((kind) => kind !== "mark")).toEqual(["name", "string", "name", "value"]);
  });
});

describe("elements", () => {
  test.each([
    ['[1.0, {"a": [2, 3]}, "],["]', ["1.0", '{"a": [2, 3]}', '"],["']],
    [" [[]] ", ["[]"]],
    ["[ ]", []],
    ['{"a": [1]}', null],
    ["[1,", null],
    ["", null],
  ])("%s", (text, expected) => {
    expect(elementsOf(text)).toEqual(expected);
  });
});
