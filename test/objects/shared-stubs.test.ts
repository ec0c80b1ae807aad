/** The stubs that calls of a hub share while they are under way together. */
import { expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { toProjectId, type QueueName } from "../../src/domain/id.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { SharedStubs } from "../../src/objects/rpc/shared-stubs.ts";
import { toObjects, type ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { WakeGate } from "../../src/objects/rpc/wake-gate.ts";

/** Calls of objects, which end when the test says so. */
class Calls {
  /** The names of the stubs that were made. */
  readonly made: string[] = [];
  private readonly stubs = new SharedStubs();

  begin(name: string): { end: () => Promise<void>; fail: () => Promise<void> } {
    const answer = Promise.withResolvers<void>();
    const stub = this.stubs.of(name, () => {
      this.made.push(name);
      return { call: (wait: Promise<void>) => wait };
    });
    const outcome = stub.call(answer.promise);
    return {
      end: () => {
        answer.resolve();
        return outcome;
      },
      fail: () => {
        answer.reject(new Error("The object has crashed."));
        return outcome;
      },
    };
  }
}

test("calls that are under way together share the stub of their object", async () => {
  const calls = new Calls();
  const [first, second] = [calls.begin("a"), calls.begin("a"), calls.begin("b")];
  await first.end();
  calls.begin("a");
  await second.end();
  calls.begin("a");
  expect(calls.made).toEqual(["a", "b"]);
});

test("a stub without calls is not kept: it is broken if its object crashes meanwhile", async () => {
  const calls = new Calls();
  await calls.begin("a").end();
  await calls.begin("a").end();
  expect(calls.made).toEqual(["a", "a"]);
});

test("a stub whose call has failed is not used for further calls: it may stay broken", async () => {
  const calls = new Calls();
  const [first, second] = [calls.begin("a"), calls.begin("a")];
  await expect(first.fail()).rejects.toThrow("The object has crashed.");
  const third = calls.begin("a");
  await second.end();
  calls.begin("a");
  await third.end();
  expect(calls.made).toEqual(["a", "a"]);
});

test.each([
  ["a hub share", { shared: new SharedStubs() }, "false", ["p/q"]],
  ["a hub with pools share", { shared: new SharedStubs() }, "true", ["p/q"]],
  ["a Worker do not share", {}, "false", ["p/q", "p/q"]],
])("requests of %s the stub of their queue", async (_, own, pooling, made) => {
  const asked: string[] = [];
  const answer = { isHere: true, value: { ok: true, value: null } };
  const getByName = (name: string): object => {
    asked.push(name);
    return { callIfHere: async () => answer };
  };
  const bindings = { QUEUES: { getByName } } as unknown as ObjectBindings;
  const gate = new WakeGate(readConfig({ AUTH_STRATEGY: "none", POOLING: pooling }));
  const clock = (): ReturnType<typeof toEpochMs> => toEpochMs(0);
  const request = { reporters: null, client: null, clock, waitUntil: () => undefined, ...own };
  const ask = (): unknown =>
    toObjects(bindings, gate, request)
      .queue(toProjectId("p"), "q" as QueueName)
      .delete({ id: "m", claim: null });
  await Promise.all([ask(), ask()]);
  expect(asked).toEqual(made);
});
