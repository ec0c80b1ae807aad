/**
 * Compares replies to frames with the OpenAPI document: a reply is the answer of the HTTP request that does the same, as its action
 * states it, without what frames do not have (links, hrefs, titles of errors). What else differs is listed here.
 * `support/drivers/web-socket.ts` does so for every frame that it receives.
 */
import * as v from "valibot";
import type { Endpoint } from "../../openapi/endpoint.ts";
import { failuresOf, OF_FRAMES, sampleOf } from "../../openapi/failures.ts";
import { toSchema, type Schema } from "../../openapi/json-schema.ts";
import { MESSAGE } from "../../openapi/messages.ts";
import { anything, integer, list, nullable, object, optional, text } from "../../openapi/schemas.ts";
import type { FailureKind } from "../../src/domain/failure.ts";
import type { Action } from "../../src/websocket/actions/action.ts";
import { ACTIONS } from "../../src/websocket/actions/table.ts";
import { FRAME_CODES } from "../../src/websocket/reply.ts";
import { toAnswer } from "../../src/wire/failures.ts";
import { answerOf, components, defectOfValue, endpointOf, parse } from "./openapi-answers.ts";

type ActionName = keyof typeof ACTIONS;

const ID: Schema = { type: "string" };
const NOTHING = object({});
const SENTENCE = text("A sentence.");
const MESSAGES = list(MESSAGE, "The messages.");
const ZERO = v.literal(0);

/** Bodies that are not those of the answers of HTTP, by contract (docs/WEBSOCKET.md). */
const OWN_BODIES: Readonly<Partial<Record<ActionName, Readonly<Record<number, v.GenericSchema>>>>> = {
  queue_create: { 201: SENTENCE, 204: SENTENCE },
  queue_delete: { 204: SENTENCE },
  // Over HTTP the statistics of a missing queue are 200.
  queue_get_stats: { 404: object({ messages: object({ claimed: ZERO, free: ZERO, total: ZERO }) }) },
  message_post: { 201: object({ message_ids: list(text("An id."), "The ids.") }) },
  message_get: { 200: object({ messages: MESSAGE }) },
  claim_create: {
    201: object({ claim_id: text("The id of the claim."), messages: MESSAGES }),
    // The claim waits, which an HTTP request does by itself.
    202: object({ wait: integer("Seconds.", 1) }),
    204: object({ claim_id: v.null() }),
  },
  claim_update: { 204: SENTENCE },
  claim_delete: { 204: SENTENCE },
  claim_settle: { 204: SENTENCE },
  subscription_create: {
    201: object({ subscription_id: text("The id."), message: SENTENCE }),
    409: SENTENCE,
  },
  subscription_delete: { 204: SENTENCE },
  pool_create: { 201: SENTENCE },
  pool_delete: { 204: SENTENCE },
  flavor_create: { 201: SENTENCE },
  flavor_delete: { 204: SENTENCE },
};

/** Failures of actions that their HTTP requests do not have, by contract. */
const OWN_FAILURES: Readonly<Partial<Record<ActionName, readonly FailureKind[]>>> = {
  // Over HTTP the list is empty.
  message_list: ["queue-not-found"],
};

const AUTHENTICATED = object({ message: v.literal("Authentified.") });
/** Replies to frames that reach no action, and to actions that are refused. */
const FAULT = object({
  error: text("What is wrong."),
  code: v.picklist([...FRAME_CODES, "unauthenticated"]),
  description: v.optional(text("Which header is missing.")),
});
const REFUSAL = object({
  exception: text("What is wrong."),
  error: nullable(text("What failed.")),
  code: text("Code."),
});
/** The frame that ends a wait. */
const CLAIM = object({
  Message_Type: v.literal("Claim"),
  queue_name: text("The queue."),
  claim_id: nullable(text("The claim.")),
  messages: MESSAGES,
});

const FAULT_STATUSES = [400, 401, 403];
const REPEATED = anything("As in the frame.");
const ENVELOPE = object({
  request: object({ action: REPEATED, body: REPEATED, headers: REPEATED, api: v.literal("v2") }),
  body: anything("The answer."),
  headers: object({ status: integer("As over HTTP."), notice: optional(text("A notice.")) }),
});

interface Received {
  readonly request: { readonly action: unknown };
  readonly body: unknown;
  readonly headers: { readonly status: number };
}

/** What is wrong with a frame of the service; null: it is as the document says, or a notification, which it does not describe. */
export function defectOfFrame(frame: string): string | null {
  const document = objectIn(frame);
  if ("Message_Type" in document) return document.Message_Type === "Claim" ? check("a claim", CLAIM, document) : null;
  if (!("request" in document)) return null;
  const malformed = check("a reply", ENVELOPE, document);
  if (malformed !== null) return malformed;
  const { request, body, headers } = document as Received;
  const { action } = request;
  const defect = isAction(action) ? defectOfReply(action, headers.status, body) : defectWithout(headers.status, body);
  return defect === null ? null : `${String(action)}, ${headers.status}: ${defect}`;
}

