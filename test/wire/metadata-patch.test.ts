/** The patch document. */
import { describe, expect, test } from "vitest";
import { unwrap } from "../../src/domain/refusal.ts";
import { decodeMetadataPatch } from "../../src/wire/metadata-patch.ts";

function decode(text: string): ReturnType<typeof decodeMetadataPatch> {
  return decodeMetadataPatch(new TextEncoder().encode(text));
}

describe("is read", () => {
  test.each([
    ["[]", [], "no change at all"],
    ['[{"op":"add","path":"/metadata/a","value":1.0}]', [{ op: "add", key: "a", value: "1.0" }], "raw values"],
    [
      '[{"op":"replace","path":"/METADATA/a","value":null,"x":1}]',
      [{ op: "replace", key: "a", value: "null" }],
      "the root in any case",
    ],
    ['[{"op":"remove","path":"/metadata/a"}]', [{ op: "remove", key: "a" }], "a removal"],
    ['[{"op":"remove","path":"/anything/a"}]', [{ op: "remove", key: "a" }], "the root of a removal is not looked at"],
    ['[{"op":"remove","path":"/ metadata / a "}]', [{ op: "remove", key: "a" }], "blanks around tokens"],
    ['[{"op":"remove","path":"/metadata/a~1b~0c~01"}]', [{ op: "remove", key: "a/b~c~1" }], "escapes"],
  ])("%s as %j: %s", (text, expected, _) => {
    expect(unwrap(decode(text))).toEqual(expected);
  });
});

describe("is refused", () => {
  test.each([
    ['{"op":"add"}', "document-type-unsupported", "an object"],
    ["[1", "body-unparsable", "no JSON"],
    [
      '[{"op":"add","path":"/metadata/a","value":9223372036854775808}]',
      "integer-too-large",
      "an integer beyond 64 bits",
    ],
    ["[1]", "patch-invalid", "an operation that is no object"],
    ['[{"path":"/metadata/a"}]', "patch-invalid", "no op"],
    ['[{"op":"test","path":"/metadata/a","value":1}]', "patch-invalid", "an unknown op"],
    ['[{"op":1,"path":"/metadata/a","value":1}]', "patch-invalid", "an op that is no string"],
    ['[{"op":"add","value":1}]', "patch-invalid", "no path"],
    ['[{"op":"add","path":5,"value":1}]', "patch-invalid", "a path that is no string"],
    ['[{"op":"add","path":"/metadata/a"}]', "patch-invalid", "no value"],
    ['[{"op":"replace","path":"/metadata/a"}]', "patch-invalid", "no value to replace with"],
    ['[{"op":"add","path":"metadata/a","value":1}]', "patch-invalid", "no slash at the start"],
    ['[{"op":"add","path":"","value":1}]', "patch-invalid", "an empty path"],
    ['[{"op":"add","path":"/","value":1}]', "patch-invalid", "a slash alone"],
    ['[{"op":"add","path":"/metadata/a/","value":1}]', "patch-invalid", "a slash at the end"],
    ['[{"op":"add","path":"/metadata//a","value":1}]', "patch-invalid", "adjacent slashes"],
    ['[{"op":"add","path":"//a","value":1}]', "patch-invalid", "adjacent slashes at the start"],
    ['[{"op":"remove","path":"/metadata/a~2"}]', "patch-invalid", "an escape that is none"],
    ['[{"op":"remove","path":"/metadata/a~"}]', "patch-invalid", "a tilde at the end"],
    ['[{"op":"add","path":"/a","value":1}]', "patch-invalid", "one token"],
    ['[{"op":"add","path":"/metadata/a/b","value":1}]', "patch-invalid", "three tokens"],
    ['[{"op":"add","path":"/meta/a","value":1}]', "patch-invalid", "another root"],
    ['[{"op":"add","path":"/metadata/{x}/y","value":1}]', "patch-invalid", "braces in a path"],
    ['[{"op":"remove","path":"/metadata/a"},{"op":"add"}]', "patch-invalid", "whatever comes before"],
  ])("%s is %s: %s", (text, kind) => {
    expect(decode(text)).toMatchObject({ ok: false, failure: { kind } });
  });

  test("without a body, announced or not", () => {
    expect(decodeMetadataPatch(null)).toMatchObject({ failure: { kind: "body-empty" } });
    expect(decode("")).toMatchObject({ failure: { kind: "body-empty" } });
  });
});
