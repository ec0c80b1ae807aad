/** A handler of the TypeScript client that works for five leases, against the service, under a clock that is moved. */
import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Sukkal } from "../../packages/sukkal/src/client.ts";
import { clock, freezeClock, LOOK_MS, moveTimers } from "../support/clock.ts";

freezeClock();

/** Seconds: the shortest. */
const LEASE = 60;
/** Seconds: longer than the pause of a consumer that got nothing, on average. */
const STEP = 2;

test("a handler of five leases gets its message once, although another consumer asks for it all the time", async () => {
  moveTimers();
  const open = new Set<Promise<Response>>();
  let renewals = 0;
  const fetch = async (request: Request): Promise<Response> => {
    if (request.method === "PATCH") renewals++;
    const response = exports.default.fetch(request);
    open.add(response);
    return response.finally(() => open.delete(response));
  };
  const url = "http://service.test";
  const queue = new Sukkal({ url, project: crypto.randomUUID(), fetch, timeoutMs: 3_600_000 }).queue("jobs");
  await queue.post("long");
  const attempts: number[] = [];
  const handle = async (_: unknown, { attempt }: { readonly attempt: number }): Promise<void> => {
    attempts.push(attempt);
    await new Promise((resolve) => setTimeout(resolve, 5 * LEASE * 1000));
  };
  const consumers = [1, 2].map(() => queue.consume(handle, { lease: LEASE, wait: 0 }));
  for (let second = 0; second < 5 * LEASE + 10; second += STEP) {
    clock.advance({ seconds: STEP });
    // Timers notice it, and then the requests have their answers before it is moved on, however busy the machine is.
    do await scheduler.wait(2 * LOOK_MS);
    while (open.size > 0);
  }
  await Promise.all(consumers.map((consumer) => consumer.stop({ force: true })));
  expect(attempts).toEqual([1]);
  expect((await queue.stats()).total).toBe(0);
  expect(renewals).toBeGreaterThanOrEqual(13);
});
