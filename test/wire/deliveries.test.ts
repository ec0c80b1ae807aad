/** Deliveries on the wire: the report, lists, redelivery, tests. */
import { describe, expect, test } from "vitest";
import type { TestAttempt, UndeliveredNotification } from "../../src/domain/delivery.ts";
import type { QueueName } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { queueNamed } from "../../src/domain/place.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import {
  decodeRedelivery,
  decodeUndelivered,
  encodeDeliveries,
  encodeRedelivered,
  encodeTestAttempt,
  encodeUndelivered,
} from "../../src/wire/deliveries.ts";
import { parseQuery } from "../../src/wire/query.ts";

const ORDERS = queueNamed("orders" as QueueName);
const AT = toEpochMs(Date.UTC(2030, 0, 1) + 5);
const TIME = "2030-01-01T00:00:00.005Z";

describe("the report", () => {
  test("gives times to the millisecond", () => {
    const at = toEpochMs(Date.UTC(2030, 0, 1) + 5);
    const attempt = { id: "msg_1", at, duration: 12, attempt: 1, outcome: "refused", status: 500 } as const;
    const lost = { ...attempt, outcome: "unreachable", reason: "dns", status: null } as const;
    const counts = { delivered: 1, failed: 2, pending: 3, redeliverable: 4 };
    expect(JSON.parse(encodeDeliveries({ ...counts, nextAttemptAt: at, attempts: [attempt, lost] }))).toEqual({
      ...counts,
      next_attempt_at: "2030-01-01T00:00:00.005Z",
      attempts: [
        {
          id: "msg_1",
          at: "2030-01-01T00:00:00.005Z",
          duration_ms: 12,
          attempt: 1,
          outcome: "refused",
          // Absent in records of former versions.
          reason: null,
          status: 500,
        },
        expect.objectContaining({ outcome: "unreachable", reason: "dns", status: null }),
      ],
    });
    expect(JSON.parse(encodeDeliveries({ ...counts, nextAttemptAt: null, attempts: [] }))).toMatchObject({
      next_attempt_at: null,
      attempts: [],
    });
  });

  test("of older versions says blocked, never forbidden", () => {
    const at = toEpochMs(0);
    const attempt = { id: "msg_1", at, duration: 0, attempt: 1, outcome: "forbidden" as "blocked", status: null };
    const counts = { delivered: 0, failed: 1, pending: 0, redeliverable: 1, nextAttemptAt: null };
    expect(JSON.parse(encodeDeliveries({ ...counts, attempts: [attempt] }))).toMatchObject({
      attempts: [{ outcome: "blocked", reason: null }],
    });
  });
});

describe("a list", () => {
  const NEVER: UndeliveredNotification = {
    number: 1,
    id: "m1_s1",
    message: { id: "m1", body: '{"n":1.0}' as JsonText },
    createdAt: AT,
    attempts: 0,
    nextAttemptAt: AT,
    lastAttempt: null,
  };
  const lastAttempt = { at: AT, outcome: "refused", reason: null, status: 500, answer: 'no "good"' } as const;
  const FAILED: UndeliveredNotification = { ...NEVER, number: 2, attempts: 3, nextAttemptAt: null, lastAttempt };

  test("has the bodies as they were written, and null for what is not known", () => {
    const text = encodeUndelivered(ORDERS, [NEVER], { id: "s1", state: "pending", limit: null, marker: null });
    expect(text).toContain('"body":{"n":1.0}');
    expect(JSON.parse(text)).toEqual({
      deliveries: [
        {
          number: 1,
          id: "m1_s1",
          message_id: "m1",
          created_at: TIME,
          attempts: 0,
          next_attempt_at: TIME,
          attempted_at: null,
          outcome: null,
          reason: null,
          status: null,
          answer: null,
          body: { n: 1 },
        },
      ],
      links: [{ rel: "next", href: "/v2/queues/orders/subscriptions/s1/deliveries?state=pending&marker=1" }],
    });
  });

  test("has the last attempt, and no body of a document of the service", () => {
    const document = { ...FAILED, number: 3, message: null, createdAt: null };
    const query = { id: "s1", state: "failed", limit: 2, marker: "1" } as const;
    expect(JSON.parse(encodeUndelivered(ORDERS, [FAILED, document], query))).toMatchObject({
      deliveries: [
        {
          attempts: 3,
          next_attempt_at: null,
          attempted_at: TIME,
          outcome: "refused",
          status: 500,
          answer: 'no "good"',
        },
        { message_id: null, created_at: null, body: null },
      ],
      links: [{ href: "/v2/queues/orders/subscriptions/s1/deliveries?state=failed&limit=2&marker=3" }],
    });
  });

  test("without entries has no link", () => {
    const query = { id: "s1", state: "failed", limit: null, marker: null } as const;
    expect(encodeUndelivered(ORDERS, [], query)).toBe('{"deliveries":[],"links":[]}');
  });

  test.each<readonly [query: string, result: object]>([
    ["state=failed", { value: { state: "failed", limit: null, marker: null } }],
    ["state=pending&limit=5&marker=7", { value: { state: "pending", limit: 5, marker: "7" } }],
    [
      "state=done",
      { failure: { kind: "parameter-invalid", name: "state", expected: '"failed" or "pending"', got: "done" } },
    ],
    ["state=failed&limit=x", { failure: { kind: "parameter-invalid", name: "limit" } }],
  ])("asked for with %s", (query, result) => {
    expect(decodeUndelivered(parseQuery(query))).toMatchObject(result);
  });
});

describe("a redelivery", () => {
  const SINCE = toEpochMs(Date.UTC(2030, 0, 1));

  test.each<readonly [body: string | null, value: object | null]>([
    [null, null],
    ["", null],
    ["{}", null],
    ['{"ids":["m1_s1"]}', { ids: ["m1_s1"], since: null }],
    ['{"ids":[]}', { ids: [], since: null }],
    ['{"since":"2030-01-01T00:00:00Z"}', { ids: null, since: SINCE }],
    ['{"ids":["m1_s1"],"since":"2030-01-01T01:00:00+01:00"}', { ids: ["m1_s1"], since: SINCE }],
  ])("of %s chooses %j", (body, value) => {
    expect(decodeRedelivery(bytes(body))).toEqual({ ok: true, value });
  });

  test.each<readonly [body: string, failure: object]>([
    ["[]", { kind: "document-type-unsupported" }],
    ["x", { kind: "body-unparsable" }],
    ['{"id":"m1"}', { kind: "document-invalid", reason: "`id` is not valid: there is no such member." }],
    ['{"ids":"m1"}', { kind: "document-invalid" }],
    ['{"ids":[1]}', { kind: "document-invalid" }],
    ['{"ids":null}', { kind: "document-invalid" }],
    ['{"since":"yesterday"}', { kind: "document-invalid" }],
    ['{"since":1893456000}', { kind: "document-invalid" }],
  ])("of %s is refused", (body, failure) => {
    expect(decodeRedelivery(bytes(body))).toMatchObject({ ok: false, failure });
  });

  test("is answered by its number", () => {
    expect(encodeRedelivered(7)).toBe('{"redelivered":7}');
  });
});

test("a test is answered by its attempt", () => {
  const attempt: TestAttempt = { id: "t_s1", at: AT, duration: 12, outcome: "refused", status: 500, answer: "no" };
  const { duration: duration_ms, ...same } = attempt;
  expect(JSON.parse(encodeTestAttempt(attempt))).toEqual({ ...same, at: TIME, duration_ms, reason: null });
});

function bytes(text: string | null): Uint8Array | null {
  return text === null ? null : new TextEncoder().encode(text);
}
