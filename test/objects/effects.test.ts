/** The effects of a commit: their order, and those for which the answer waits. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { performEffects, type Effects, type EffectsDeps } from "../../src/objects/queue/effects.ts";

afterEach(() => void vi.useRealTimers());

/** Records calls. Calls of other objects end with `settle`. */
class Calls {
  readonly made: string[] = [];
  readonly deps: EffectsDeps = {
    subscriptions: { outbox: { startSoon: () => void this.made.push("notify") } },
    indexEntry: { write: () => this.call("enter") },
    transfers: { send: () => this.call("send") },
    waiters: { wake: (count) => void this.made.push(`wake ${count}`) },
  };
  private readonly pending: (() => void)[] = [];

  perform(effects: Effects): Promise<void> | null {
    return performEffects(effects, this.deps);
  }

  settle(): void {
    for (const resolve of this.pending.splice(0)) resolve();
  }

  private call(name: string): Promise<void> {
    this.made.push(name);
    return new Promise((resolve) => this.pending.push(resolve));
  }
}

describe("without a call of another object", () => {
  test("everything is done at once and nothing is waited for", () => {
    const calls = new Calls();
    expect(calls.perform({ notify: true, wake: 3 })).toBeNull();
    expect(calls.made).toEqual(["notify", "wake 3"]);
  });

  test.each([{}, { notify: false, enterIndex: false, sendTransfers: false, wake: 0 }])("%j does nothing", (effects) => {
    const calls = new Calls();
    expect(calls.perform(effects)).toBeNull();
    expect(calls.made).toEqual([]);
  });
});

test("the answer waits for the index; hand-overs start before it and waiting requests wake after it", async () => {
  const calls = new Calls();
  const done = calls.perform({ notify: true, enterIndex: true, wake: 1 });
  expect(calls.made).toEqual(["notify", "enter"]);
  calls.settle();
  await done;
  expect(calls.made).toEqual(["notify", "enter", "wake 1"]);
});

test("the answer waits for transfers, but not for a target that does not answer", async () => {
  vi.useFakeTimers();
  const calls = new Calls();
  const done = calls.perform({ sendTransfers: true, wake: 1 });
  await vi.advanceTimersByTimeAsync(499);
  expect(calls.made).toEqual(["send"]);
  await vi.advanceTimersByTimeAsync(1);
  await done;
  expect(calls.made).toEqual(["send", "wake 1"]);
});
