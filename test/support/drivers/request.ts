/**
 * One request to the Worker, or to a service that a test has started, and its answer. The rules for all answers (request id,
 * content type, empty bodies) are checked here and not in the scenarios.
 */
import { exports } from "cloudflare:workers";
import { expect } from "vitest";
import { METRICS_TYPES } from "../../../src/wire/metrics.ts";
import { defectOf } from "../openapi-answers.ts";

export interface SendOptions {
  /** Headers in addition to the driver's own; null removes one of those. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Text and bytes are sent unchanged, all other values as JSON. */
  readonly body?: unknown;
  /** The value of Content-Length; by default the length of the body. */
  readonly contentLength?: string;
  /** Sends the body in chunks, without a Content-Length. */
  readonly chunked?: boolean;
  /** null: no X-Project-ID. */
  readonly project?: string | null;
  /** null: no Client-ID. */
  readonly client?: string | null;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; throws when the body is not JSON. */
  readonly json: unknown;
}

/** Sends a request to a service. */
export type Reach = (request: Request) => Promise<Response>;

/** Sends a request with the headers of an ordinary client of the API, by the transport of the test. */
export type Send = (method: string, path: string, options?: SendOptions) => Promise<Answer>;

const worker = (exports as unknown as { readonly default: Fetcher }).default;

/** Sends a request with exactly these headers. `path` includes the query and is not encoded any further. */
export function request(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
  return requestBy((asked) => worker.fetch(asked), method, path, options);
}

/** As `request`, to another service. */
export async function requestBy(
  reach: Reach,
  method: string,
  path: string,
  options: SendOptions = {},
): Promise<Answer> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(options.headers ?? {})) if (value !== null) headers.set(name, value);
  const bytes = toBytes(options.body);
  if (options.contentLength !== undefined) headers.set("Content-Length", options.contentLength);
  else if (bytes !== null && options.chunked !== true) headers.set("Content-Length", String(bytes.length));
  const response = await reach(
    new Request(`http://zaqar.test${path}`, {
      method,
      headers,
      redirect: "manual",
      ...(bytes === null ? {} : { body: options.chunked === true ? toStream(bytes) : bytes }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }),
  );
  const text = new TextDecoder().decode(await response.arrayBuffer());
  const answer: Answer = {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text) as unknown;
    },
  };
  checkEveryAnswer(`${method} ${path}`, method, answer);
  expect(defectOf(method, path, answer), `${method} ${path} against the OpenAPI document`).toBeNull();
  return answer;
}

/** Sends a request with the headers of an ordinary client of the API. */
export function send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
  return request(method, path, withClientHeaders(options));
}

/** Adds the headers of project and client unless they are given. */
export function withClientHeaders(options: SendOptions): SendOptions {
  const headers = { "X-Project-ID": options.project ?? null, "Client-ID": options.client ?? null, ...options.headers };
  return { ...options, headers };
}

const REQUEST_ID = /^req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const CONTENT_TYPES = ["application/json", "application/json-home", "application/xml", ...Object.values(METRICS_TYPES)];
const requestIds = new Set<string>();

function checkEveryAnswer(asked: string, method: string, answer: Answer): void {
  const requestId = answer.headers.get("X-OpenStack-Request-Id") ?? "";
  expect(requestId, `the request id of ${asked}`).toMatch(REQUEST_ID);
  expect(requestIds.has(requestId), `${asked} repeats a request id`).toBe(false);
  requestIds.add(requestId);
  if (answer.status === 204 || method === "HEAD") expect(answer.text, `the body of ${asked}`).toBe("");
  const contentType = answer.headers.get("Content-Type");
  if (answer.status === 204) expect(contentType, `the Content-Type of ${asked}`).toBeNull();
  else if (answer.text !== "") expect(CONTENT_TYPES, `the Content-Type of ${asked}`).toContain(contentType);
}

function toBytes(body: unknown): Uint8Array | null {
  if (body === undefined) return null;
  if (body instanceof Uint8Array) return body;
  return new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
}

function toStream(bytes: Uint8Array): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}
