/** Documents of our own resources: a refusal names the member and the broken rule, and repeats little of the document. */
import * as v from "valibot";
import { expect, test } from "vitest";
import { decodeBySchema } from "../../src/wire/schema.ts";

const SCHEMA = v.strictObject({
  count: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(-1), v.maxValue(5))),
  roles: v.optional(v.pipe(v.array(v.picklist(["reader", "member"])), v.minLength(1), v.maxLength(2))),
  text: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => text === "", "it must be the empty text"),
    ),
  ),
});

function reasonFor(document: unknown): string {
  const decoded = decodeBySchema(SCHEMA, new TextEncoder().encode(JSON.stringify(document)));
  return decoded.ok || decoded.failure.kind !== "document-invalid" ? "" : decoded.failure.reason;
}

test.each([
  [{ count: 6 }, "`count` is not valid: it must be at most 5, not 6."],
  [{ count: -2 }, "`count` is not valid: it must be at least -1, not -2."],
  [{ count: 1.5 }, "`count` is not valid: it must be a whole number, not 1.5."],
  [{ count: "6" }, '`count` is not valid: it must be a number, not "6".'],
  [{ roles: "reader" }, '`roles` is not valid: it must be a list, not "reader".'],
  [{ roles: [] }, "`roles` is not valid: its length must be at least 1, not 0."],
  [{ roles: ["reader", "reader", "reader"] }, "`roles` is not valid: its length must be at most 2, not 3."],
  [{ roles: ["king"] }, '`roles.0` is not valid: it must be one of "reader", "member", not "king".'],
  [{ text: 5 }, "`text` is not valid: it must be a text, not 5."],
  [{ text: "a" }, '`text` is not valid: it must be the empty text, not "a".'],
  [{ size: 1 }, "`size` is not valid: there is no such member."],
])("the rule and the limit are named, in plain words: %j", (document, reason) => {
  expect(reasonFor(document)).toBe(reason);
});

test("a member that a document needs is named", () => {
  const decoded = decodeBySchema(v.strictObject({ count: v.number() }), new TextEncoder().encode("{}"));
  expect(decoded).toMatchObject({ failure: { reason: "`count` is not valid: it is missing." } });
});

test.each([{ ["x".repeat(10_000)]: 1 }, { count: "x".repeat(10_000) }, { count: "$&".repeat(10_000) }])(
  "what is long is cut short: %#",
  (document) => {
    const reason = reasonFor(document);
    expect(reason).toMatch(/^`.+` is not valid: .+\.$/);
    expect(reason).toContain("…");
    expect(reason.length).toBeLessThan(250);
  },
);
