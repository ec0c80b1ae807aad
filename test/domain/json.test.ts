/**
 * JSON as text. The property: for every document, with any white space, the parts that the functions return parse to the parts of
 * the parsed document.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkDocument,
  elementsOf,
  isTruthy,
  membersOf,
  toInteger,
  toObjectText,
  toText,
  typeOf,
  type JsonText,
} from "../../src/domain/json.ts";

/** A JSON value, and one of its many spellings. */
const blank = fc.stringMatching(/^[ \t\n\r]{0,3}$/);
const scalar = fc.oneof(
  fc
    .jsonValue({ maxDepth: 0 })
    .map((value) => JSON.stringify(value))
    .filter((text) => !/^-?\d{19,}$/.test(text)),
  fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\\\"',
    '"\\\\\\""',
    '"\\u0022"',
    '"{[,:]}"',
    "1e400",
    "-0",
    "1.0",
    "9007199254740993",
    '"\\ud800"',
  ),
);
const { value: json } = fc.letrec<{ value: string; array: string; object: string; key: string }>((tie) => ({
  key: fc
    .oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "a\\", '"', ""))
    .map((key) => JSON.stringify(key)),
  array: fc.tuple(fc.array(fc.tuple(blank, tie("value"), blank), { maxLength: 5 }), blank).map(([elements, inside]) => {
    return elements.length === 0 ? `[${inside}]` : `[${elements.map((parts) => parts.join("")).join(",")}]`;
  }),
  object: fc
    .tuple(
      fc.array(fc.tuple(blank, tie("key"), blank, fc.constant(":"), blank, tie("value"), blank), { maxLength: 5 }),
      blank,
    )
    .map(([members, inside]) => {
      return members.length === 0 ? `{${inside}}` : `{${members.map((parts) => parts.join("")).join(",")}}`;
    }),
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, scalar, tie("array"), tie("object")),
}));
const document = fc
  .tuple(
    blank,
    json.filter((text) => /^[[{]/.test(text)),
    blank,
  )
  .map((parts) => parts.join(""));

function check(text: string): JsonText {
  const checked = checkDocument(text);
  if (checked === "unparsable" || checked === "integer-too-large") throw new Error(`${text} is ${checked}`);
  return checked;
}

/** Splits a document down to its scalars with the functions under test, and builds the value from them. */
function rebuild(value: JsonText): unknown {
  switch (typeOf(value)) {
    case "array":
      return elementsOf(value).map(rebuild);
    case "object":
      return new Map([...membersOf(value)].map(([key, member]) => [key, rebuild(member)]));
    case "string":
      return toText(value);
    case "number":
    case "boolean":
    case "null":
      return JSON.parse(value);
  }
}

/** The same value by JSON.parse. */
function toMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toMaps);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, member]) => [key, toMaps(member)]));
}

