/** One attempt of a delivery: the request, the record, and the consequences of each result. */
import { describe, expect, test } from "vitest";
import { resultForReplaced, toResult, type AttemptRequest, type AttemptResult } from "../../src/delivery/courier.ts";
import type { AttemptRecord, Notification, Target } from "../../src/domain/delivery.ts";
import type { QueueName, SubscriptionId } from "../../src/domain/id.ts";
import { EMPTY_OBJECT, type JsonText } from "../../src/domain/json.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../../src/domain/time.ts";
import { Attempts } from "../../src/objects/delivery/attempts.ts";
import type { PendingDelivery } from "../../src/objects/delivery/dispatch.ts";
import { LOST_ATTEMPT_DELAY } from "../../src/objects/delivery/wake-ups.ts";

const MESSAGE: Notification = { number: 1, ttl: toSeconds(300), delay: null, body: '"a"' as JsonText, hops: 2 };
const DOCUMENT: Notification = { kind: "document", text: "{}" };
const TARGET: Target = {
  subscriber: "https://shop.example/hook",
  options: EMPTY_OBJECT,
  queuePolicy: null,
  secrets: [],
  agreed: true,
};
const DELIVERED: AttemptResult = { ...toResult("delivered", null, true), status: 204 };
const REFUSED: AttemptResult = { ...toResult("refused"), status: 500 };

/** Attempts with a backlog that records its calls. */
class Subscriber {
  now: EpochMs = toEpochMs(1_700_000_000_000);
  target: Target | null = TARGET;
  result: AttemptResult | Error = DELIVERED;
  /** Called during an attempt. */
  meanwhile = (): void => undefined;
  notification: Notification | null = MESSAGE;
  readonly sent: AttemptRequest[] = [];
  readonly records: AttemptRecord[] = [];
  /** The calls of the backlog, the log and the object, in their order. */
  readonly effects: string[] = [];
  isBacklogFull = false;
  readonly attempts = new Attempts({
    subscription: "s1" as SubscriptionId,
    queue: "orders" as QueueName,
    jitter: 0,
    backlog: {
      notificationOf: () => this.notification,
      markDelivered: () => this.effect("arrived"),
      postpone: (delivery, delay, now) => {
        delivery.state = "waiting";
        delivery.dueAt = after(now, delay);
        this.effect(`postponed by ${delay} s`);
      },
      giveUp: (delivery) => {
        delivery.state = "failed";
        this.effect("given up");
      },
      dropPending: () => {
        this.effect("dropped");
        return 3;
      },
    },
    log: {
      record: (record) => void this.records.push(record),
      countDelivered: () => this.effect("delivered +1"),
      countFailed: (count) => this.effect(`failed +${count}`),
    },
    wakeUps: { armForLostAttempts: () => this.effect("alarm") },
    now: () => this.now,
    target: () => this.target,
    send: async (_target, request) => {
      this.sent.push(request);
      this.meanwhile();
      if (this.result instanceof Error) throw this.result;
      return this.result;
    },
    disable: (subscriber) => this.effect(`disabled ${subscriber}`),
    eraseIfOver: async () => undefined,
    logFault: (operation, error) => this.effect(`${operation}: ${String(error)}`),
    logGivenUp: (notification, attempts) => this.effect(`logged ${notification}, ${attempts}`),
  });

  /** Makes an attempt after the given number of failed ones. */
  async attempt(failed = 0): Promise<PendingDelivery> {
    const delivery: PendingDelivery = {
      id: 1,
      messageId: "m1",
      notification: this.notification,
      attempts: failed,
      dueAt: this.now,
      acceptedAt: null,
      lastAttempt: null,
      state: "active",
      onSettled: () => this.effect("settled"),
    };
    await this.attempts.make(delivery);
    return delivery;
  }

  private effect(what: string): void {
    if (this.isBacklogFull && what === "arrived") throw new Error("The disk is full.");
    this.effects.push(what);
  }
}

