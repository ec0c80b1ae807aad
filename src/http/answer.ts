/** Responses. Their bodies are texts from `wire/`. */
import type { Failure } from "../domain/failure.ts";
import { encodeErrorJson, encodeErrorXml, encodeIdentityError } from "../wire/error-body.ts";
import { toAnswer } from "../wire/failures.ts";
import { preferredErrorForm } from "./accept.ts";

/** Characters. The bytes of an answer of this length or more are counted, and it is sent in pieces. */
const LARGE = 65_536;

/** The encoded bodies of large answers. */
const largeBodies = new WeakMap<Response, Uint8Array>();

/** The body of a large answer; null: the answer is not large. */
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

/** Upstream quirk: an answer without a body has the Content-Type of JSON, unless it is a 204. */
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
