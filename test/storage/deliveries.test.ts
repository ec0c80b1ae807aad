/** The rows of a DeliveryObject: what each method stores, and how damaged rows are read. */
import { describe, expect, test } from "vitest";
import type { AttemptRecord, FailedAttempt, Notification, Target } from "../../src/domain/delivery.ts";
import { toEpoch, toMessageId } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import type { WebhookSecret } from "../../src/domain/subscription.ts";
import { toEpochMs, toSeconds } from "../../src/domain/time.ts";
import type { Traceparent } from "../../src/domain/traceparent.ts";
import { Deliveries, type DeliveryRow } from "../../src/storage/delivery/deliveries.ts";
import { DELIVERY_MIGRATIONS } from "../../src/storage/delivery/schema.ts";
import type { Sql } from "../../src/storage/sql.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

const EPOCH = toEpoch(1_700_000_000_000, 1);
const AT = toEpochMs(1_700_000_000_000);
const MESSAGE: Notification = {
  number: 7,
  ttl: toSeconds(300),
  delay: toSeconds(5),
  body: '{"n":1.0}' as JsonText,
  hops: 2,
};
const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" as Traceparent;
const DOCUMENT: Notification = { kind: "document", text: '{"Message_Type": "SubscriptionConfirmation"}' };
const TARGET: Target = {
  subscriber: "https://shop.example/hook",
  options: '{"_concurrency":4}' as JsonText,
  queuePolicy: null,
  secrets: ["whsec_a" as WebhookSecret, "whsec_b" as WebhookSecret],
  agreed: false,
};

function withDeliveries(work: (deliveries: Deliveries, sql: Sql, storage: SqlStorage) => void): Promise<void> {
  return withStorage(DELIVERY_MIGRATIONS, (sql, storage) => work(new Deliveries(sql), sql, storage));
}

/** A row that is due at `AT`. */
function row(id: number, change: Partial<DeliveryRow> = {}): DeliveryRow {
  return { id, messageId: toMessageId(EPOCH, 7), attempts: 0, dueAt: AT, ...change };
}

function failure(change: Partial<FailedAttempt> = {}): FailedAttempt {
  return { at: AT, outcome: "refused", reason: null, status: 500, answer: null, ...change };
}

