/** Documents of our own resources: their refusals say which member breaks which rule, and repeat little of what they got. */
import * as v from "valibot";
import { expect, test } from "vitest";
import { decodeBySchema } from "../../src/wire/schema.ts";

const SCHEMA = v.strictObject({ count: v.optional(v.pipe(v.number(), v.maxValue(5))) });

function reasonFor(document: unknown): string {
  const decoded = decodeBySchema(SCHEMA, new TextEncoder().encode(JSON.stringify(document)));
  return decoded.ok || decoded.failure.kind !== "document-invalid" ? "" : decoded.failure.reason;
}

test("the rule and the limit are named", () => {
  expect(reasonFor({ count: 6 })).toBe("`count` is not valid: Invalid value: Expected <=5 but received 6.");
  expect(reasonFor({ count: "6" })).toBe('`count` is not valid: Invalid type: Expected number but received "6".');
});

test.each([{ ["x".repeat(10_000)]: 1 }, { count: "x".repeat(10_000) }, { count: "$&".repeat(10_000) }])(
  "what is long is cut short: %#",
  (document) => {
    const reason = reasonFor(document);
    expect(reason).toMatch(/^`.+` is not valid: .+…/);
    expect(reason.length).toBeLessThan(250);
  },
);
