/** Two consumers against a clock that nobody can move: the service's. Both return violations as sentences. */
import { setTimeout as sleep } from "node:timers/promises";
import { LeaseLost, Sukkal } from "sukkal/client";
import type { Service } from "./service.ts";

/** The shortest lease, in seconds. */
const LEASE = 60;
const WORK_MS = 75_000;
const FROZEN_MS = 64_000;

/** A handler that works longer than its lease, while another consumer waits for its message and the service is killed and frozen. */
export async function handleLongerThanALease(sukkal: Sukkal): Promise<readonly string[]> {
  const queue = sukkal.queue("long");
  await queue.post("long");
  const attempts: number[] = [];
  let hasEnded = false;
  const consumers = [1, 2].map(() =>
    queue.consume(
      async (_, { attempt, signal }) => {
        attempts.push(attempt);
        await sleep(WORK_MS, null, { signal });
        hasEnded = true;
      },
      { lease: LEASE, wait: 5 },
    ),
  );
  await sleep(WORK_MS + 8000);
  await Promise.all(consumers.map(async (consumer) => await consumer.stop()));
  const { total } = await queue.stats();
  if (attempts.length === 1 && hasEnded && total === 0) return [];
  return [`a handler of ${WORK_MS / LEASE / 1000} leases: attempts ${attempts.join(", ")}, ${total} messages left`];
}

/** A service that is frozen for longer than a lease: the handler is told so in time, and what it has done counts for nothing. */
export async function outlastAFrozenService(service: Service): Promise<readonly string[]> {
  const queue = new Sukkal({ url: service.url, project: "frozen" }).queue("frozen");
  await queue.post("frozen");
  const began = performance.now();
  let lost: { readonly after: number; readonly reason: unknown } | null = null;
  const first = queue.consume(
    async (_, { signal }) => {
      service.freeze();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      lost = { after: performance.now() - began, reason: signal.reason };
    },
    { lease: LEASE, concurrency: 1 },
  );
  await sleep(FROZEN_MS);
  const stopping = first.stop();
  service.thaw();
  await stopping;
  let again = 0;
  await queue.drain(() => void again++, { forMs: 10_000 });
  const violations = [];
  const seen = lost as { readonly after: number; readonly reason: unknown } | null;
  if (seen === null || seen.after > LEASE * 1000 || !(seen.reason instanceof LeaseLost)) {
    violations.push(`the signal of a handler aborted after ${String(seen?.after)} ms by ${String(seen?.reason)}`);
  }
  if (again !== 1) violations.push(`the message of a lost lease was delivered ${again} times afterwards`);
  return violations;
}