describe("a delivery", () => {
  test("is read as it was inserted, its notification apart from the rest", () =>
    withDeliveries((deliveries) => {
      const [first, second] = [row(1), row(2, { messageId: "a UUID", attempts: 3 })];
      deliveries.insert(first, MESSAGE);
      deliveries.insert(second, DOCUMENT);
      expect(deliveries.all()).toEqual([first, second]);
      expect(deliveries.notification(first)).toEqual(MESSAGE);
      expect(deliveries.notification(second)).toEqual(DOCUMENT);
      expect(deliveries.notification(row(3))).toBeNull();
    }));

  test("of a message with an id of another log has that id", () =>
    withDeliveries((deliveries) => {
      const message = { ...MESSAGE, id: toMessageId(toEpoch(1_600_000_000_000, 2), 9) };
      deliveries.insert(row(1), message);
      expect(deliveries.notification(row(1))).toEqual(message);
    }));

  test("of a message whose post had a traceparent has it", () =>
    withDeliveries((deliveries) => {
      const message = { ...MESSAGE, traceparent: TRACEPARENT };
      deliveries.insert(row(1), message);
      expect(deliveries.notification(row(1))).toEqual(message);
    }));

  test("of a queue that is not a delayed one has no delay", () =>
    withDeliveries((deliveries) => {
      deliveries.insert(row(1), { ...MESSAGE, delay: null });
      expect(deliveries.notification(row(1))).toEqual({ ...MESSAGE, delay: null });
    }));

  test("costs one row written for each insertion, change and removal", () =>
    withDeliveries((deliveries, sql) => {
      const before = sql.rowsWritten;
      deliveries.insert(row(1), MESSAGE);
      deliveries.reschedule({ id: 1, attempts: 1, dueAt: AT });
      deliveries.remove(1);
      expect(sql.rowsWritten - before).toBe(3);
    }));

  test("is rescheduled alone, or given up: then it has no time of a next attempt", () =>
    withDeliveries((deliveries) => {
      for (const id of [1, 2, 3]) deliveries.insert(row(id), MESSAGE);
      const later = toEpochMs(AT + 5000);
      deliveries.reschedule({ id: 1, attempts: 1, dueAt: later });
      deliveries.reschedule({ id: 3, attempts: 9, dueAt: null });
      expect(deliveries.all()).toEqual([
        row(1, { attempts: 1, dueAt: later }),
        row(2),
        row(3, { attempts: 9, dueAt: null }),
      ]);
    }));

  test("that is given up stays when the pending ones are removed", () =>
    withDeliveries((deliveries) => {
      for (const id of [1, 2, 3]) deliveries.insert(row(id), MESSAGE);
      deliveries.reschedule({ id: 2, attempts: 9, dueAt: null });
      deliveries.removePending();
      expect(deliveries.all()).toEqual([row(2, { attempts: 9, dueAt: null })]);
    }));

  test("that is given up is revived as if never attempted, and a pending one stays as it is", () =>
    withDeliveries((deliveries) => {
      deliveries.insert(row(1, { attempts: 9, dueAt: null }), MESSAGE);
      deliveries.insert(row(2, { attempts: 2 }), MESSAGE);
      const now = toEpochMs(AT + 1000);
      deliveries.revive(now);
      expect(deliveries.all()).toEqual([row(1, { dueAt: now }), row(2, { attempts: 2 })]);
    }));

  test("has its last attempt, which is written with each change of its row", () =>
    withDeliveries((deliveries, sql) => {
      const [first, second] = [
        failure({ answer: "no" }),
        failure({ at: toEpochMs(AT + 1), status: null, reason: "dns" }),
      ];
      const before = sql.rowsWritten;
      deliveries.insert(row(1, { attempts: 1 }), MESSAGE, { acceptedAt: AT, lastAttempt: first });
      const known = { messageId: row(1).messageId, acceptedAt: AT };
      expect(deliveries.past(1)).toEqual({ ...known, attempts: 1, lastAttempt: first });
      deliveries.reschedule({ id: 1, attempts: 2, dueAt: AT }, second);
      expect(deliveries.past(1)).toEqual({ ...known, attempts: 2, lastAttempt: second });
      expect(sql.rowsWritten - before).toBe(2);
      expect(deliveries.past(2)).toBeNull();
    }));

  test("that is given up is found by the time of its last attempt, to the millisecond", () =>
    withDeliveries((deliveries) => {
      const at = (ms: number) => ({ acceptedAt: AT, lastAttempt: failure({ at: toEpochMs(AT + ms) }) });
      deliveries.insert(row(1, { dueAt: null }), MESSAGE, at(0));
      deliveries.insert(row(2, { dueAt: null }), MESSAGE, at(1));
      deliveries.insert(row(3), MESSAGE, at(1));
      deliveries.insert(row(4, { dueAt: null }), MESSAGE);
      expect(deliveries.failedSince(AT)).toEqual(new Set([1, 2]));
      expect(deliveries.failedSince(toEpochMs(AT + 1))).toEqual(new Set([2]));
      expect(deliveries.failedSince(toEpochMs(AT + 2))).toEqual(new Set());
    }));

  test("is revived alone", () =>
    withDeliveries((deliveries) => {
      for (const id of [1, 2]) deliveries.insert(row(id, { attempts: 9, dueAt: null }), MESSAGE);
      deliveries.reviveOne(2, AT);
      expect(deliveries.all()).toEqual([row(1, { attempts: 9, dueAt: null }), row(2)]);
    }));

  test("of a version without last attempts has none, and neither has one whose row is damaged", () =>
    withDeliveries((deliveries, _sql, storage) => {
      storage.exec("INSERT INTO delivery (id, message, attempts, ttl_s, content) VALUES (1, 'm', 3, 300, '1')");
      expect(deliveries.past(1)).toEqual({ messageId: "m", attempts: 3, acceptedAt: null, lastAttempt: null });
      storage.exec("UPDATE delivery SET attempted_at_ms = 1, last_attempt = '{'");
      expect(deliveries.past(1)).toMatchObject({ lastAttempt: null });
    }));

  test("of a version without hops has gone on never", () =>
    withDeliveries((deliveries, _sql, storage) => {
      storage.exec(
        "INSERT INTO delivery (id, message, attempts, ttl_s, content) VALUES (1, ?, 0, 300, '1')",
        row(1).messageId,
      );
      expect(deliveries.notification(row(1))).toEqual({ ...MESSAGE, delay: null, body: "1", hops: 0 });
    }));
});

