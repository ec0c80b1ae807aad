/** The acceptance of batches: new messages, free room, and the rows of messages that have not arrived. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { toEpoch, toMessageId, type Epoch } from "../../src/domain/id.ts";
import { EMPTY_OBJECT, type JsonText } from "../../src/domain/json.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../../src/domain/time.ts";
import type { PendingDelivery } from "../../src/objects/delivery/dispatch.ts";
import { PENDING_MAX } from "../../src/domain/delivery.ts";
import { Intake, type IntakeDeps } from "../../src/objects/delivery/intake.ts";
import { SILENT_INTERVAL, type Acceptance, type Batch } from "../../src/objects/rpc/delivery.ts";

const EPOCH = toEpoch(1_700_000_000_000, 1);
const NEXT_EPOCH = toEpoch(1_800_000_000_000, 2);
const TARGET: Batch["target"] = {
  subscriber: "https://shop.example/hook",
  options: EMPTY_OBJECT,
  queuePolicy: null,
  secrets: [],
  agreed: true,
};

/** A backlog and a dispatch in memory. */
class Subscriber {
  now: EpochMs = toEpochMs(1_700_000_000_000);
  /** Whether the first attempts succeed; otherwise the messages wait for a retry. */
  isUp = true;
  /** Whether attempts are not answered before `answer` is called. */
  isSlow = false;
  /** Called when a batch waits for its turn, which comes only if `needless` is ignored. */
  onTurn: (needless: Promise<void>) => Promise<void> = async () => undefined;
  /** Transactions that fail from now on. */
  failing = 0;
  /** The number of other pending deliveries. */
  pendingBefore = 0;
  isPaused = false;
  unansweredMs = 0;
  failures = 0;
  readonly subscription: { isEnded: boolean; position: IntakeDeps["subscription"]["position"]; write: () => void } = {
    isEnded: false,
    position: null,
    write: () => undefined,
  };
  /** All deliveries that were added. */
  readonly deliveries: PendingDelivery[] = [];
  /** The stored messages: a list of ids for each transaction. */
  readonly stored: (readonly string[])[] = [];
  private readonly intake = new Intake(toDeps(this));

  accept(numbers: readonly number[], epoch: Epoch = EPOCH): Promise<Acceptance> {
    const message = { ttl: toSeconds(300), delay: null, body: '"a"' as JsonText, hops: 0 };
    return this.intake.accept({ target: TARGET, epoch, parcels: numbers.map((number) => ({ ...message, number })) });
  }

  announce(): Promise<void> {
    return this.intake.announce({ kind: "document", text: "{}" });
  }

  /** Ends the attempts that are under way, in order, at most so many. */
  answer(count = Infinity): void {
    for (const delivery of this.deliveries.filter(({ onSettled }) => onSettled !== null).slice(0, count)) {
      if (this.isUp) delivery.state = "over";
      delivery.onSettled?.();
    }
  }

  get messageIds(): readonly string[] {
    return this.deliveries.map(({ messageId }) => messageId);
  }

  get pending(): number {
    return this.pendingBefore + this.deliveries.filter(({ state }) => state !== "over").length;
  }
}

function toDeps(subscriber: Subscriber): IntakeDeps {
  return {
    subscription: subscriber.subscription,
    backlog: {
      get size() {
        return subscriber.pending;
      },
      add: (messageId, notification, now) => {
        const id = subscriber.deliveries.length + 1;
        const delivery: PendingDelivery = {
          id,
          messageId,
          notification,
          attempts: 0,
          dueAt: now,
          acceptedAt: null,
          lastAttempt: null,
          state: "waiting",
          onSettled: null,
        };
        subscriber.deliveries.push(delivery);
        return delivery;
      },
      store: (deliveries, work) => {
        const rest = deliveries.filter(({ state }) => state !== "over");
        if (rest.length === 0) return;
        if (subscriber.failing-- > 0) throw new Error("The disk is full.");
        work();
        subscriber.stored.push(rest.map(({ messageId }) => messageId));
      },
    },
    dispatch: {
      get unansweredMs() {
        return subscriber.unansweredMs;
      },
      startDue: () => {
        if (!subscriber.isSlow) subscriber.answer();
      },
    },
    log: { countFailed: (count) => void (subscriber.failures += count) },
    now: () => subscriber.now,
    isPaused: () => subscriber.isPaused,
    waitForTurn: (needless) => subscriber.onTurn(needless),
    writeOverdueHistory: () => undefined,
  };
}

