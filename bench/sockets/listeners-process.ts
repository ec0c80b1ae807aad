/** Connections that wait for notifications, in a process of their own. The argument has the options as JSON. */
import { randomUUID } from "node:crypto";
import { Arrivals } from "../arrivals.ts";
import { PROJECT } from "../load/requests.ts";
import { frame, WebSocketClient } from "../load/web-socket.ts";
import type { ListenersOptions } from "./listeners.ts";

/** Connections that are opened at the same time. */
const OPENING = 50;

const { port, count, queue, areSilent } = JSON.parse(process.argv[2] ?? "") as ListenersOptions;
const arrivals = new Arrivals();

/** Resolves at the first reply. Later messages are notifications. */
async function listen(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<null>();
  let hasReply = false;
  const onMessage = (text: Buffer): void => {
    if (hasReply) return arrivals.add(text);
    hasReply = true;
    const reply = text.toString();
    if (/"headers":\{"status":20[01]\}\}$/.test(reply)) resolve(null);
    else reject(new Error(reply));
  };
  const client = await WebSocketClient.open(port, { onMessage, onEnd: fail });
  client.send(firstFrame());
  await promise;
  if (areSilent === true) client.pause();
}

function firstFrame(): Buffer {
  const identity = { "Client-ID": randomUUID(), "X-Project-ID": PROJECT };
  if (queue === null) return toFrame("authenticate", { ...identity, "X-Auth-Token": "any" }, {});
  return toFrame("subscription_create", identity, { queue_name: queue, ttl: 3600 });
}

function toFrame(action: string, headers: object, body: object): Buffer {
  return frame(JSON.stringify({ action, headers, body }));
}

async function open(): Promise<void> {
  let left = count;
  const openOneByOne = async (): Promise<void> => {
    while (left-- > 0) await listen();
  };
  await Promise.all(Array.from({ length: OPENING }, openOneByOne));
}

function fail(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}

process.on("message", (command) => {
  process.send?.(arrivals.report());
  if (command === "begin") arrivals.begin();
});
process.on("disconnect", () => process.exit());

open().then(() => process.send?.("ready"), fail);