/** Notifications may be any text, so that is one without members. */
function objectIn(frame: string): object {
  try {
    return Object(parse(frame)) as object;
  } catch {
    return {};
  }
}

function isAction(name: unknown): name is ActionName {
  return typeof name === "string" && Object.hasOwn(ACTIONS, name);
}

/** Of a frame without an action of the table, which includes `authenticate`. */
function defectWithout(status: number, body: unknown): string | null {
  if (status === 200) return check("authenticated", AUTHENTICATED, body);
  // The second: a credential cannot be checked.
  return isFault(body) ? defectOfFault(status, body) : defectOfRefusal(["unavailable"], status, body);
}

function defectOfReply(action: ActionName, status: number, body: unknown): string | null {
  const own = OWN_BODIES[action]?.[status];
  if (own !== undefined && !isRefusal(body)) return check(`${action} ${status}`, own, body);
  if (isFault(body)) return defectOfFault(status, body);
  const endpoint = endpointOfAction(action);
  if (status >= 400) return defectOfRefusal([...failuresOf(endpoint), ...(OWN_FAILURES[action] ?? [])], status, body);
  const answer = answerOf(endpoint, status);
  if (answer === null) return `${endpoint.id} has no status ${status}`;
  if (answer.content === undefined) return check("nothing", NOTHING, body);
  const [media] = Object.values(answer.content);
  return defectOfValue(`frame ${endpoint.id} ${status}`, () => toFrameSchema(media?.schema ?? {}), SCHEMAS, body);
}

export function endpointOfAction(name: ActionName): Endpoint {
  const action: Action = ACTIONS[name];
  const { method, path } = action.equivalent(new Map());
  const endpoint = endpointOf(method, path);
  if (endpoint === null) throw new Error(`No endpoint is described for ${method} ${path}, which ${name} stands for.`);
  return endpoint;
}

function isRefusal(body: unknown): boolean {
  return Object.hasOwn(Object(body) as object, "exception");
}

function isFault(body: unknown): boolean {
  return Object.hasOwn(Object(body) as object, "error") && !isRefusal(body);
}

function defectOfFault(status: number, body: unknown): string | null {
  if (!FAULT_STATUSES.includes(status)) return "no frame has such a status";
  return check("a fault", FAULT, body);
}

function defectOfRefusal(kinds: readonly FailureKind[], status: number, body: unknown): string | null {
  const defect = check("a refusal", REFUSAL, body);
  if (defect !== null) return defect;
  const { code } = body as { readonly code: string };
  // Over HTTP a fault of the service is 503.
  if (status === 500 && code === toAnswer(sampleOf("unavailable")).code) return null;
  const isDescribed = [...kinds, ...OF_FRAMES].some((kind) => {
    const answer = toAnswer(sampleOf(kind));
    return answer.code === code && answer.status === status;
  });
  return isDescribed ? null : `the code ${code} is not described`;
}

function check(key: string, schema: v.GenericSchema, body: unknown): string | null {
  return defectOfValue(`frame ${key}`, () => toFrameSchema(toSchema(schema)), SCHEMAS, body);
}

/** The named schemas, as frames have them. */
const SCHEMAS = toFrameSchemas(components.schemas);

function toFrameSchemas(schemas: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> {
  const converted: Record<string, Schema> = toFrameSchema(schemas);
  const { Message = {}, MessageCounts = {} } = converted;
  // The claim and the message that hrefs contain.
  converted["Message"] = withMember(Message, "claim_id", { type: ["string", "null"] });
  const counts = MessageCounts["properties"] as Readonly<Record<string, Schema>>;
  const { oldest = {}, newest = {} } = counts;
  const stamps = { oldest: withMember(oldest, "id", ID), newest: withMember(newest, "id", ID) };
  converted["MessageCounts"] = { ...MessageCounts, properties: { ...counts, ...stamps } };
  return converted;
}

/** Without the members that frames do not have. */
function toFrameSchema<S extends object>(schema: S): S {
  return JSON.parse(JSON.stringify(schema), (name, value: unknown) => {
    if (name === "required") return (value as readonly string[]).filter((member) => !isLink(member));
    if (name !== "properties") return value;
    return Object.fromEntries(Object.entries(value as object).filter(([member]) => !isLink(member)));
  }) as S;
}

function isLink(member: string): boolean {
  return member === "href" || member === "links";
}

function withMember({ properties, required, ...schema }: Schema, name: string, member: Schema): Schema {
  return {
    ...schema,
    properties: { ...(properties as object), [name]: member },
    required: [...(required as readonly string[]), name],
  };
}