/** Object.entries lists integer-like keys first, so the order of keys is tested separately. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!(value instanceof Map)) return value;
  const entries = [...(value as Map<string, unknown>)].map(([key, member]) => [key, sorted(member)] as const);
  return new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

describe("any document", () => {
  test("is cut into parts that parse to what the whole parses to", () => {
    fc.assert(
      fc.property(document, (text) => {
        expect(sorted(rebuild(check(text)))).toEqual(sorted(toMaps(JSON.parse(text))));
      }),
      { numRuns: 500 },
    );
  });

  test("is cut at the very ends of its parts", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(blank, json, blank)), (parts) => {
        const text = check(parts.length === 0 ? "[]" : `[${parts.map((part) => part.join("")).join(",")}]`);
        expect(elementsOf(text)).toEqual(parts.map(([, value]) => value));
      }),
    );
  });

  test("is the same after its members were put together again", () => {
    fc.assert(
      fc.property(
        document.filter((text) => text.trim().startsWith("{")),
        (text) => {
          const members = membersOf(check(text));
          expect([...membersOf(toObjectText(members))]).toEqual([...members]);
        },
      ),
    );
  });
});

describe("checkDocument", () => {
  test.each([
    [" \n{}\t", "{}"],
    ["[1]", "[1]"],
    ['{"a":9223372036854775807,"b":-9223372036854775808}', '{"a":9223372036854775807,"b":-9223372036854775808}'],
    ["[1e400, -1e400]", "[1e400, -1e400]"],
    ["[NaN, Infinity, -Infinity]", "[NaN, Infinity, -Infinity]"],
    ['{"NaN": NaN}', '{"NaN": NaN}'],
    ['["Infinity"]', '["Infinity"]'],
    ["[12345678901234567890.0]", "[12345678901234567890.0]"],
    ["[12345678901234567890e0]", "[12345678901234567890e0]"],
    ['["12345678901234567890"]', '["12345678901234567890"]'],
    ['["\\"12345678901234567890"]', '["\\"12345678901234567890"]'],
  ])("takes %s", (text, expected) => {
    expect(checkDocument(text)).toBe(expected);
  });

  test.each([
    "",
    " ",
    "1",
    '"x"',
    "null",
    "NaN",
    "{",
    "[1,]",
    "[01]",
    "{'a':1}",
    "[-NaN]",
    "[--Infinity]",
    "[1Infinity]",
    "[1 NaN]",
    "[NaN NaN]",
    "[nan]",
    "[NaN1]",
    "{NaN:1}",
    '["NaN]',
    "\ufeff{}",
    "\u00a0{}",
    "[1]x",
    '["\u0001"]',
  ])("finds %j unparsable", (text) => {
    expect(checkDocument(text)).toBe("unparsable");
  });

  test.each([
    "[9223372036854775808]",
    "[-9223372036854775809]",
    '{"a":[{"b":18446744073709551616}]}',
    "[00000000000000000000]".replace(/0+/, `1${"0".repeat(400)}`),
    "[9223372036854775808, NaN]",
  ])("finds an integer too large in %s", (text) => {
    expect(checkDocument(text)).toBe("integer-too-large");
  });

  test("accepts any depth", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(elementsOf(check(`[${deep}]`))).toEqual([deep]);
  });

  test("takes no longer over hostile text than over any other", () => {
    const escapes = `{"NaN": "${'\\"'.repeat(200_000)}`;
    const start = performance.now();
    expect(checkDocument(escapes)).toBe("unparsable");
    expect(checkDocument('"'.repeat(400_001))).toBe("unparsable");
    expect(checkDocument("-".repeat(400_000))).toBe("unparsable");
    expect(checkDocument(`[${"1".repeat(400_000)}]`)).toBe("integer-too-large");
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

test("the last value of duplicate keys counts, at the place of the first", () => {
  const members = membersOf('{"a":1,"b":2,"\\u0061":3}' as JsonText);
  expect([...members]).toEqual([
    ["a", "3"],
    ["b", "2"],
  ]);
});

test.each([
  ["60", 60],
  ["-1", -1],
  ["true", 1],
  ["false", 0],
  ["9223372036854775807", 2 ** 63],
  ["60.0", null],
  ["6e1", null],
  ["NaN", null],
  ["null", null],
  ['"60"', null],
  ["[]", null],
])("%s as an integer is %s", (text, expected) => {
  expect(toInteger(text as JsonText)).toBe(expected);
});

test.each([
  ["0", false],
  ["0.0", false],
  ["-0", false],
  ["1e-400", false],
  ["NaN", true],
  ["-1", true],
  ["false", false],
  ["true", true],
  ["null", false],
  ['""', false],
  ['" "', true],
  ["[]", false],
  ["[ ]", false],
  ["[0]", true],
  ["{}", false],
  ['{"":0}', true],
])("the truth value of %s is %s", (text, expected) => {
  expect(isTruthy(text as JsonText)).toBe(expected);
});

test.each([
  ["{}", "object"],
  ["[]", "array"],
  ['""', "string"],
  ["true", "boolean"],
  ["false", "boolean"],
  ["null", "null"],
  ["-1", "number"],
  ["NaN", "number"],
  ["Infinity", "number"],
])("%s is a %s", (text, expected) => {
  expect(typeOf(text as JsonText)).toBe(expected);
});
