/** The number of concurrent attempts, in post order and without order. */
import { describe, expect, test } from "vitest";
import { toEpochMs, type EpochMs } from "../../src/domain/time.ts";
import { Dispatch, type PendingDelivery } from "../../src/objects/delivery/dispatch.ts";

/** A dispatch whose attempts end when the test ends them. */
class Attempts {
  concurrency = 1;
  readonly begun: number[] = [];
  readonly underWay = new Map<number, () => void>();
  readonly dispatch = new Dispatch({
    concurrency: () => this.concurrency,
    now: () => NOW,
    waitUntil: () => undefined,
    attempt: (delivery) => this.attempt(delivery),
  });

  /** Adds deliveries with these numbers that were not attempted yet. */
  add(...numbers: readonly number[]): void {
    for (const number of numbers) this.dispatch.add(toDelivery(number, 0));
    this.dispatch.startDue();
  }

  /** Adds deliveries that have failed once and are due. Their numbers are above 100. */
  addRetries(...numbers: readonly number[]): void {
    for (const number of numbers) this.dispatch.add(toDelivery(number, 1));
    this.dispatch.startDue();
  }

  /** Ends a running attempt, by default the oldest. */
  async end(number = this.numbers[0] ?? Number.NaN): Promise<void> {
    this.underWay.get(number)?.();
    this.underWay.delete(number);
    await scheduler.wait(0);
  }

  get numbers(): readonly number[] {
    return [...this.underWay.keys()];
  }

  get firsts(): readonly number[] {
    return this.numbers.filter((number) => number <= 100);
  }

  get retries(): readonly number[] {
    return this.numbers.filter((number) => number > 100);
  }

  private async attempt(delivery: PendingDelivery): Promise<void> {
    this.begun.push(delivery.id);
    await new Promise<void>((resolve) => this.underWay.set(delivery.id, resolve));
    delivery.state = "over";
  }
}

const NOW: EpochMs = toEpochMs(1_700_000_000_000);

function toDelivery(id: number, attempts: number): PendingDelivery {
  const unknown = { notification: null, acceptedAt: null, lastAttempt: null, onSettled: null };
  return { id, messageId: String(id), attempts, dueAt: NOW, state: "waiting", ...unknown };
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe("first attempts", () => {
  test.each([1, 2, 5, 16])("%i of them are under way, and never more", async (concurrency) => {
    const attempts = new Attempts();
    attempts.concurrency = concurrency;
    attempts.add(...range(1, 40));
    for (let ended = 0; ended <= 40; ended++) {
      expect(attempts.numbers).toEqual(range(1, 40).slice(ended, ended + concurrency));
      await attempts.end();
    }
    expect(attempts.begun).toEqual(range(1, 40));
  });

  test("begin as soon as one of several ends, whichever that is", async () => {
    const attempts = new Attempts();
    attempts.concurrency = 3;
    attempts.add(...range(1, 6));
    await attempts.end(2);
    expect(attempts.numbers).toEqual([1, 3, 4]);
    await attempts.end(4);
    expect(attempts.numbers).toEqual([1, 3, 5]);
  });

  test("follow a change of the subscription from the next one that ends", async () => {
    const attempts = new Attempts();
    attempts.add(...range(1, 12));
    expect(attempts.numbers).toEqual([1]);
    attempts.concurrency = 6;
    await attempts.end();
    expect(attempts.numbers).toEqual(range(2, 7));
    attempts.concurrency = 2;
    for (let left = 6; left > 2; left--) {
      expect(attempts.numbers).toHaveLength(left);
      await attempts.end();
    }
    expect(attempts.numbers).toEqual([6, 7]);
    await attempts.end();
    expect(attempts.numbers).toEqual([7, 8]);
  });
});

describe("a retry that is due", () => {
  test("takes the next place, however many first attempts wait", async () => {
    const attempts = new Attempts();
    attempts.concurrency = 16;
    attempts.add(...range(1, 40));
    attempts.addRetries(101, 102, 103, 104, 105);
    expect(attempts.numbers).toEqual(range(1, 16));
    for (let ended = 1; ended <= 4; ended++) {
      await attempts.end();
      expect(attempts.firsts).toEqual(range(ended + 1, 16));
      expect(attempts.retries).toHaveLength(ended);
    }
    // Four is the maximum: the other deliveries have the remaining slots.
    await attempts.end();
    expect(attempts.firsts).toEqual(range(6, 17));
    expect(attempts.retries).toHaveLength(4);
  });

  test.each([1, 6])("leaves no more than six under way where %i first ones are allowed", async (concurrency) => {
    const attempts = new Attempts();
    attempts.concurrency = concurrency;
    attempts.addRetries(...range(101, 120));
    attempts.add(...range(1, 20));
    while (attempts.numbers.length > 0) {
      expect(attempts.numbers.length).toBeLessThanOrEqual(6);
      await attempts.end();
    }
    expect(attempts.begun).toHaveLength(40);
  });
});
