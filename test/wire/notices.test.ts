/** The sentences of notices, and the bounds of their text. */
import { expect, test } from "vitest";
import { NOTICES_MAX, noticesOfChanges, noticesOfUnknown, type Notice } from "../../src/domain/notice.ts";
import type { QueueName } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { queueNamed } from "../../src/domain/place.ts";
import { encodeNotices, noticeHeaders } from "../../src/wire/notices.ts";

const NULL = "null" as JsonText;
const QUEUE = queueNamed("orders" as QueueName);

function unknown(name: string): Notice {
  return { kind: "member-unknown", of: "claim", name, suggestion: null };
}

test.each<readonly [Notice, string]>([
  [
    { kind: "member-unknown", of: "metadata", name: "_dead_leter_queue", suggestion: "_dead_letter_queue" },
    "`_dead_leter_queue` is no reserved key of metadata, and has no effect: did you mean `_dead_letter_queue`?",
  ],
  [
    { kind: "member-unknown", of: "retry policy", name: "retries", suggestion: null },
    "`retries` is no member of `_retry_policy`, and has no effect",
  ],
  [unknown("limit"), "`limit` is no member of a claim, and has no effect: it is a parameter of the query"],
  [
    { kind: "member-unknown", of: "subscription", name: "tll", suggestion: "ttl" },
    "`tll` is no member of a subscription, and has no effect: did you mean `ttl`?",
  ],
  [
    { kind: "member-unknown", of: "action", name: "project", suggestion: null },
    "`project` is no member of this action, and has no effect",
  ],
  [
    { kind: "filter-suspicious", name: "sort", suggestion: null },
    "`sort` is no parameter of this list, and filters by metadata",
  ],
  [{ kind: "delay-ignored" }, "`delay` has no effect: the queue or topic has no `_default_message_delay`"],
  [{ kind: "dead-letters-stay" }, "`_dead_letter_queue` names the queue itself: its dead letters come back to it"],
  [{ kind: "port-closed", port: "25" }, "the subscriber is never called: port 25 is one of another protocol"],
  [{ kind: "metadata-kept" }, "it exists already, and its metadata stays: PATCH changes metadata"],
])("%o", (notice, sentence) => {
  expect(encodeNotices([notice])).toBe(sentence);
});

test("a PATCH has notices of what it has set in the end", () => {
  const key = "_max_claim_cuont";
  const added = { op: "add", key, value: NULL } as const;
  expect(noticesOfChanges([added], QUEUE).length).toBe(1);
  expect(noticesOfChanges([{ op: "remove", key }, added], QUEUE).length).toBe(1);
  expect(noticesOfChanges([added, { op: "remove", key }], QUEUE)).toEqual([]);
});

test("several are joined, none are null and no header", () => {
  expect(encodeNotices([unknown("a"), unknown("b")])).toBe(
    "`a` is no member of a claim, and has no effect; `b` is no member of a claim, and has no effect",
  );
  expect(encodeNotices([])).toBeNull();
  expect(noticeHeaders([])).toEqual({});
});

test("no text of a client leaves ASCII, begins a header, or is longer than its excerpt", () => {
  const text = encodeNotices([unknown(`é\r\nX-Evil: 1\u0000\ud800${"x".repeat(1000)}`)]) ?? "";
  expect(text).toMatch(/^[ -~]+$/);
  expect(text).toMatch(/^`\?\?\?X-Evil: 1\?\?x+\?`/);
  expect(text.length).toBeLessThan(128);
  expect(() => new Headers({ "Sukkal-Notice": text })).not.toThrow();
});

test("1,024 characters are not exceeded, and a sentence is whole or left out", () => {
  const full = Array.from({ length: 9 }, () => unknown("x".repeat(58)));
  const used = encodeNotices([...full, unknown("")])?.length ?? 0;
  const last = (extra: number): Notice => unknown("y".repeat(1024 - used + extra));
  expect(encodeNotices([...full, last(0)])).toHaveLength(1024);
  expect(encodeNotices([...full, last(1)])).toBe(encodeNotices(full));
  expect(encodeNotices([...full, last(1), unknown("z")])).toMatch(/`z` is no member of a claim, and has no effect$/);
});

test(`of a document with many unknown members ${NOTICES_MAX} are named`, () => {
  const members = (count: number) => new Map(Array.from({ length: count }, (_, index) => [`m${index}`, NULL] as const));
  const count = (of: number) => noticesOfUnknown("claim", members(of), new Set()).length;
  expect(count(NOTICES_MAX - 1)).toBe(NOTICES_MAX - 1);
  expect(count(NOTICES_MAX)).toBe(NOTICES_MAX);
  expect(count(NOTICES_MAX + 1)).toBe(NOTICES_MAX);
  expect(count(100_000)).toBe(NOTICES_MAX);
});