describe("an attempt", () => {
  test("sends the message in the API's form, under an id that is the same in every attempt", async () => {
    const subscriber = new Subscriber();
    await subscriber.attempt();
    await subscriber.attempt(1);
    const document = '{"ttl": 300, "body": "a", "Message_Type": "Notification", "queue_name": "orders"}';
    const request = { id: "m1_s1", document, hops: 2 };
    expect(subscriber.sent).toEqual([request, request]);
  });

  test("is recorded with its duration, number, outcome, reason and status", async () => {
    const subscriber = new Subscriber();
    const at = subscriber.now;
    subscriber.result = { ...toResult("refused", "tls"), status: 525 };
    subscriber.meanwhile = () => void (subscriber.now = toEpochMs(at + 40));
    await subscriber.attempt(2);
    const outcome = { outcome: "refused", reason: "tls", status: 525 };
    expect(subscriber.records).toEqual([{ id: "m1_s1", at, duration: 40, attempt: 3, ...outcome }]);
  });

  test.each<[name: string, result: AttemptResult, failed: number, effects: readonly string[]]>([
    ["a success", DELIVERED, 0, ["arrived", "delivered +1", "settled"]],
    // By the default policy: three retries at once, then three after 5 s each.
    ["a failure with a retry at once", REFUSED, 0, ["postponed by 0 s"]],
    ["a failure with a retry later", REFUSED, 3, ["postponed by 5 s", "settled"]],
    [
      "a failure with a longer Retry-After",
      { ...REFUSED, retryAfter: toSeconds(9) },
      3,
      ["postponed by 9 s", "settled"],
    ],
    ["the last failure of the policy", REFUSED, 1000, ["given up", "failed +1", "logged m1_s1, 1001", "settled"]],
    ["a final refusal", { ...REFUSED, isFinal: true }, 0, ["given up", "failed +1", "logged m1_s1, 1", "settled"]],
    ["a 410", toResult("gone", null, true), 0, ["dropped", "failed +3", `disabled ${TARGET.subscriber}`, "settled"]],
  ])("that ends with %s has these effects", async (_, result, failed, effects) => {
    const subscriber = new Subscriber();
    subscriber.result = result;
    await subscriber.attempt(failed);
    expect(subscriber.effects).toEqual(effects);
  });

  test("whose delivery was dropped meanwhile has no effect", async () => {
    const subscriber = new Subscriber();
    const delivery: PendingDelivery = {
      id: 1,
      messageId: "m1",
      notification: MESSAGE,
      attempts: 0,
      dueAt: subscriber.now,
      acceptedAt: null,
      lastAttempt: null,
      state: "active",
      onSettled: null,
    };
    subscriber.meanwhile = () => void (delivery.state = "over");
    await subscriber.attempts.make(delivery);
    expect([subscriber.effects, subscriber.records]).toEqual([[], []]);
  });

  test("by a courier that throws, against its contract, counts as unreachable", async () => {
    const subscriber = new Subscriber();
    subscriber.result = new Error("a bug");
    await subscriber.attempt();
    expect(subscriber.records).toMatchObject([{ outcome: "unreachable", status: null }]);
    expect(subscriber.effects).toEqual(["attempt: Error: a bug", "postponed by 0 s"]);
  });

  test("whose conclusion cannot be written is repeated when it would be if the object were lost", async () => {
    const subscriber = new Subscriber();
    subscriber.isBacklogFull = true;
    const { state, dueAt } = await subscriber.attempt();
    expect([state, dueAt]).toEqual(["waiting", after(subscriber.now, LOST_ATTEMPT_DELAY)]);
    expect(subscriber.effects).toEqual(["outcome: Error: The disk is full.", "alarm", "settled"]);
  });
});

describe("a subscriber that has not agreed", () => {
  test("gets documents of the service and no messages", async () => {
    const subscriber = new Subscriber();
    subscriber.target = { ...TARGET, agreed: false };
    await subscriber.attempt();
    subscriber.notification = DOCUMENT;
    await subscriber.attempt();
    expect(subscriber.sent).toEqual([{ id: "m1_s1", document: "{}", hops: 0 }]);
    expect(subscriber.records.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["blocked", "unconfirmed"],
      ["delivered", null],
    ]);
  });
});

describe("a subscriber that is replaced during an attempt", () => {
  const next = (subscriber: Subscriber) => (): void => {
    subscriber.target = { ...TARGET, subscriber: "https://other.example/" };
  };

  test("does not end the deliveries of the next by a refusal", async () => {
    const subscriber = new Subscriber();
    subscriber.result = toResult("gone", null, true);
    subscriber.meanwhile = next(subscriber);
    await subscriber.attempt();
    expect(subscriber.effects).toEqual(["postponed by 0 s"]);
  });

  test("may still have got the message", async () => {
    const subscriber = new Subscriber();
    subscriber.meanwhile = next(subscriber);
    await subscriber.attempt();
    expect(subscriber.effects).toEqual(["arrived", "delivered +1", "settled"]);
    expect(resultForReplaced(DELIVERED)).toBe(DELIVERED);
  });
});

describe("a dead host", () => {
  const SKIPPED: AttemptResult = { ...toResult("skipped", "silent-host"), retryAfter: toSeconds(7) };

  test("pauses all attempts until the time that the circuit breaker has given, and they count as skipped", async () => {
    const subscriber = new Subscriber();
    subscriber.result = SKIPPED;
    await subscriber.attempt();
    subscriber.now = after(subscriber.now, toSeconds(2));
    await subscriber.attempt();
    expect([subscriber.sent.length, subscriber.attempts.isPaused(subscriber.now)]).toEqual([1, true]);
    expect(subscriber.records.at(-1)).toMatchObject({ outcome: "skipped", reason: "silent-host" });
    expect(subscriber.effects).toEqual(["postponed by 7 s", "settled", "postponed by 5 s", "settled"]);
    subscriber.now = after(subscriber.now, toSeconds(5));
    subscriber.result = DELIVERED;
    await subscriber.attempt();
    expect(subscriber.sent).toHaveLength(2);
  });

  test("is no reason to pause for another subscriber", async () => {
    const subscriber = new Subscriber();
    subscriber.result = SKIPPED;
    await subscriber.attempt();
    subscriber.attempts.resume();
    await subscriber.attempt();
    expect(subscriber.sent).toHaveLength(2);
  });
});
