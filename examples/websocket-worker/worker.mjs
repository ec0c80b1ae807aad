/**
 * A worker on a WebSocket connection: its claims wait, so messages come as they are posted. It connects again when the connection
 * is lost. Runs on Node 22 or newer, without packages.
 *
 *   QUEUE=jobs node worker.mjs
 *
 * Environment: SUKKAL_URL (default http://127.0.0.1:8787), QUEUE (default jobs), PROJECT (default demo), API_KEY (of that
 * project; unset for AUTH_STRATEGY=none).
 */
import { randomUUID } from "node:crypto";
import { on } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const { SUKKAL_URL = "http://127.0.0.1:8787", QUEUE = "jobs", PROJECT = "demo", API_KEY } = process.env;
const credential = API_KEY === undefined ? {} : { Authorization: `Bearer ${API_KEY}` };
const headers = { "Client-ID": randomUUID(), "X-Project-ID": PROJECT };

/** The lease in seconds, longer than the slowest job. Messages of a worker that crashed can be claimed again after this time. */
const LEASE = { ttl: 300, grace: 60 };
/** Seconds that a claim waits for messages. It is answered then, so a connection that is silent for longer is dead. */
const WAIT = 20;
const RETRY_MS_MAX = 30_000;

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    stopping.abort();
    // Ends the waiting claim at once. Messages that are already claimed are still processed.
    const request = { method: "DELETE", headers: { ...headers, ...credential } };
    fetch(`${SUKKAL_URL}/v2/queues/${QUEUE}/claims?waiting=true`, request).catch(() => undefined);
  });
}

/** Processes a message. After an exception the message stays claimed, and is claimed again when the lease expires. */
async function work(body) {
  console.log("done:", JSON.stringify(body));
}

/** Works until the connection is lost. Every frame answers the one before, because there is one request at a time. */
async function workOn(socket) {
  const frames = on(socket, "message", { close: ["close"] });
  await new Promise((resolve) => ["open", "close"].forEach((event) => socket.addEventListener(event, resolve)));
  const next = async () => {
    const watchdog = setTimeout(() => void frames.return(), (WAIT + 10) * 1000);
    const { done, value } = await frames.next();
    clearTimeout(watchdog);
    if (done) throw new Error("the connection is lost");
    return JSON.parse(value[0].data);
  };
  const ask = async (action, body, more = {}) => {
    socket.send(JSON.stringify({ action, headers: { ...headers, ...more }, body }));
    const reply = await next();
    if (reply.headers.status < 300) return { status: reply.headers.status, ...reply.body };
    throw new Error(`${action} was answered ${reply.headers.status}: ${JSON.stringify(reply.body)}`);
  };
  if (API_KEY !== undefined) await ask("authenticate", {}, credential);
  while (!stopping.signal.aborted) {
    const claim = await ask("claim_create", { queue_name: QUEUE, ...LEASE, wait: WAIT });
    // 202: the claim waits, and its messages come in a frame of their own. 204: it may not wait now.
    if (claim.status === 204) await sleep(1000);
    const { claim_id, messages = [] } = claim.status === 202 ? await next() : claim;
    for (const { id: message_id, body } of messages) {
      if (!(await work(body).then(() => true, console.error))) continue;
      await ask("message_delete", { queue_name: QUEUE, message_id, claim_id });
    }
    failures = 0;
  }
}

let failures = 0;
while (!stopping.signal.aborted) {
  const socket = new WebSocket(new URL("/v2/websocket", SUKKAL_URL.replace(/^http/, "ws")));
  try {
    await workOn(socket);
  } catch ({ message }) {
    const pause = Math.min(1000 * 2 ** failures++, RETRY_MS_MAX) * (0.5 + Math.random() / 2);
    console.error(`Connecting again in ${Math.round(pause)} ms: ${message}`);
    await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
  } finally {
    socket.close();
  }
}
