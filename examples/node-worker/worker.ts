/**
 * A worker: gets the messages of a queue one after the other, in any number of processes. Runs on Node 22.18 or newer.
 *
 *   QUEUE=jobs npx node examples/node-worker/worker.ts
 *
 * Environment: QUEUE (default jobs), and the address and credential of ../connection.ts: an API key, Keystone or none.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Sukkal } from "sukkal/client";
import { connection } from "../connection.ts";

interface Job {
  readonly resize: string;
}

/** Everybody who may post decides what a body is, so it is checked before it is used. */
function parse(body: unknown): Job {
  if (typeof body === "object" && body !== null && "resize" in body && typeof body.resize === "string")
    return { resize: body.resize };
  throw new TypeError("not a job");
}

const { QUEUE = "jobs" } = process.env;
const jobs = new Sukkal(connection(process.env)).queue<Job, unknown>(QUEUE, { parse });

// Otherwise a message that always fails would be tried again until its ttl is over.
await jobs.ensure({ _dead_letter_queue: `${QUEUE}-dead`, _max_claim_count: 5 });

const consumer = jobs.consume(
  async ({ id, body }, { attempt, signal }) => {
    // `signal` aborts when another worker may have the message. Delivery is at least once: make this safe to repeat, by the id.
    await sleep(10, undefined, { signal });
    console.log(`resized ${body.resize} (message ${id}, attempt ${attempt})`);
  },
  {
    concurrency: 4,
    onEvent: (event) => {
      if (event.type === "failed") console.error(`${event.message.id}: again in ${event.retryIn} s:`, event.error);
      // Requests are repeated. `lost`: a lease was over before its messages were deleted.
      else if (event.type === "error") console.error("the service:", event.error);
      else if (event.type === "lost") console.error("delivered again:", event.ids);
    },
  },
);

// Handlers that do not return within 25 s are aborted, and their messages released for other workers.
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => void consumer.stop({ timeout: 25_000 }));
await consumer.stopped;
