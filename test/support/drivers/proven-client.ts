/** WebSocket clients of the vitest project `access`, where every client has to authenticate. */
import { exports } from "cloudflare:workers";
import { expect } from "vitest";
import { ACCESS_SETTINGS } from "../access-settings.ts";
import { freshProject } from "./authenticated-client.ts";
import type { IssuedKey, SharedUrl } from "./project-owner.ts";
import { Connection, type Reply } from "./web-socket.ts";

type Headers = Readonly<Record<string, unknown>>;

const worker = (exports as unknown as { readonly default: Fetcher }).default;

/** The reply to a frame without a credential. */
export const NOT_AUTHENTICATED = {
  body: { error: "Not authentified.", code: "unauthenticated" },
  headers: { status: 403 },
};

/** A body that has the members of every action. */
export const FITS_ALL = {
  queue_name: "orders",
  messages: [{ body: 1 }],
  message_ids: ["a"],
  message_id: "a",
  claim_id: "a",
  subscription_id: "a",
  state: "failed",
  pool_name: "a",
  flavor_name: "a",
};

/** A connection that is not authenticated. */
export function stranger(project = freshProject()): Promise<Connection> {
  return Connection.open({ "Client-ID": crypto.randomUUID(), "X-Project-ID": project });
}

/** A connection that is authenticated by a token or key. */
export async function client(project: string, token: string): Promise<Connection> {
  const socket = await stranger(project);
  expect(statusOf(await authenticate(socket, token))).toBe(200);
  return socket;
}

export function authenticate(socket: Connection, token: string, headers: Headers = {}): Promise<Reply> {
  return socket.ask("authenticate", undefined, { "X-Auth-Token": token, ...headers });
}

export function statusOf({ headers }: Reply): number {
  return headers.status;
}

/** Creates a key as the operator, over HTTP. */
export async function makeKey(document: Readonly<Record<string, unknown>>): Promise<IssuedKey> {
  return (await operate("POST", "/v2/keys", document)) as IssuedKey;
}

export async function revokeKey({ id }: IssuedKey): Promise<void> {
  await operate("DELETE", `/v2/keys/${id}`);
}

/** The answer of `share` to a client with a key. */
export async function share({ key }: IssuedKey, queue: string, document: object): Promise<SharedUrl> {
  return (await request("POST", `/v2/queues/${queue}/share`, key, document)) as SharedUrl;
}

/** The headers of a frame with a signed URL: lists instead of HTTP's texts with commas. */
export function signedHeaders({ paths, methods, project, expires, signature }: SharedUrl): Headers {
  return {
    "URL-Signature": signature,
    "URL-Paths": paths,
    "URL-Methods": methods,
    "URL-Expires": expires,
    "X-Project-ID": project,
  };
}

function operate(method: string, path: string, document?: object): Promise<unknown> {
  return request(method, path, ACCESS_SETTINGS.ADMIN_API_KEY, document);
}

async function request(method: string, path: string, key: string, document?: object): Promise<unknown> {
  const body = document === undefined ? null : JSON.stringify(document);
  const headers = { Authorization: `Bearer ${key}`, "Client-ID": crypto.randomUUID() };
  const response = await worker.fetch(new Request(`http://zaqar.test${path}`, { method, headers, body }));
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? null : (JSON.parse(text) as unknown);
}
