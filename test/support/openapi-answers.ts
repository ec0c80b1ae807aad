/**
 * Compares answers of the API with its OpenAPI document: the status, the headers, the Content-Type, the body, and the code of an
 * error. `support/drivers/request.ts` does so for every answer.
 */
import { Validator } from "@cfworker/json-schema";
import type { DocumentedAnswer, Reference } from "../../openapi/document-types.ts";
import { toDocument, toTemplate } from "../../openapi/document.ts";
import type { Endpoint } from "../../openapi/endpoint.ts";
import { ENDPOINTS } from "../../openapi/endpoints.ts";
import type { Schema } from "../../openapi/json-schema.ts";
import { FAILURE_KINDS, failuresOf, sampleOf } from "../../openapi/failures.ts";
import { toAnswer } from "../../src/wire/failures.ts";

interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const { paths, components } = toDocument();
export { components };

/** Headers that no endpoint describes: those of the transport, of CORS and of the negotiation of errors. */
const UNDESCRIBED = /^(?:content-(?:type|length)|vary|access-control-.*)$/;
/** The statuses of requests that the document does not describe: of other paths and methods. */
const UNKNOWN_STATUSES = new Set(
  FAILURE_KINDS.map((kind) => toAnswer(sampleOf(kind)).status).filter((status) => status !== 409),
);

/** What is wrong with an answer; null: it is as the document says. `target`: the path with the query. */
export function defectOf(method: string, target: string, received: Received): string | null {
  // Requests are sent with the normalised path.
  const path = new URL(`http://zaqar.test${target}`).pathname;
  const endpoint = endpointOf(method, path);
  if (endpoint === null) return defectOfUnknown(method, received);
  const { status } = received;
  const answer = answerOf(endpoint, status);
  if (answer === null) return `${endpoint.id} has no status ${status}`;
  const defect = defectOfHeaders(answer, received) ?? defectOfBody(endpoint, answer, received);
  return defect === null ? null : `${endpoint.id}, ${status}: ${defect}`;
}

const PATTERNS = ENDPOINTS.map((endpoint) => ({
  endpoint,
  pattern: new RegExp(`^${endpoint.path.replace(/[.]/g, "\\.").replace(/:\w+/g, "[^/]*")}$`),
}));

export function endpointOf(method: string, path: string): Endpoint | null {
  const found = PATTERNS.find(({ endpoint, pattern }) => endpoint.method === method && pattern.test(path));
  return found?.endpoint ?? null;
}

export function answerOf({ path, method }: Endpoint, status: number): DocumentedAnswer | null {
  const answer = paths[toTemplate(path)]?.[method.toLowerCase()]?.responses[status];
  if (answer === undefined) return null;
  return isReference(answer) ? (components.responses[answer.$ref.split("/").at(-1) ?? ""] ?? null) : answer;
}

function isReference(value: object): value is Reference {
  return "$ref" in value;
}

function defectOfUnknown(method: string, { status, headers }: Received): string | null {
  // The answer to a preflight has no Allow, and depends on the origin.
  if (method === "OPTIONS" && status === 200) return headers.has("Allow") || headers.has("Vary") ? null : "no Allow";
  const known: ReadonlySet<number> = UNKNOWN_STATUSES;
  if (!known.has(status)) return `no endpoint is described for this request, which is answered ${status}`;
  return status === 405 && !headers.has("Allow") ? "no Allow" : null;
}

function defectOfHeaders({ headers: described = {} }: DocumentedAnswer, { headers }: Received): string | null {
  const names = new Map(Object.entries(described).map(([name, header]) => [name.toLowerCase(), header]));
  for (const [name, header] of names) {
    if (!isReference(header) && header.required === true && !headers.has(name)) return `no ${name}`;
  }
  for (const name of headers.keys()) {
    if (!names.has(name) && !UNDESCRIBED.test(name)) return `the header ${name} is not described`;
  }
  return null;
}

function defectOfBody(
  endpoint: Endpoint,
  answer: DocumentedAnswer,
  { status, headers, text }: Received,
): string | null {
  const type = headers.get("Content-Type");
  // A refusal in a form that the client does not accept has no body.
  if (type === null) return text === "" && (answer.content === undefined || status >= 400) ? null : "no Content-Type";
  const media = answer.content?.[type];
  if (media === undefined) return `the Content-Type ${type} is not described`;
  if (media.schema === undefined || type === "application/xml") return null;
  const body = parse(text);
  const { schema } = media;
  const defect = defectOfValue(`${endpoint.id} ${status}`, () => schema, components.schemas, body);
  if (defect !== null) return defect;
  const { code } = body as { readonly code?: unknown };
  if (status < 400 || endpoint.answers[status] !== undefined) return null;
  const isDescribed = failuresOf(endpoint).some((kind) => toAnswer(sampleOf(kind)).code === code);
  return isDescribed ? null : `the code ${String(code)} is not described`;
}

/** Bodies of messages may contain Python's numbers that JSON does not have. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.replace(/-?\b(?:NaN|Infinity)\b/g, "0"));
  }
}

const validators = new Map<string, Validator>();

/** `key`: names the schema, so that its validator is made once. `schemas`: those that it refers to by name. */
export function defectOfValue(
  key: string,
  toSchema: () => Schema,
  schemas: Readonly<Record<string, Schema>>,
  value: unknown,
): string | null {
  let validator = validators.get(key);
  if (validator === undefined) {
    validator = new Validator({ ...toSchema(), components: { schemas } }, "2020-12", false);
    validators.set(key, validator);
  }
  const { valid, errors } = validator.validate(value);
  if (valid) return null;
  return `${errors.map(({ error, instanceLocation }) => `${instanceLocation} ${error}`).join(" ")} in ${JSON.stringify(value)}`;
}
