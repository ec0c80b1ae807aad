/** Claims of requests that wait, when their queue crashes. test/websocket/wait-failures.test.ts has those of connections. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { project, toClaim, type Answer, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

function crash(queue: Queue): Promise<void> {
  return runInDurableObject(queueStub(queue), (_, state) => state.abort("a crash")).catch(() => undefined);
}

interface Call {
  /** How many of the method came before. */
  readonly before: number;
  readonly orders: Queue;
}

/** Waits for a message, which comes after a time. `isCrash`: whether the queue crashes while it processes the call. */
async function waitFor(
  method: "claim" | "awaitMessages",
  isCrash: (call: Call) => boolean,
): Promise<readonly [Queue, Answer]> {
  const orders = await project().queue();
  const counts = { claim: 0, awaitMessages: 0 };
  interceptObjects("QUEUES", `${orders.project.id}/orders`, (stub) => {
    const passed = async <T>(name: typeof method, call: Promise<T>): Promise<T> => {
      call.catch(() => undefined);
      if (name === method && isCrash({ before: counts[name]++, orders })) await crash(orders);
      return call;
    };
    return {
      claim: (request) => passed("claim", stub.claim(request)),
      awaitMessages: (request) => passed("awaitMessages", stub.awaitMessages(request)),
    };
  });
  const waiting = orders.send("POST", "/claims", { headers: { Prefer: "wait=20" } });
  await expect.poll(() => counts[method]).toBeGreaterThan(0);
  await orders.post("a");
  return [orders, await waiting];
}

test("a wait goes on after a crash of its queue", async () => {
  const [orders, answer] = await waitFor("awaitMessages", ({ before }) => before < 2);
  expect(await toClaim(orders, answer)).toHoldBodies("a");
});

test("a claim after a wait is repeated if the queue crashes", async () => {
  // The first finds nothing.
  const [orders, answer] = await waitFor("claim", ({ before }) => before === 1 || before === 2);
  expect(await toClaim(orders, answer)).toHoldBodies("a");
});

test("a queue that does not come back in time: 503", async () => {
  const [, answer] = await waitFor("claim", ({ before }) => {
    if (before > 0) clock.advance({ seconds: 8 });
    return before > 0;
  });
  expect(answer).toAnswer(503);
});
