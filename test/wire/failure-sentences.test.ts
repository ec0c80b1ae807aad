/** The descriptions of errors: the broken rule, and how much of the client's text they repeat. */
import { describe, expect, test } from "vitest";
import type { Failure } from "../../src/domain/failure.ts";
import type { QueueName } from "../../src/domain/id.ts";
import { queueNamed } from "../../src/domain/place.ts";
import { excerpt } from "../../src/domain/excerpt.ts";
import { toAnswer } from "../../src/wire/failures.ts";

const PLACE = queueNamed("q" as QueueName);

describe("a sentence", () => {
  test.each<readonly [Failure, string]>([
    [
      { kind: "client-id-invalid", got: "x".repeat(37), length: { min: 10, max: 36 } },
      "The Client-Id header must have at least 10 and at most 36 characters, and this is 37.",
    ],
    [
      { kind: "queue-name-invalid", defect: "project-length", got: "p".repeat(257) },
      "The project id is not valid: it must have at most 256 characters, and this is 257.",
    ],
    [{ kind: "queue-name-invalid", defect: "project-empty", got: "" }, "The project id is not valid: it is empty."],
    [
      { kind: "media-type-unsupported", supported: "a/b", got: null },
      "The accepted media type is a/b, and the request has none.",
    ],
    [
      { kind: "document-type-unsupported", expected: "array", member: "messages" },
      "The type of the document is not supported: `messages` must be an array.",
    ],
    [
      { kind: "post-too-large", max: 2, queueMax: null, got: 3 },
      "The message collection is too large. The maximum size is 2 bytes, and this is 3.",
    ],
  ])("says which of several rules was broken: %o", (failure, description) => {
    expect(toAnswer(failure).description).toBe(description);
  });

  test.each<readonly [Failure, string]>([
    [
      { kind: "client-id-invalid" },
      "The Client-Id header contains a malformed hexadecimal UUID: it must be 32 hexadecimal digits, with or without dashes.",
    ],
    [{ kind: "queue-name-invalid" }, "The format of the queue's name or of the project id is not valid."],
    [{ kind: "out-of-range", quantity: "pop", min: 1, max: 20 }, "The value of pop must be at least 1 and at most 20."],
    [{ kind: "document-type-unsupported" }, "The type of the document is not supported."],
    [
      { kind: "parameter-invalid", name: "limit", expected: "an integer" },
      'The "limit" parameter is not valid: it must be an integer.',
    ],
  ])("is complete without what an object of an older version does not say: %o", (failure, description) => {
    expect(toAnswer(failure).description).toBe(description);
  });

  test("repeats at most 64 characters of what a client sent, and splits none", () => {
    const long = "\u{1f600}".repeat(5000);
    const failures: readonly Failure[] = [
      { kind: "client-id-invalid", got: long },
      { kind: "queue-name-invalid", defect: "form", got: long },
      { kind: "header-invalid", header: "H", rule: "r", got: long },
      { kind: "parameter-invalid", name: long, expected: "an integer", got: long },
      { kind: "media-type-unsupported", supported: "a/b", got: long },
      { kind: "queue-not-found", queue: "q", project: long },
      { kind: "topic-not-found", topic: "t", project: long },
      { kind: "message-not-found", ids: long, place: PLACE, project: long },
      { kind: "claim-not-found", claim: long, queue: "q", project: long },
      { kind: "metadata-key-missing", op: "replace", key: long },
      { kind: "message-claimed", message: long },
      { kind: "message-not-claimed", message: long },
      { kind: "claim-over", message: long },
      { kind: "subscription-not-found", subscription: long },
      { kind: "subscription-not-updated", subscription: long },
      { kind: "subscription-not-confirmed", subscription: long },
      { kind: "pool-not-found", pool: long },
      { kind: "flavor-unknown", flavor: long },
    ];
    for (const failure of failures) {
      const { description = "" } = toAnswer(failure);
      expect(description).toContain("…");
      expect(description.length).toBeLessThan(300);
      expect(description.isWellFormed()).toBe(true);
    }
    expect(excerpt("x".repeat(64))).toBe("x".repeat(64));
    expect(excerpt("x".repeat(65))).toBe(`${"x".repeat(63)}…`);
  });
});