describe("a batch", () => {
  test("whose messages arrive at once stores nothing", async () => {
    const subscriber = new Subscriber();
    expect(await subscriber.accept([1, 2])).toBe("taken");
    expect(subscriber.messageIds).toEqual([toMessageId(EPOCH, 1), toMessageId(EPOCH, 2)]);
    expect([subscriber.stored, subscriber.subscription.position]).toEqual([[], { epoch: EPOCH, number: 2 }]);
  });

  test("whose messages fail stores those, in one transaction with the subscription", async () => {
    const subscriber = new Subscriber();
    subscriber.isUp = false;
    const positions: unknown[] = [];
    subscriber.subscription.write = () => void positions.push(subscriber.subscription.position);
    expect(await subscriber.accept([1, 2])).toBe("taken");
    expect(subscriber.stored).toEqual([[toMessageId(EPOCH, 1), toMessageId(EPOCH, 2)]]);
    expect(positions).toEqual([{ epoch: EPOCH, number: 2 }]);
  });

  test("that was accepted before is ignored, and of one that overlaps only the rest is new", async () => {
    const subscriber = new Subscriber();
    for (const numbers of [[1, 2], [1, 2], [2, 3], []]) expect(await subscriber.accept(numbers)).toBe("taken");
    expect(subscriber.messageIds).toEqual([1, 2, 3].map((number) => toMessageId(EPOCH, number)));
  });

  test("of another life of the queue begins with number 1 again", async () => {
    const subscriber = new Subscriber();
    await subscriber.accept([1]);
    await subscriber.accept([1], NEXT_EPOCH);
    expect(subscriber.messageIds).toEqual([toMessageId(EPOCH, 1), toMessageId(NEXT_EPOCH, 1)]);
  });

  test("that cannot be stored is not accepted, and is new when it comes again", async () => {
    const subscriber = new Subscriber();
    await subscriber.accept([1]);
    Object.assign(subscriber, { isUp: false, failing: 1 });
    await expect(subscriber.accept([2])).rejects.toThrow("The disk is full.");
    expect(subscriber.subscription.position).toEqual({ epoch: EPOCH, number: 1 });
    expect(await subscriber.accept([2])).toBe("taken");
    expect(subscriber.stored).toEqual([[toMessageId(EPOCH, 2)]]);
  });

  test("comes after those before it, also when one of them is rejected", async () => {
    const subscriber = new Subscriber();
    Object.assign(subscriber, { isUp: false, failing: 1 });
    const first = subscriber.accept([1]);
    const second = subscriber.accept([1, 2]);
    await expect(first).rejects.toThrow("The disk is full.");
    expect(await second).toBe("taken");
    expect(subscriber.stored).toEqual([[toMessageId(EPOCH, 1), toMessageId(EPOCH, 2)]]);
  });

  test("to a subscription that has ended is taken and dropped", async () => {
    const subscriber = new Subscriber();
    subscriber.subscription.isEnded = true;
    expect(await subscriber.accept([1])).toBe("taken");
    await subscriber.announce();
    expect(subscriber.deliveries).toEqual([]);
  });

  test("is full by one message more than may be pending", async () => {
    const subscriber = new Subscriber();
    subscriber.pendingBefore = PENDING_MAX - 1;
    expect(await subscriber.accept([1, 2])).toBe("full");
    expect(subscriber.deliveries).toEqual([]);
    expect(await subscriber.accept([1])).toBe("taken");
  });
});

describe("a batch that waits for its turn to write", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** The batch of a slow subscriber, and whether the subscriber has answered with what makes its turn needless. */
  async function waitingBatch(subscriber: Subscriber): Promise<{ accepted: Promise<Acceptance>; isNeedless: boolean }> {
    const batch = { accepted: Promise.resolve<Acceptance>("taken"), isNeedless: false };
    subscriber.isSlow = true;
    const asked = new Promise<void>((resolve) => {
      subscriber.onTurn = (needless) => {
        resolve();
        return needless.then(() => void (batch.isNeedless = true));
      };
    });
    batch.accepted = subscriber.accept([1, 2]);
    await vi.advanceTimersByTimeAsync(1000);
    await asked;
    return batch;
  }

  test("needs none when all of its messages have arrived meanwhile", async () => {
    const subscriber = new Subscriber();
    const batch = await waitingBatch(subscriber);
    subscriber.answer(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(batch.isNeedless).toBe(false);
    subscriber.answer();
    expect(await batch.accepted).toBe("taken");
    expect(subscriber.stored).toEqual([]);
  });

  test("waits for it when one of its messages has failed", async () => {
    const subscriber = new Subscriber();
    const batch = await waitingBatch(subscriber);
    subscriber.answer(1);
    subscriber.isUp = false;
    subscriber.answer();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(batch.isNeedless).toBe(false);
  });
});

describe("a silent subscriber", () => {
  test.each<[why: string, state: Partial<Subscriber>]>([
    ["its host is dead", { isPaused: true }],
    ["no attempt has been answered for five seconds", { unansweredMs: 5000 }],
  ])("because %s is given one batch per interval", async (_, state) => {
    const subscriber = new Subscriber();
    subscriber.isUp = false;
    await subscriber.accept([1]);
    Object.assign(subscriber, state);
    expect(await subscriber.accept([2])).toBe("silent");
    subscriber.now = toEpochMs(after(subscriber.now, SILENT_INTERVAL) - 1);
    expect(await subscriber.accept([2])).toBe("silent");
    subscriber.now = toEpochMs(subscriber.now + 1);
    expect(await subscriber.accept([2])).toBe("taken");
    expect(await subscriber.accept([3])).toBe("silent");
  });

  test("with nothing pending is given a batch at once: nothing else would find out that it is back", async () => {
    const subscriber = new Subscriber();
    await subscriber.accept([1]);
    subscriber.isPaused = true;
    expect(await subscriber.accept([2])).toBe("taken");
  });

  test("is one that has left attempts without an answer for five seconds, and no less", async () => {
    const subscriber = new Subscriber();
    Object.assign(subscriber, { isUp: false, unansweredMs: 4999 });
    await subscriber.accept([1]);
    expect(await subscriber.accept([2])).toBe("taken");
  });
});

describe("a document of the service", () => {
  test("has a UUID for its message's id, a new one each time", async () => {
    const subscriber = new Subscriber();
    await subscriber.announce();
    await subscriber.announce();
    expect(subscriber.deliveries.map(({ notification }) => notification)).toEqual(
      Array.from({ length: 2 }, () => ({ kind: "document", text: "{}" })),
    );
    expect(new Set(subscriber.messageIds).size).toBe(2);
  });

  test("counts as failed when there is no room for it", async () => {
    const subscriber = new Subscriber();
    subscriber.pendingBefore = PENDING_MAX;
    await subscriber.announce();
    expect([subscriber.failures, subscriber.deliveries]).toEqual([1, []]);
  });
});
