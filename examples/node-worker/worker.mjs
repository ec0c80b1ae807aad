/**
 * A worker: claims messages, processes them and deletes them. Runs on Node 20 or newer, without packages.
 *
 *   QUEUE=jobs node worker.mjs
 *
 * Environment: SUKKAL_URL (default http://127.0.0.1:8787), QUEUE (default jobs), PROJECT (default demo), API_KEY (unset for
 * AUTH_STRATEGY=none).
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const { SUKKAL_URL = "http://127.0.0.1:8787", QUEUE = "jobs", PROJECT = "demo", API_KEY } = process.env;
const headers = {
  "Client-ID": randomUUID(),
  "Content-Type": "application/json",
  ...(API_KEY === undefined ? { "X-Project-ID": PROJECT } : { Authorization: `Bearer ${API_KEY}` }),
};

/** The lease in seconds, longer than the slowest job. Messages of a worker that crashed can be claimed again after this time. */
const LEASE = { ttl: 300, grace: 60 };
/** Seconds that a claim waits for messages. With 20 s an idle worker makes three requests a minute. */
const WAIT = 20;
const RETRY_MS_MAX = 30_000;

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    stopping.abort();
    // Ends the waiting claim at once. Messages that are already claimed are still processed.
    ask("DELETE", `/v2/queues/${QUEUE}/claims?waiting=true`).catch(() =>
      console.error("The waiting claim could not be ended early."),
    );
  });
}

/** Processes a message. After an exception the message stays claimed, and is claimed again when the lease expires. */
async function work(body) {
  console.log("done:", JSON.stringify(body));
}

async function ask(method, path, { body, wait } = {}) {
  const response = await fetch(SUKKAL_URL + path, {
    method,
    headers: wait === undefined ? headers : { ...headers, Prefer: `wait=${wait}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
  return response.status === 204 ? null : response.json();
}

async function claim() {
  const claimed = await ask("POST", `/v2/queues/${QUEUE}/claims?limit=10`, { body: LEASE, wait: WAIT });
  return claimed?.messages ?? [];
}

let failures = 0;
while (!stopping.signal.aborted) {
  try {
    for (const { href, body } of await claim()) {
      try {
        await work(body);
      } catch (error) {
        console.error(`${href} failed and stays claimed until its lease expires:`, error);
        continue;
      }
      // The href contains the claim's id, which is needed to delete a claimed message.
      await ask("DELETE", href);
    }
    failures = 0;
  } catch (error) {
    if (stopping.signal.aborted) break;
    const pause = Math.min(1000 * 2 ** failures++, RETRY_MS_MAX);
    console.error(`Trying again in ${pause / 1000} s:`, error.message);
    await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}
