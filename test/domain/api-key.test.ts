/** API keys as texts: each contains its project, in one spelling. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateApiKey, formatApiKey, KeyChecks, parseApiKey, projectOfKey } from "../../src/domain/api-key.ts";
import { toProjectId } from "../../src/domain/id.ts";

const random = (bytes: Uint8Array<ArrayBuffer>): Uint8Array => crypto.getRandomValues(bytes);
const zeros = (bytes: Uint8Array<ArrayBuffer>): Uint8Array => bytes;

const CHECKS = new KeyChecks(["the secret of a service"]);
const NO_CHECKS = new KeyChecks([]);

const ID = "0123456789abcdef";
const SECRET = "0123456789abcdef".repeat(4);

const anyProject = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 256 })
  .filter((text) => text.length <= 256)
  .map(toProjectId);

test("a key names its project, whatever that is called", () => {
  fc.assert(
    fc.property(anyProject, (project) => {
      const generated = generateApiKey(project, CHECKS, random);
      const text = formatApiKey(generated);
      expect(parseApiKey(text)).toEqual(generated);
      expect(projectOfKey(generated.id)).toBe(project);
      expect(text).toMatch(/^sk_[\x21-\x7e]+$/);
    }),
  );
});

test("a key has this form", () => {
  const generated = generateApiKey(toProjectId("a_b/c d.é"), NO_CHECKS, zeros);
  expect(formatApiKey(generated)).toBe(`sk_${"0".repeat(16)}.a%5Fb%2Fc%20d.%C3%A9_${"0".repeat(64)}`);
});

test("a key's id has 8 random bytes, its secret 32", () => {
  const generated = generateApiKey(toProjectId("p"), NO_CHECKS, (bytes) => bytes.fill(255));
  expect(generated).toEqual({ id: `${"f".repeat(16)}.p`, project: "p", secret: "f".repeat(64) });
  expect(generateApiKey(toProjectId("p"), CHECKS, random)).not.toEqual(
    generateApiKey(toProjectId("p"), CHECKS, random),
  );
});

describe("one spelling for one project", () => {
  test.each([
    ["%61", "an escape that need not be"],
    ["a%2fb", "an escape in lower case"],
    ["a/b", "a slash that should be one"],
    ["a_b", "an underscore that should be one"],
    ["é", "a letter that should be one"],
    ["a%5fb", "an underscore's escape in lower case"],
    ["a b", "a blank"],
    ["a+", "a plus that should be one"],
    ["%", "half an escape"],
    ["%zz", "no escape"],
    ["%ff", "no UTF-8"],
    ["%C3", "half a letter"],
    ["", "nothing"],
    ["x".repeat(257), "a project that is too long"],
  ])("%j names none: %s", (project) => {
    expect(projectOfKey(`${ID}.${project}`)).toBeNull();
    expect(parseApiKey(`sk_${ID}.${project}_${SECRET}`)).toBeNull();
  });

  test.each(["a", "a.b", "..", "a%5Fb", "x".repeat(256)])("%j names one", (project) => {
    expect(projectOfKey(`${ID}.${project}`)).toBe(decodeURIComponent(project));
    expect(parseApiKey(`sk_${ID}.${project}_${SECRET}`)?.project).toBe(decodeURIComponent(project));
  });
});

describe("a text is not a key:", () => {
  test.each([
    ["", "nothing"],
    ["sk_", "its beginning"],
    [`${ID}.p_${SECRET}`, "without its beginning"],
    [`SK_${ID}.p_${SECRET}`, "its beginning in capitals"],
    [`sk_${ID}_${SECRET}`, "without a project"],
    [`sk_${ID}._${SECRET}`, "an empty project"],
    [`sk_${ID}p_${SECRET}`, "without a dot"],
    [`sk_${ID.toUpperCase()}.p_${SECRET}`, "an id in capitals"],
    [`sk_${ID.slice(1)}.p_${SECRET}`, "an id that is too short"],
    [`sk_${ID}0.p_${SECRET}`, "an id that is too long"],
    [`sk_${ID}.p_${SECRET.toUpperCase()}`, "a secret in capitals"],
    [`sk_${ID}.p_${SECRET.slice(1)}`, "a secret that is too short"],
    [`sk_${ID}.p_${SECRET}0`, "a secret that is too long"],
    [`sk_${ID}.p_${SECRET.slice(1)}g`, "a secret that is no number"],
    [`sk_${ID}.p`, "without a secret"],
    [`sk_${ID}.p_${SECRET}\n`, "with a line break"],
    [` sk_${ID}.p_${SECRET}`, "with a blank before it"],
    [`sk_admin_${"x".repeat(32)}`, "the operator's: it belongs to no project"],
  ])("%j: %s", (text) => {
    expect(parseApiKey(text)).toBeNull();
  });

  test.each(["", ID, `${ID}.`, `.p`, `${ID}p`, `0.p`, `${ID}0.p`])("nor is %j the id of one", (id) => {
    expect(projectOfKey(id)).toBeNull();
  });
});

describe("the check", () => {
  const generated = generateApiKey(toProjectId("p"), CHECKS, random);
  const other = generated.secret.startsWith("0") ? "1" : "0";

  test("is the last 24 digits of the secret, and HKDF's and HMAC's by RFC 5869 and RFC 2104", () => {
    // Computed with Python's hmac module.
    const { secret } = generateApiKey(toProjectId("p"), CHECKS, zeros);
    expect(secret).toBe(`${"0".repeat(40)}8e8db352beeeab19671808c8`);
  });

  test("is part of every key that the service makes", () => {
    expect(CHECKS.verify(generated)).toBe(true);
  });

  test.each([
    ["another id", { id: generated.id.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) }],
    ["another project", { id: generated.id.replace(/p$/, "q"), project: toProjectId("q") }],
    ["another secret", { secret: other + generated.secret.slice(1) }],
    ["another check", { secret: generated.secret.slice(0, -1) + (generated.secret.endsWith("0") ? "1" : "0") }],
    ["random digits", { secret: SECRET }],
  ])("is not with %s", (_, change) => {
    expect(CHECKS.verify({ ...generated, ...change })).toBe(false);
  });

  test("is known under each of the service's secrets, and made under the first", () => {
    expect(new KeyChecks(["the next secret", "the secret of a service"]).verify(generated)).toBe(true);
    expect(new KeyChecks(["the next secret"]).verify(generated)).toBe(false);
    const next = generateApiKey(
      toProjectId("p"),
      new KeyChecks(["the next secret", "the secret of a service"]),
      random,
    );
    expect(CHECKS.verify(next)).toBe(false);
  });

  test("is missing when the service has no secret", () => {
    expect(NO_CHECKS.verify(generateApiKey(toProjectId("p"), NO_CHECKS, random))).toBe(false);
  });
});