describe("the state of the subscription", () => {
  test("is null until it is written, and then the last one written", () =>
    withDeliveries((deliveries) => {
      expect(deliveries.state()).toBeNull();
      deliveries.writeState({ target: { ...TARGET, agreed: true }, position: null, isEnded: false });
      expect(deliveries.state()).toEqual({ target: { ...TARGET, agreed: true }, position: null, isEnded: false });
      const state = { target: TARGET, position: { epoch: EPOCH, number: 7 }, isEnded: true };
      deliveries.writeState(state);
      expect(deliveries.state()).toEqual(state);
    }));

  test("of a version that asked no subscriber counts as agreed", () =>
    withDeliveries((deliveries, _sql, storage) => {
      storage.exec(
        `INSERT INTO subscription (id, subscriber, options, secrets, number, ended) VALUES (1, ?, '{}', '[]', 0, 0)`,
        TARGET.subscriber,
      );
      expect(deliveries.state()?.target).toMatchObject({ agreed: true, secrets: [] });
    }));

  test("with damaged secrets has none: the queue sends them again with the next batch", () =>
    withDeliveries((deliveries, _sql, storage) => {
      deliveries.writeState({ target: TARGET, position: null, isEnded: false });
      storage.exec(`UPDATE subscription SET secrets = '["whsec'`);
      expect(deliveries.state()?.target).toEqual({ ...TARGET, secrets: [] });
    }));

  test.each(["options", "queue_policy"])("with damaged %s is refused: scanning them would not end", (column) =>
    withDeliveries((deliveries, _sql, storage) => {
      deliveries.writeState({ target: { ...TARGET, queuePolicy: TARGET.options }, position: null, isEnded: false });
      storage.exec(`UPDATE subscription SET ${column} = '{"_concurrency":'`);
      expect(() => deliveries.state()).toThrow("is damaged");
    }),
  );
});

describe("the history of attempts", () => {
  const attempts: readonly AttemptRecord[] = [
    { id: "m2_s1", at: AT, duration: 40, attempt: 1, outcome: "delivered", reason: null, status: 204 },
    { id: "m1_s1", at: AT, duration: 10_000, attempt: 2, outcome: "timeout", reason: null, status: null },
  ];

  test("is null until it is written, and then the last one written", () =>
    withDeliveries((deliveries, sql) => {
      expect(deliveries.history()).toBeNull();
      deliveries.writeHistory({ delivered: 0, failed: 1, attempts: [] });
      const before = sql.rowsWritten;
      deliveries.writeHistory({ delivered: 5, failed: 1, attempts });
      expect(sql.rowsWritten - before).toBe(1);
      expect(deliveries.history()).toEqual({ delivered: 5, failed: 1, attempts });
    }));

  test("with damaged attempts keeps its counts", () =>
    withDeliveries((deliveries, _sql, storage) => {
      deliveries.writeHistory({ delivered: 5, failed: 1, attempts });
      storage.exec(`UPDATE history SET attempts = '[{"id":'`);
      expect(deliveries.history()).toEqual({ delivered: 5, failed: 1, attempts: [] });
    }));
});
