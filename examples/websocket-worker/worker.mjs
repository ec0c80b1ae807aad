/**
 * A worker on a WebSocket connection, without the client: its claims wait, so messages come as they are posted. It connects again
 * when the connection is lost. Runs on Node 22 or newer, without packages.
 *
 *   QUEUE=jobs npx node examples/websocket-worker/worker.mjs
 *
 * Environment: SUKKAL_URL (default http://127.0.0.1:8787), QUEUE (default jobs), SUKKAL_PROJECT (default demo; frames name it, also
 * with a credential of it), and SUKKAL_KEY (an API key) or SUKKAL_TOKEN (Keystone's; when it expires, the service ends the
 * connection). Neither with AUTH_STRATEGY=none.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "./connection.mjs";

const { SUKKAL_URL = "http://127.0.0.1:8787", QUEUE: queue_name = "jobs", SUKKAL_PROJECT = "demo" } = process.env;
const { SUKKAL_KEY, SUKKAL_TOKEN: token = SUKKAL_KEY } = process.env;
const credential = token === undefined ? {} : { "X-Auth-Token": token };
const headers = { "Client-ID": crypto.randomUUID(), "X-Project-ID": SUKKAL_PROJECT, ...credential };
/** Seconds. The messages of a crashed worker can be claimed again after the lease, `ttl`, which is longer than the slowest job. */
const CLAIM = { queue_name, ttl: 300, grace: 60, wait: 20 };

const stopping = new AbortController();
/** Ends the waiting claim, again and again: it may come before a claim that was just sent. What is claimed is still processed. */
function stop() {
  stopping.abort();
  const waits = new URL(`/v2/queues/${queue_name}/claims?waiting=true`, SUKKAL_URL);
  setInterval(() => void fetch(waits, { method: "DELETE", headers }).catch(() => undefined), 200).unref();
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);

/** Processes a message. After an exception the message stays claimed, and is claimed again when the lease expires. */
const work = async (/** @type {unknown} */ body) => console.log("done:", JSON.stringify(body));

let failures = 0;
while (!stopping.signal.aborted) {
  const connection = new Connection(SUKKAL_URL, headers);
  try {
    await connection.open();
    if (token !== undefined) await connection.ask("authenticate", {});
    while (!stopping.signal.aborted) {
      const claim = await connection.ask("claim_create", CLAIM);
      failures = 0;
      // 202: the claim waits, and its messages come in a frame of their own. 204: it may not wait now.
      if (claim.status === 204) await sleep(1000);
      const { claim_id, messages = [] } = claim.status === 202 ? await connection.next() : claim;
      for (const { id: message_id, body } of messages) {
        if (!(await work(body).then(() => true, console.error))) continue;
        await connection.ask("message_delete", { queue_name, message_id, claim_id });
      }
    }
  } catch (error) {
    const pause = Math.min(1000 * 2 ** failures++, 30_000) * (0.5 + Math.random() / 2);
    console.error(`Connecting again in ${Math.round(pause)} ms:`, error);
    await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
  } finally {
    connection.close();
  }
}
