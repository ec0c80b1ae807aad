/**
 * Actions: the requests that frames make. Each performs an operation, by the same admission as HTTP, and states the HTTP request
 * that does the same: access rules and signatures are about those. Upstream: zaqar/api/v2/request.py, endpoints.py.
 */
import type { Principal } from "../../auth/policy.ts";
import type { Config } from "../../config/config.ts";
import type { ConnectionAddress } from "../../domain/connection-address.ts";
import type { Failure } from "../../domain/failure.ts";
import type { ClientId, ProjectId } from "../../domain/id.ts";
import {
  toInteger,
  toObjectText,
  toText,
  typeOf,
  type JsonText,
  type JsonType,
  type Members,
} from "../../domain/json.ts";
import { detailed, type Detailed } from "../../domain/details.ts";
import type { PageRequest } from "../../domain/page.ts";
import type { Place } from "../../domain/place.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Caller } from "../../operations/admission.ts";
import type { ProjectContext, QueueContext, ServiceContext } from "../../operations/context.ts";
import type { Operation } from "../../operations/operation.ts";
import { byteLength, SMALL_DOCUMENT_MAX } from "../../wire/document.ts";
import { COLLECTION_PATHS } from "../../wire/paths.ts";
import type { Reply } from "../reply.ts";
import type { NewWait } from "../waits.ts";

type Queue = Place & { readonly kind: "queue" };
type FieldType = Extract<JsonType, "string" | "boolean" | "object" | "array"> | "integer";

/** Members of a body by name. Others are ignored, with a notice. Without a type the operation checks the value. */
export type Fields = Readonly<
  Record<string, { readonly type?: FieldType; readonly isRequired?: true; readonly isNullable?: true }>
>;

/** The connection that a frame has come by. */
export interface OwnConnection {
  readonly address: ConnectionAddress;
  /** Enters that the connection gets what a queue pushes, in this format, once `subscribe` has subscribed it there. */
  readonly enterSubscription: <T>(
    place: { readonly project: ProjectId; readonly place: Place; readonly isBinary: boolean },
    subscribe: () => Promise<T>,
  ) => Promise<T>;
  /** Runs `unsubscribe`, which may end the subscription of the connection itself to the queue. */
  readonly leaveSubscription: <T>(
    place: { readonly project: ProjectId; readonly place: Place },
    unsubscribe: () => Promise<T>,
  ) => Promise<T>;
  /** Enters a wait while `note` lets the queue note it. `no-room`: the connection waits for as much as it may. */
  readonly enterWait: <T>(wait: NewWait, note: () => Promise<T | "noted">) => Promise<T | "noted" | "no-room">;
}

/** A frame whose action is known, as its action sees it. */
export interface ActionRequest {
  readonly connection: OwnConnection;
  /** Whether it is MessagePack. */
  readonly isBinary: boolean;
  readonly headers: Headers;
  readonly config: Config;
  readonly principal: Principal;
  readonly body: Members;
  /** The same as one text. */
  readonly document: JsonText;
  /** Throws a Refusal: only some actions need a valid Client-ID. */
  readonly client: () => ClientId;
}

export interface QueueActionRequest extends ActionRequest {
  readonly place: Queue;
  readonly project: ProjectId;
}

export interface HttpRequest {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
}

interface Described {
  readonly fields: Fields;
  /** Their names. */
  readonly members: ReadonlySet<string>;
  /** Whether the signature of a URL may stand for a credential. */
  readonly isSignable: boolean;
  /** The name of its operation. */
  readonly operation: string;
  readonly whatFailed: string;
  /** The HTTP request that does the same. */
  readonly equivalent: (body: Members) => HttpRequest;
}

/** An action on the queue that the body names. */
export interface QueueAction extends Described {
  readonly scope: "queue";
  readonly perform: (caller: Caller, request: QueueActionRequest) => Promise<Reply>;
}

/** An action on the caller's project, or on the service. */
export interface OtherAction extends Described {
  readonly scope: "project" | "service";
  readonly perform: (caller: Caller, request: ActionRequest) => Promise<Reply>;
}

export type Action = QueueAction | OtherAction;

interface Parts<V, Input, Output> {
  readonly fields?: Fields;
  readonly isSignable?: true;
  readonly decode: (request: V) => Input;
  /** What encloses the operation; absent: nothing. */
  readonly enclose?: (request: V, perform: () => Promise<Output>) => Promise<Output>;
  readonly encode: (output: Output, request: V) => Reply | Promise<Reply>;
  /** A reply that upstream gives to a failure of this action only; null: the usual one. */
  readonly refuse?: (failure: Failure, request: V) => Reply | null;
}

const QUEUE_NAME: Fields = { queue_name: { type: "string", isRequired: true } };

