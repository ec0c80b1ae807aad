/** Connections that wait for notifications, in a process of their own. The argument has the options as JSON. */
import { randomUUID } from "node:crypto";
import { Arrivals } from "../arrivals.ts";
import { PROJECT } from "../load/requests.ts";
import { frame, WebSocketClient } from "../load/web-socket.ts";
import { fail, openMany } from "./opening.ts";

export interface ListenersOptions {
  readonly port: number;
  readonly count: number;
  /** Each connection subscribes to this queue; null: it only authenticates. */
  readonly queue: string | null;
  /** Whether they read nothing after their first reply, as clients that hang. */
  readonly areSilent?: boolean;
}

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

arrivals.serve();
openMany(count, listen);
