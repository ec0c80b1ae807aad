/** The decoding of leases. */
import { describe, expect, test } from "vitest";
import { decodeNewClaim, decodeRenewal } from "../../src/wire/claims.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each([
  ["a new claim", decodeNewClaim],
  ["a renewal", decodeRenewal],
])("%s", (_name, decode) => {
  test.each([
    ["{}", { ttl: null, grace: null }, [], "absent fields are for the queue to fill"],
    ['{"ttl":300,"grace":60}', { ttl: 300, grace: 60 }, [], "both"],
    ['{"ttl":null,"grace":null}', { ttl: null, grace: null }, [], "null is absent"],
    ['{"ttl":true,"limit":5}', { ttl: 1, grace: null }, ["limit"], "true is 1, a limit is not looked at"],
  ])("%s is read: %j, unknown: %j, %s", (text, lease, unknown, _) => {
    const notices = unknown.map((name) => ({ kind: "member-unknown", of: "claim", name, suggestion: null }));
    expect(decode(bytes(text))).toEqual({ ok: true, value: { lease, notices } });
  });

  test.each([
    ["[]", { kind: "document-type-unsupported", expected: "object" }],
    ["{", { kind: "body-unparsable" }],
    [" ", { kind: "body-unparsable" }],
    ['{"ttl":"60"}', { kind: "field-type", field: "ttl", expected: "int" }],
    ['{"ttl":60.0,"grace":"x"}', { kind: "field-type", field: "ttl", expected: "int" }],
    ['{"grace":[]}', { kind: "field-type", field: "grace", expected: "int" }],
  ])("%s is refused: %j", (text, failure) => {
    expect(decode(bytes(text))).toEqual({ ok: false, failure });
  });
});

test("a new claim does without a body, a renewal does not", () => {
  const value = { lease: { ttl: null, grace: null }, notices: [] };
  expect(decodeNewClaim(null)).toEqual({ ok: true, value });
  expect(decodeNewClaim(bytes(""))).toEqual({ ok: true, value });
  expect(decodeRenewal(null)).toMatchObject({ failure: { kind: "body-empty" } });
  expect(decodeRenewal(bytes(""))).toMatchObject({ failure: { kind: "body-unparsable" } });
});
