/** Responses. Bodies are text already written by `wire/`. */
import type { Failure } from "../domain/failure.ts";
import { encodeErrorJson, encodeErrorXml, encodeIdentityError } from "../wire/error-body.ts";
import { toAnswer } from "../wire/failures.ts";
import { preferredErrorForm } from "./accept.ts";

/** From so many characters on an answer is large: its bytes are counted, and it is sent in pieces. */
const LARGE = 65_536;

/** The bytes of large answers, so that they are encoded only once. */
const largeBodies = new WeakMap<Response, Uint8Array>();

/** The bytes of a large answer; null for any other. */
export function largeBodyOf(response: Response): Uint8Array | null {
  return largeBodies.get(response) ?? null;
}

type ExtraHeaders = Readonly<Record<string, string>>;

export function json(status: number, body: string | ReadableStream, headers: ExtraHeaders = {}): Response {
  const init = { status, headers: { "Content-Type": "application/json", ...headers } };
  if (typeof body !== "string" || body.length < LARGE) return new Response(body, init);
  const bytes = new TextEncoder().encode(body);
  const response = new Response(bytes, init);
  largeBodies.set(response, bytes);
  return response;
}

/** Upstream quirk: an answer without a body still names JSON as its type, unless it is a 204. */
export function created(headers: ExtraHeaders): Response {
  return new Response(null, { status: 201, headers: { "Content-Type": "application/json", ...headers } });
}

export function noContent(headers: ExtraHeaders = {}): Response {
  return new Response(null, { status: 204, headers });
}

/** A failure in the format that the request's Accept header prefers. */
export function refusal(failure: Failure, accept: string | null): Response {
  const { status, headers, ...body } = toAnswer(failure);
  if (status === 401) return json(status, encodeIdentityError(body), headers);
  const form = preferredErrorForm(accept);
  if (form === null) return new Response(null, { status, headers: { Vary: "Accept", ...headers } });
  const text = form === "json" ? encodeErrorJson(body) : encodeErrorXml(body);
  return new Response(text, { status, headers: { "Content-Type": `application/${form}`, Vary: "Accept", ...headers } });
}
