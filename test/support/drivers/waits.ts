/** Claims of connections that wait: begins them, and takes the frames that end them. */
import { env } from "cloudflare:workers";
import type { ObjectBindings } from "../../../src/objects/rpc/stubs.ts";
import { connect, type Connection } from "./web-socket.ts";
import { project, type Project, type Queue } from "./zaqar-client.ts";

const { HUBS } = env as unknown as ObjectBindings;

export interface ClaimFrame {
  readonly Message_Type: string;
  readonly queue_name: string;
  readonly claim_id: string | null;
  readonly messages: readonly { readonly id: string; readonly body: unknown }[];
}

/** A queue, and a connection of the same project. */
export async function queueAndSocket(metadata = {}): Promise<readonly [Queue, Connection]> {
  const orders = await project().queue("orders", metadata);
  return [orders, await connect(orders.project.id)];
}

/** Begins a wait. */
export async function wait(socket: Connection, body = {}, how: "ask" | "askInBinary" = "ask"): Promise<void> {
  const request = { queue_name: "orders", ttl: 60, grace: 60, wait: 20, ...body };
  const { headers } = await socket[how]("claim_create", request);
  if (headers.status !== 202) throw new Error(`Expected 202, got ${headers.status}.`);
}

/** The frame that ends a wait. */
export async function claimed(socket: Connection): Promise<ClaimFrame> {
  return (await socket.pushed()) as ClaimFrame;
}

/** The hub that holds the connection, found by what it subscribes to. */
export async function hubOf(orders: Queue, socket: Connection): Promise<DurableObjectStub> {
  return (await addressOf(orders.project, socket)).hub;
}

/** The id of a connection, and the hub that holds it, found by what it subscribes to. */
export async function addressOf(
  owner: Project,
  socket: Connection,
): Promise<{ readonly id: string; readonly hub: DurableObjectStub; readonly hubName: string }> {
  const subscription = await socket.subscribe("where");
  const { subscriber = "" } = (await owner.missingQueue("where").subscription(subscription)) ?? {};
  const [, hubName = "", id = ""] = /^websocket:\/\/(.+)\/(.+)$/.exec(subscriber) ?? [];
  return { id, hub: HUBS.get(HUBS.idFromName(hubName)), hubName };
}
