/**
 * A worker: claims messages, does the work, deletes what is done. Runs on Node 20 or newer, without packages.
 *
 *   QUEUE=jobs node worker.mjs
 *
 * SUKKAL_URL (http://127.0.0.1:8787), QUEUE (jobs), PROJECT (demo), API_KEY (none: AUTH_STRATEGY=none).
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const { SUKKAL_URL = "http://127.0.0.1:8787", QUEUE = "jobs", PROJECT = "demo", API_KEY } = process.env;
const headers = {
  "Client-ID": randomUUID(),
  "Content-Type": "application/json",
  ...(API_KEY === undefined ? { "X-Project-ID": PROJECT } : { Authorization: `Bearer ${API_KEY}` }),
};

/** The lease, in seconds: longer than the slowest job. A worker that dies gives its messages back after this time. */
const LEASE = { ttl: 300, grace: 60 };
/** Seconds that a claim waits for messages: an idle worker makes three requests a minute. */
const WAIT = 20;
const RETRY_MS_MAX = 30_000;

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    stopping.abort();
    // The claim that waits is answered at once, with nothing; what is being worked on is finished.
    ask("DELETE", `/v2/queues/${QUEUE}/claims?waiting=true`).catch(() => console.error("The wait goes on to its end."));
  });
}

/** The work. An error leaves the message in its lease; it is claimed again when the lease ends. */
async function work(body) {
  console.log("done:", JSON.stringify(body));
}

async function ask(method, path, { body, wait } = {}) {
  const response = await fetch(SUKKAL_URL + path, {
    method,
    headers: wait === undefined ? headers : { ...headers, Prefer: `wait=${wait}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} is ${response.status}: ${await response.text()}`);
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
        console.error(`${href} failed and stays in its lease:`, error);
        continue;
      }
      // The href holds the claim's id: without the lease nobody can delete the message.
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
