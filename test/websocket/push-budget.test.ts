/** The number of bytes pushed to a client that may not read. */
import { describe, expect, test } from "vitest";
import { toEpochMs, type EpochMs } from "../../src/domain/time.ts";
import { NOTHING_PUSHED, PushBudget, type PushState } from "../../src/websocket/push-budget.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

class Client {
  now: EpochMs = toEpochMs(1_000_000_000_000);
  readonly kept: PushState[] = [];
  budget: PushBudget;
  private readonly unheardMax: number;
  private readonly rate: number;

  constructor({ unheardMax = 1000 * MIB, rate = 256 * KIB } = {}) {
    this.unheardMax = unheardMax;
    this.rate = rate;
    this.budget = this.open(NOTHING_PUSHED);
  }

  push(bytes: number): string {
    return this.budget.take(bytes, this.now);
  }

  /** Pushes until the budget is used up. */
  fill(): void {
    while (this.push(MIB) === "taken");
  }

  pass(seconds: number): void {
    this.now = toEpochMs(this.now + seconds * 1000);
  }

  /** Milliseconds until the client is too slow; null: it is not. */
  get deadlineIn(): number | null {
    const at = this.budget.deadlineAt(this.now);
    return at === null ? null : at - this.now;
  }

  /** The hub sleeps, and wakes with what was kept. */
  sleep(): void {
    this.budget = this.open(this.kept.at(-1) ?? NOTHING_PUSHED);
  }

  private open(state: PushState): PushBudget {
    const keep = (kept: PushState): void => void this.kept.push(kept);
    return new PushBudget(state, { now: this.now, rate: this.rate, unheardMax: this.unheardMax, keep });
  }
}

describe("the rate", () => {
  test.each([256 * KIB, KIB, 64 * MIB])("of %d bytes a second is 16 times as much at once", (rate) => {
    const client = new Client({ rate, unheardMax: Infinity });
    for (let pushed = 0; pushed < 4; pushed++) expect(client.push(4 * rate)).toBe("taken");
    expect(client.push(1)).toBe("full");
    client.pass(1);
    expect(client.push(rate)).toBe("taken");
    expect(client.push(1)).toBe("full");
  });

  test("lets a large push go, and then waits until it is made up for", () => {
    const client = new Client();
    expect(client.push(4 * MIB + 512 * KIB)).toBe("taken");
    client.pass(2);
    expect(client.push(1)).toBe("full");
    client.pass(0.001);
    expect(client.push(1)).toBe("taken");
  });
});

describe("a client that gets less than there is", () => {
  test("is too slow after a minute", () => {
    const client = new Client();
    expect(client.deadlineIn).toBeNull();
    client.fill();
    for (let tenth = 0; tenth < 6; tenth++) {
      expect(client.deadlineIn).toBe(60_000 - tenth * 10_000);
      client.pass(10);
      client.fill();
    }
    expect(client.deadlineIn).toBe(0);
  });

  test("is not when it has got everything in between", () => {
    const client = new Client();
    client.fill();
    client.pass(10);
    expect(client.push(MIB)).toBe("taken");
    client.pass(16);
    expect(client.deadlineIn).toBeNull();
    client.fill();
    expect(client.deadlineIn).toBe(60_000);
  });

  test("is as slow after the hub has slept", () => {
    const client = new Client();
    client.fill();
    client.pass(12);
    client.sleep();
    expect(client.deadlineIn).toBe(48_000);
  });
});

describe("a client that sends nothing", () => {
  test("gets no more than the maximum", () => {
    const client = new Client({ unheardMax: 3 * MIB });
    expect([client.push(MIB), client.push(2 * MIB), client.push(1)]).toEqual(["taken", "taken", "unheard"]);
  });

  test("gets as much again after a frame", () => {
    const client = new Client({ unheardMax: 3 * MIB });
    client.push(3 * MIB);
    client.budget.hear();
    expect(client.push(MIB)).toBe("taken");
  });

  test("is remembered to within a MiB while the hub sleeps, which costs one write in a MiB", () => {
    const client = new Client({ unheardMax: 3 * MIB });
    for (let pushed = 0; pushed < 32; pushed++) client.push(64 * KIB);
    expect(client.kept).toHaveLength(2);
    client.sleep();
    expect([client.push(MIB), client.push(1)]).toEqual(["taken", "unheard"]);
  });
});
