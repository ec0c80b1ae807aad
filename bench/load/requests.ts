/** The bytes of API requests over HTTP. They are built once per connection and sent many times. */

export interface Caller {
  readonly clientId: string;
  readonly queue: string;
  /** The header line that identifies or authenticates the client. */
  readonly identity: string;
}

export const PROJECT = "bench";

/** The identity for AUTH_STRATEGY=none. */
export const TRUSTED = `X-Project-ID: ${PROJECT}`;

/** The service's default. */
const MESSAGE_TTL_S = 3600;

/** A JSON object of exactly 1 KiB. */
const BODY = `{"event":"${"sukkal ".repeat(200).slice(0, 1024 - '{"event":""}'.length)}"}`;
export const MESSAGE = `{"ttl":${MESSAGE_TTL_S},"body":${BODY}}`;

export function post(caller: Caller, count: number): Buffer {
  return request(caller, "POST", `${path(caller)}/messages`, messages(count));
}

function messages(count: number): string {
  return `{"messages":[${Array(count).fill(MESSAGE).join(",")}]}`;
}

/** `wait`: seconds for which the claim waits for messages; 0: it does not. */
export function claim(caller: Caller, limit: number, wait = 0): Buffer {
  const identity = wait === 0 ? caller.identity : `${caller.identity}\r\nPrefer: wait=${wait}`;
  const target = `${path(caller)}/claims?limit=${limit}`;
  return request({ ...caller, identity }, "POST", target, LEASE);
}

/**
 * Long enough that no lease expires during a measurement. Shorter than the remaining life of every message, because a claim
 * that outlives its messages extends their lives, which costs rows and is not the usual case.
 */
export const CLAIM_TTL_S = 900;
const LEASE = `{"ttl":${CLAIM_TTL_S},"grace":60}`;

export function list(caller: Caller, limit: number): Buffer {
  return request(caller, "GET", `${path(caller)}/messages?limit=${limit}&echo=true`, "");
}

export function deleteMany(caller: Caller, ids: readonly string[]): Buffer {
  return request(caller, "DELETE", `${path(caller)}/messages?ids=${ids.join(",")}`, "");
}

export function deleteOne(caller: Caller, id: string, claimId: string): Buffer {
  return request(caller, "DELETE", `${path(caller)}/messages/${id}?claim_id=${claimId}`, "");
}

/** For the routes of the ceilings, which have no queues. */
export function hello(caller: Caller): Buffer {
  return request(caller, "GET", "/hello", "");
}

export function noOperation(caller: Caller): Buffer {
  return request(caller, "GET", "/nothing", "");
}

export function writeRow(caller: Caller): Buffer {
  return request(caller, "POST", "/rows", BODY);
}

export function postBare(caller: Caller, count: number): Buffer {
  return request(caller, "POST", "/log", messages(count));
}

export function claimBare(caller: Caller): Buffer {
  return request(caller, "POST", "/claims", LEASE);
}

export function deleteBare(caller: Caller, id: number): Buffer {
  return request(caller, "DELETE", `/log/${id}`, "");
}

/** The id in the answer to a claim of the ceilings, with which it begins. */
export function bareId(body: Buffer): number {
  return Number.parseInt(body.toString("latin1", '{"id":'.length, 32), 10);
}

/** The ids of the messages in an answer, found by text search: the benchmark's bodies do not contain `"id":`. */
export function messageIds(body: Buffer): string[] {
  const ids: string[] = [];
  for (let at = body.indexOf(ID_KEY); at >= 0; at = body.indexOf(ID_KEY, at)) {
    const from = at + ID_KEY.length;
    at = body.indexOf(QUOTE, from);
    ids.push(body.toString("latin1", from, at));
  }
  return ids;
}

/** The claim id in an answer, which is at the end of the hrefs of its messages. */
export function claimIdOf(body: Buffer): string {
  const from = body.indexOf(CLAIM_KEY) + CLAIM_KEY.length;
  return body.toString("latin1", from, body.indexOf(QUOTE, from));
}

const ID_KEY = Buffer.from('"id":"');
const CLAIM_KEY = Buffer.from("?claim_id=");
const QUOTE = 0x22;

function path(caller: Caller): string {
  return `/v2/queues/${caller.queue}`;
}

function request(caller: Caller, method: string, target: string, body: string): Buffer {
  const length = method === "GET" || method === "DELETE" ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const head =
    `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nContent-Type: application/json\r\n` +
    `Client-ID: ${caller.clientId}\r\n${caller.identity}\r\n${length}\r\n`;
  return Buffer.from(head + body);
}
