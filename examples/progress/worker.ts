/**
 * Works on tasks of many steps, and posts after each how far it is. Whoever goes on after a crash begins after the last step.
 *
 *   npx node examples/progress/worker.ts
 *
 * Environment: the address and credential of ../connection.ts: an API key, Keystone or none.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Sukkal } from "sukkal/client";
import { connection } from "../connection.ts";
import { progressOf, toTask } from "./documents.ts";

const sukkal = new Sukkal(connection(process.env));
const tasks = sukkal.queue("tasks", { parse: toTask });

const consumer = tasks.consume(
  async ({ id, body: { steps } }, { signal }) => {
    const progress = progressOf(sukkal, id);
    let done = 0;
    // A list takes nothing away, so the steps of former attempts are still there. `attempt` does not tell whether there were any:
    // that of a worker that was stopped is not counted.
    for await (const { body } of progress.messages({ limit: 20 })) done = Math.max(done, body.done);
    console.log(`task ${id} after step ${done}`);
    while (done < steps) {
      // Aborts when the lease is lost, because another worker goes on then, and when this one is stopped.
      await sleep(100, undefined, { signal });
      done++;
      // A day: for as long as somebody may ask. `idempotencyKey`: two workers that do one step for a moment tell it once.
      await progress.post({ done, of: steps }, { ttl: 86_400, idempotencyKey: `step-${done}` });
    }
  },
  // The lease is renewed for as long as the handler runs, so it is short although tasks are long.
  { concurrency: 2, lease: 60 },
);
// A worker that is stopped does not wait for long tasks: they are released, do not count as failed, and go on elsewhere.
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => void consumer.stop({ force: true }));
await consumer.stopped;
