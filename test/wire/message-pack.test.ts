/** MessagePack to JSON text and back, against an independent codec, and hostile bytes. */
import { decode, encode, ExtData } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkDocument, type JsonText } from "../../src/domain/json.ts";
import { decodeMessagePack } from "../../src/wire/message-pack-decoding.ts";
import { encodeMessagePack } from "../../src/wire/message-pack-encoding.ts";

/** The kind of failure, or the text. */
function decoded(bytes: Uint8Array): string {
  const result = decodeMessagePack(bytes);
  return result.ok ? result.value : result.failure.kind;
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

function again(json: string): string {
  return decoded(encodeMessagePack(json as JsonText));
}

/** Unsigned integers that signed 64 bits cannot express are encoded as integers, and refused. */
const isRefused = (value: number): boolean => Number.isInteger(value) && value >= 2 ** 63 && value < 2 ** 64;

const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !isRefused(value)),
  fc.constantFrom(
    0,
    -0,
    31,
    32,
    -32,
    -33,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    4_294_967_295,
    4_294_967_296,
    -2_147_483_649,
  ),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: "grapheme" }),
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { maxKeys: 20, noNullPrototype: true }),
  ),
})).value;

describe("a value", () => {
  test("is the same after both ways", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 1), (value, indent) => {
        expect(JSON.parse(again(JSON.stringify(value, null, indent)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("is read by another decoder, and what that encoder writes is read here", () => {
    fc.assert(
      fc.property(json, (value) => {
        // The other decoder refuses this key.
        fc.pre(!JSON.stringify(value).includes("__proto__"));
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(decode(encodeMessagePack(JSON.stringify(value) as JsonText))).toEqual(plain);
        expect(JSON.parse(decoded(encode(plain)))).toEqual(plain);
      }),
    );
  });

  test("that is an integer of up to 64 bits keeps every digit", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(again(String(value))).toBe(String(value));
        const isSmall = value >= -(2n ** 31n) && value < 2n ** 32n;
        const other = decode(encodeMessagePack(String(value) as JsonText), { useBigInt64: true });
        expect(other).toEqual(isSmall ? Number(value) : value);
      }),
    );
  });

  test.each([
    ["1.0", "1.0"],
    ["-0.0", "-0.0"],
    ["1e2", "100.0"],
    ["1.5", "1.5"],
    ["1e400", "Infinity"],
    ["NaN", "NaN"],
    ["-Infinity", "-Infinity"],
    ["18446744073709551616", "18446744073709552000.0"],
    ["-0", "0"],
  ])("%s comes back as %s", (before, after) => {
    expect(again(before)).toBe(after);
  });

  test.each([15, 16, 31, 32, 255, 256, 65_535, 65_536])("of %i members or bytes is as long as it was", (count) => {
    for (const value of ["é".repeat(count), "x".repeat(count), Array.from({ length: count }, () => 1)]) {
      expect(JSON.parse(again(JSON.stringify(value)))).toEqual(value);
      expect(decode(encodeMessagePack(JSON.stringify(value) as JsonText))).toEqual(value);
    }
    const entries = Array.from({ length: count }, (_, index) => [`key ${index}`, index]);
    const map: unknown = Object.fromEntries(entries);
    expect(JSON.parse(again(JSON.stringify(map)))).toEqual(map);
  });

  test("in binary counts as a text where it is one", () => {
    expect(decoded(bytesOf("81a4626f6479c4056772c3bc6e"))).toBe('{"body":"grün"}');
  });

  test("keeps a key that a JavaScript object would treat differently", () => {
    expect(again('{"__proto__":1,"2":2,"1":1,"2":3}')).toBe('{"__proto__":1,"2":2,"1":1,"2":3}');
  });

  test("with half a character has a replacement for it, as UTF-8 has none", () => {
    expect(again('"\\ud800"')).toBe('"\ufffd"');
  });
});

describe("bytes", () => {
  test.each([
    ["none", ""],
    ["half a text", "a2 61"],
    ["more than one value", "01 01"],
    ["no type", "c1"],
    ["an array that is cut short", "92 01"],
    ["an array of four thousand million, with nothing in it", "dd ffffffff"],
    ["a map of four thousand million", "df ffffffff"],
    ["a text of four thousand million", "db ffffffff"],
    ["a binary of four thousand million", "c6 ffffffff"],
    ["an extension type", "c7 01 05 00"],
    ["a short extension type", "d4 05 00"],
    ["a timestamp", "d6 ff 00000000"],
    ["a key that is a number", "81 01 01"],
    ["a key that is null", "81 c0 01"],
    ["a key that is a list", "81 90 01"],
    ["a key without a value", "81 a1 61"],
    ["invalid UTF-8", "a1 ff"],
    ["half a surrogate pair", "a3 eda080"],
    ["binary that is not UTF-8", "c4 01 ff"],
    ["a float that is cut short", "cb 000000"],
  ])("of %s are refused", (_, hex) => {
    expect(decoded(bytesOf(hex.replaceAll(" ", "")))).toBe("body-unparsable");
  });

  test("of an integer beyond signed 64 bits are refused as too large", () => {
    expect(decoded(bytesOf("cf7fffffffffffffff"))).toBe("9223372036854775807");
    expect(decoded(bytesOf("cf8000000000000000"))).toBe("integer-too-large");
    expect(decoded(bytesOf("d38000000000000000"))).toBe("-9223372036854775808");
  });

  test("of extension types are refused, whoever wrote them", () => {
    expect(decoded(encode(new ExtData(7, new Uint8Array(3))))).toBe("body-unparsable");
    expect(decoded(encode(new Date()))).toBe("body-unparsable");
  });

  test("of any kind are refused or become valid JSON", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const result = decodeMessagePack(bytes);
        if (!result.ok) return;
        expect(checkDocument(`[${result.value}]`)).toBe(`[${result.value}]`);
      }),
      { numRuns: 2000 },
    );
  });

  test("of a million lists in each other, each said to be a million long, cost only what they are", () => {
    const nested = new Uint8Array(1_000_000).map((_, index) => [0xdd, 0, 0x0f, 0xff, 0xff][index % 5] ?? 0);
    expect(decoded(nested)).toBe("body-unparsable");
    const deep = new Uint8Array(1_000_000).fill(0x91);
    deep[deep.length - 1] = 0x90;
    const text = decoded(deep);
    expect(text).toHaveLength(2_000_000);
    expect(encodeMessagePack(text as JsonText)).toEqual(deep);
  });
});
