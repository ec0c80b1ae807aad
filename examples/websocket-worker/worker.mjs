// @ts-check
/**
 * A worker on a WebSocket connection, without the client: its claims wait, so messages come as they are posted. It connects again
 * when the connection is lost. Runs on Node 22 or newer, without packages.
 *
 *   QUEUE=jobs npx node examples/websocket-worker/worker.mjs
 *
 * Environment: SUKKAL_URL (default http://127.0.0.1:8787), QUEUE (default jobs), SUKKAL_PROJECT (default demo; frames name it, also
 * with a credential, which must be of this project), and SUKKAL_KEY (an API key) or SUKKAL_TOKEN (Keystone's; when it expires, the
 * service ends the connection). Neither with AUTH_STRATEGY=none.
 */
import { on } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const { SUKKAL_URL = "http://127.0.0.1:8787", QUEUE: queue_name = "jobs", SUKKAL_PROJECT = "demo" } = process.env;
const { SUKKAL_KEY, SUKKAL_TOKEN: token = SUKKAL_KEY } = process.env;
const credential = token === undefined ? {} : { "X-Auth-Token": token };
const headers = { "Client-ID": crypto.randomUUID(), "X-Project-ID": SUKKAL_PROJECT, ...credential };
/** Seconds. Messages of a worker that crashed can be claimed again after the lease, `ttl`, which is longer than the slowest job. */
const CLAIM = { queue_name, ttl: 300, grace: 60, wait: 20 };

const stopping = new AbortController();
/** Ends the waiting claim. Messages that are already claimed are still processed. */
function endWait() {
  const waits = new URL(`/v2/queues/${queue_name}/claims?waiting=true`, SUKKAL_URL);
  fetch(waits, { method: "DELETE", headers }).catch(() => undefined);
}
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    stopping.abort();
    endWait();
    // Again, because the first may arrive before a claim that was just sent.
    setInterval(endWait, 500).unref();
  });
}

/** Processes a message. After an exception the message stays claimed, and is claimed again when the lease expires. */
async function work(/** @type {unknown} */ body) {
  console.log("done:", JSON.stringify(body));
}

/** Works until the connection is lost. Every frame answers the one before, because there is one request at a time. */
async function workOn(/** @type {WebSocket} */ socket) {
  const frames = on(socket, "message", { close: ["close"] });
  await new Promise((resolve) => ["open", "close"].forEach((event) => socket.addEventListener(event, resolve)));
  const next = async () => {
    // A claim is answered when its wait is over, so a connection that is silent for longer is dead.
    const watchdog = setTimeout(() => void frames.return?.(), (CLAIM.wait + 10) * 1000);
    const { done, value } = await frames.next();
    clearTimeout(watchdog);
    if (done) throw new Error("the connection is lost");
    return JSON.parse(value[0].data);
  };
  const ask = async (/** @type {string} */ action, /** @type {object} */ body) => {
    socket.send(JSON.stringify({ action, headers, body }));
    const reply = await next();
    if (reply.headers.status < 300) return { status: reply.headers.status, ...reply.body };
    throw new Error(`${action} was answered ${reply.headers.status}: ${JSON.stringify(reply.body)}`);
  };
  if (token !== undefined) await ask("authenticate", {});
  while (!stopping.signal.aborted) {
    const claim = await ask("claim_create", CLAIM);
    // 202: the claim waits, and its messages come in a frame of their own. 204: it may not wait now.
    if (claim.status === 204) await sleep(1000);
    const { claim_id, messages = [] } = claim.status === 202 ? await next() : claim;
    for (const { id: message_id, body } of messages) {
      if (!(await work(body).then(() => true, console.error))) continue;
      await ask("message_delete", { queue_name, message_id, claim_id });
    }
    failures = 0;
  }
}

let failures = 0;
while (!stopping.signal.aborted) {
  const socket = new WebSocket(new URL("/v2/websocket", SUKKAL_URL.replace(/^http/, "ws")));
  try {
    await workOn(socket);
  } catch (error) {
    const pause = Math.min(1000 * 2 ** failures++, 30_000) * (0.5 + Math.random() / 2);
    console.error(`Connecting again in ${Math.round(pause)} ms:`, error);
    await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
  } finally {
    socket.close();
  }
}