/** `path`: of the HTTP request, below that of the queue. */
export function onQueue<Input, Output>(
  operation: Operation<QueueContext, Input, Output>,
  method: HttpRequest["method"],
  path: (body: Members) => string,
  parts: Parts<QueueActionRequest, Input, Output>,
): QueueAction {
  const wholePath = (body: Members): string => `${COLLECTION_PATHS.queue}/${textOf(body, "queue_name")}${path(body)}`;
  const fields = { ...QUEUE_NAME, ...parts.fields };
  return {
    ...describe(operation, method, wholePath, { ...parts, fields }),
    scope: "queue",
    perform: async (caller, request) => answer(request, parts, await caller.placeDoor(request.place).admit(operation)),
  };
}

/** `path`: of the HTTP request. */
export function onProject<Input, Output>(
  operation: Operation<ProjectContext, Input, Output>,
  method: HttpRequest["method"],
  path: string,
  parts: Parts<ActionRequest, Input, Output>,
): OtherAction {
  return {
    ...describe(operation, method, () => path, parts),
    scope: "project",
    perform: async (caller, request) => answer(request, parts, await caller.projectDoor().admit(operation)),
  };
}

/** `path`: of the HTTP request. */
export function onService<Input, Output>(
  operation: Operation<ServiceContext, Input, Output>,
  method: HttpRequest["method"],
  path: (body: Members) => string,
  parts: Parts<ActionRequest, Input, Output>,
): OtherAction {
  return {
    ...describe(operation, method, path, parts),
    scope: "service",
    perform: async (caller, request) => answer(request, parts, await caller.serviceDoor().admit(operation)),
  };
}

function describe(
  { name, whatFailed }: { readonly name: string; readonly whatFailed: string },
  method: HttpRequest["method"],
  path: (body: Members) => string,
  { fields = {}, isSignable = false }: { readonly fields?: Fields; readonly isSignable?: boolean },
): Described {
  return {
    fields,
    members: new Set(Object.keys(fields)),
    isSignable,
    operation: name,
    whatFailed,
    equivalent: (body) => ({ method, path: path(body) }),
  };
}

async function answer<V, Input, Output>(
  request: V,
  { decode, enclose, encode, refuse }: Parts<V, Input, Output>,
  perform: (input: Input) => Promise<Output>,
): Promise<Reply> {
  try {
    const input = decode(request);
    const output = enclose === undefined ? perform(input) : enclose(request, () => perform(input));
    return await encode(await output, request);
  } catch (refusal) {
    const special = refusal instanceof Refusal ? refuse?.(refusal.failure, request) : null;
    if (special == null) throw refusal;
    return special;
  }
}

/** Whether the body has the members that the action requires, and those it knows have their types. */
export function fits(body: Members, fields: Fields): boolean {
  return Object.entries(fields).every(([name, { type, isRequired, isNullable }]) => {
    const value = body.get(name);
    if (value === undefined) return isRequired !== true;
    if (type === undefined || (value === "null" && isNullable === true)) return true;
    return type === "integer" ? isInteger(value) : typeOf(value) === type;
  });
}

function isInteger(value: JsonText): boolean {
  return typeOf(value) === "number" && toInteger(value) !== null;
}

/** The text of a member that is one; "" when it is absent. */
export function textOf(body: Members, name: string): string {
  const value = body.get(name);
  return value === undefined ? "" : (toText(value) ?? "");
}

/** The members of a page of a list. */
export const PAGE: Fields = { marker: { type: "string" }, limit: { type: "integer" } };

export function pageIn(body: Members): PageRequest {
  return { marker: textOf(body, "marker") || null, limit: integerOf(body, "limit") };
}

/** The integer of a member that is one; null when it is absent. */
export function integerOf(body: Members, name: string): number | null {
  const value = body.get(name);
  return value === undefined ? null : toInteger(value);
}

/** The value of a member that is a boolean; false when it is absent. */
export function flagOf(body: Members, name: string): boolean {
  return body.get(name) === "true";
}

/** The members of a body that the predicate keeps, as a document. Bounded like the same document over HTTP. */
export function documentOf(body: Members, keeps: (name: string) => boolean, max = SMALL_DOCUMENT_MAX): JsonText {
  const document = toObjectText(new Map([...body].filter(([name]) => keeps(name))));
  const got = byteLength(document);
  if (got > max) throw new Refusal({ kind: "body-too-large", max, got });
  return document;
}

/** The member by which a request asks for the details of messages or queues. Ours. */
export const DETAILS = { details: { type: "boolean" } } as const;

/** Whether the body asks for details. */
export function detailsIn(body: Members): Detailed {
  return detailed(flagOf(body, "details"));
}

/** An id in the path of a request. */
export function segment(body: Members, name: string): string {
  return encodeURIComponent(textOf(body, name).toWellFormed());
}
