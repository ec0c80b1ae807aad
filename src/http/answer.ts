/** Responses. Bodies are text already written by `wire/`. */
import type { Failure } from "../domain/failure.ts";
import { encodeErrorJson, encodeErrorXml, encodeIdentityError } from "../wire/error-body.ts";
import { toAnswer } from "../wire/failures.ts";
import { preferredErrorForm } from "./accept.ts";

type ExtraHeaders = Readonly<Record<string, string>>;

export function json(status: number, body: string | ReadableStream, headers: ExtraHeaders = {}): Response {
  return new Response(body, { status, headers: { "Content-Type": "application/json", ...headers } });
}

/** Upstream quirk: an answer without a body still names JSON as its type, unless it is a 204. */
export function created(headers: ExtraHeaders): Response {
  return new Response(null, { status: 201, headers: { "Content-Type": "application/json", ...headers } });
}

export function noContent(headers: ExtraHeaders = {}): Response {
  return new Response(null, { status: 204, headers });
}

/** A failure as the request's Accept header wants to read it (core contract 1.8). */
export function refusal(failure: Failure, accept: string | null): Response {
  const { status, headers, ...body } = toAnswer(failure);
  if (status === 401) return json(status, encodeIdentityError(body), headers);
  const form = preferredErrorForm(accept);
  if (form === null) return new Response(null, { status, headers: { Vary: "Accept", ...headers } });
  const text = form === "json" ? encodeErrorJson(body) : encodeErrorXml(body);
  return new Response(text, { status, headers: { "Content-Type": `application/${form}`, Vary: "Accept", ...headers } });
}
