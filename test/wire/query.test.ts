/** The query-string rules as tables. */
import { describe, expect, test } from "vitest";
import { unwrap } from "../../src/domain/refusal.ts";
import {
  booleanParameter,
  encodeQuery,
  integerParameter,
  listParameter,
  parseQuery,
  textParameter,
} from "../../src/wire/query.ts";

test.each([
  ["", {}, "nothing"],
  ["a=1", { a: ["1"] }, "one parameter"],
  ["a=", {}, "a blank is absent"],
  ["a", {}, "a bare name is absent"],
  ["&&=&a=1&", { a: ["1"] }, "empty fields are nothing"],
  ["a=1&a=2", { a: ["1", "2"] }, "repeated names make a list"],
  ["a=1,2", { a: ["1", "2"] }, "commas make a list"],
  ["a=1,2&a=3&a=4,5", { a: ["1", "2", "3", "4", "5"] }, "both together make one list"],
  ["a=1,&a=,2", { a: ["1", "2"] }, "blank elements are dropped"],
  ["a=,", { a: [] }, "nothing but commas is an empty list"],
  ["a=1%2C2", { a: ["1,2"] }, "an encoded comma does not split"],
  ["a=1+2%2B3", { a: ["1 2+3"] }, "a plus is a space, an encoded one is a plus"],
  ["a+b%20c=1", { "a b c": ["1"] }, "names are decoded like values"],
  ["A=1&a=2", { A: ["1"], a: ["2"] }, "names are case-sensitive"],
  ["a=b=c?d", { a: ["b=c?d"] }, "only the first equals sign divides"],
  ["a=%C3%A9", { a: ["é"] }, "escapes are UTF-8"],
  ["a=%", { a: ["%"] }, "an escape that is none stays"],
  ["a=%zz%41", { a: ["%zzA"] }, "also beside one that is one"],
  ["a=%C3%28", { a: ["\ufffd("] }, "bytes that are no text are replaced"],
  ["=1", { "": ["1"] }, "an empty name is a name"],
  ["__proto__=1&constructor=2", { ["__proto__"]: ["1"], constructor: ["2"] }, "no name is special"],
])("%j gives %j: %s", (raw, expected, _) => {
  expect(parseQuery(raw)).toEqual(new Map(Object.entries(expected)));
});

test("a scalar is the last element", () => {
  expect(textParameter(parseQuery("a=1&a=2,3"), "a")).toBe("3");
  expect(textParameter(parseQuery("a=,"), "a")).toBeNull();
  expect(textParameter(parseQuery(""), "a")).toBeNull();
});

test("an empty list is not an absent one", () => {
  expect(listParameter(parseQuery("ids=,"), "ids")).toEqual([]);
  expect(listParameter(parseQuery("ids="), "ids")).toBeNull();
});

describe("integers", () => {
  test.each([
    ["5", 5],
    ["-5", -5],
    ["%2B5", 5],
    ["+5", 5],
    ["%205%20", 5],
    ["%095%0A", 5],
    ["1_0", 10],
    ["007", 7],
    ["99999999999999999999999", 1e23],
  ])("%s is %d", (raw, expected) => {
    expect(unwrap(integerParameter(parseQuery(`n=${raw}`), "n"))).toBe(expected);
  });

  test.each(["%20", "x", "1.0", "1e3", "0x10", "1__0", "_1", "1_", "--1", "1%2C2", "None", "%C2%B2"])(
    "%s is none",
    (raw) => {
      expect(integerParameter(parseQuery(`n=${raw}`), "n")).toEqual({
        ok: false,
        failure: { kind: "parameter-invalid", name: "n", expected: "an integer", got: expect.any(String) },
      });
    },
  );

  test("absent is null", () => {
    expect(unwrap(integerParameter(parseQuery("n="), "n"))).toBeNull();
  });
});

describe("booleans", () => {
  test.each(["true", "True", "t", "yes", "y", "1", "on"])("%s is true", (raw) => {
    expect(unwrap(booleanParameter(parseQuery(`b=${raw}`), "b"))).toBe(true);
  });

  test.each(["false", "False", "f", "no", "n", "0", "off"])("%s is false", (raw) => {
    expect(unwrap(booleanParameter(parseQuery(`b=${raw}`), "b"))).toBe(false);
  });

  test.each(["TRUE", "FALSE", "None", "2", "T", "Yes", "%20true", "null"])("%s is neither", (raw) => {
    expect(booleanParameter(parseQuery(`b=${raw}`), "b")).toEqual({
      ok: false,
      failure: { kind: "parameter-invalid", name: "b", expected: '"true" or "false"', got: expect.any(String) },
    });
  });
});

test("links carry what is given, encoded, in order", () => {
  const parameters = [
    ["marker", "a&b é,"],
    ["limit", 2],
    ["echo", null],
    ["detailed", false],
  ] as const;
  expect(encodeQuery(parameters)).toBe("marker=a%26b%20%C3%A9%2C&limit=2&detailed=false");
});
