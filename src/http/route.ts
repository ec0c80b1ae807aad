/**
 * Routes: a path and its methods. The router has one handler for each path, so that all paths have the same checks and the same
 * answers to OPTIONS and unknown methods. With a handler for each method the router would also answer HEAD by the GET handler.
 */
import type { HonoBase } from "hono/hono-base";
import type { Place, PlaceKind } from "../domain/place.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Perform } from "../operations/admission.ts";
import type { Context, PlaceContext, ProjectContext, QueueContext, ServiceContext } from "../operations/context.ts";
import { postMessages } from "../operations/messages.ts";
import type { Operation } from "../operations/operation.ts";
import { PLACE_PATHS, type BelowPlace, type Path } from "../wire/paths.ts";
import type { Query } from "../wire/query.ts";
import { largeBodyOf } from "./answer.ts";
import { checkHeaders } from "./header-checks.ts";
import {
  checkPlaceRequest,
  checkRequest,
  type AppEnv,
  type RequestAtDoor,
  type RouteContext,
  type PlaceRequest,
  type RouteDeps,
  type ApiRequest,
} from "./request.ts";
import { sendInPieces } from "./send-in-pieces.ts";

type Method = "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";
type Methods<E> = Readonly<Partial<Record<Method, E>>>;
type Answer = Response | Promise<Response>;

/** A method of a route. `Scope`: the scope of its operation, which the compiler compares with that of the route. */
type Endpoint<V extends ApiRequest, Scope extends Context> = (arrival: RequestAtDoor<V, Scope>) => Promise<Response>;

/** Admits the request to the operation, and then calls the handler with the function that performs the operation. */
export function on<V extends ApiRequest, Scope extends Context, Input, Output>(
  operation: Operation<Scope, Input, Output>,
  handler: (request: V, perform: Perform<Input, Output>) => Answer,
): Endpoint<V, Scope> {
  // Subscribers inside the service may only post, because only messages store the number of hops. With redrives or confirmation
  // requests the count would restart, and a loop would never end.
  const countsHops = operation.name === postMessages.name;
  return async ({ request, door, isInside }) => {
    if (isInside && !countsHops) throw new Refusal({ kind: "not-authorized" });
    const perform = await door.admit(operation);
    // Other requests are not refused for bytes in flight, so that a project can still delete and release messages.
    if (mayAnswerMuch(operation.name, request.query)) request.bytes.check();
    let response: Response;
    try {
      response = await handler(request, perform);
    } finally {
      request.bytes.release();
    }
    return sendLargeInPieces(response, request);
  };
}

/** A method with two operations. `isFirst` chooses one, and the request is admitted to that one only. */
export function either<V extends ApiRequest, Scope extends Context>(
  isFirst: (request: V) => boolean,
  first: Endpoint<V, Scope>,
  second: Endpoint<V, Scope>,
): Endpoint<V, Scope> {
  return (arrival) => (isFirst(arrival.request) ? first(arrival) : second(arrival));
}

/** A route without authentication, Client-ID and project. */
export function openRoute({ app }: RouteDeps, path: Path, methods: Methods<(request: Request) => Answer>): void {
  mount(app, path, methods, (c) => {
    checkHeaders(c.req.raw.headers);
    return (handler) => handler(c.req.raw);
  });
}

/** A route without any check of the request, for monitors. */
export function uncheckedRoute(
  { app }: RouteDeps,
  path: Path,
  methods: Methods<(c: RouteContext) => Promise<Response>>,
): void {
  mount(app, path, methods, (c) => (answer) => answer(c));
}

/** A route of the whole service. A caller without a project may use it. */
export function serviceRoute(
  deps: RouteDeps,
  path: Path,
  methods: Methods<Endpoint<ApiRequest, ServiceContext>>,
): void {
  mount(deps.app, path, methods, (c) => {
    const { request, caller, isInside } = checkRequest(c, deps);
    const door = caller.serviceDoor();
    return (endpoint) => endpoint({ request, door, isInside });
  });
}

/** A route of a project. */
export function projectRoute(
  deps: RouteDeps,
  path: string,
  methods: Methods<Endpoint<ApiRequest, ProjectContext>>,
): void {
  mount(deps.app, path, methods, (c) => {
    const { request, caller, isInside } = checkRequest(c, deps);
    const door = caller.projectDoor();
    return (endpoint) => endpoint({ request, door, isInside });
  });
}

/** A route of a queue. The path's variable `queue` is its name. */
export function queueRoute(deps: RouteDeps, path: Path, methods: Methods<Endpoint<PlaceRequest, QueueContext>>): void {
  mount(deps.app, path, methods, (c) => {
    const arrival = checkPlaceRequest(c, deps, "queue");
    return (endpoint) => endpoint(arrival);
  });
}

/** A route of a queue or topic. `below`: the rest of the path after the name. */
export function placeRoute<K extends PlaceKind>(
  deps: RouteDeps,
  kind: K,
  below: BelowPlace,
  methods: Methods<Endpoint<PlaceRequest, PlaceContext<Place<K>>>>,
): void {
  mount(deps.app, PLACE_PATHS[kind] + below, methods, (c) => {
    const arrival = checkPlaceRequest(c, deps, kind);
    return (endpoint) => endpoint(arrival);
  });
}

const LARGE_ANSWERS: ReadonlySet<string> = new Set([
  "message_list",
  "message_get_many",
  "message_get",
  "claim_create",
  "claim_get",
  "queue_list",
  "topic_list",
  "subscription_list",
  "subscription_delivery_list",
  "overview_get",
]);

/** Whether the answer to a request may be large. */
function mayAnswerMuch(operation: string, query: Query): boolean {
  return LARGE_ANSWERS.has(operation) || query.has("pop");
}

/** Sends a large answer in pieces, whose bytes are counted until they are sent. */
function sendLargeInPieces(response: Response, { config, waitUntil, bytes: account }: ApiRequest): Response {
  const bytes = largeBodyOf(response);
  if (bytes === null) return response;
  const body = sendInPieces(bytes, { seconds: config.maxBodyWait, waitUntil, account });
  return new Response(body, { status: response.status, headers: response.headers });
}

/** `check` runs the checks common to all methods of the path. It returns the function that calls an endpoint. */
function mount<E>(
  app: HonoBase<AppEnv>,
  path: string,
  methods: Methods<E>,
  check: (c: RouteContext) => (endpoint: E) => Response | Promise<Response>,
): void {
  const endpoints: ReadonlyMap<string, E> = new Map(Object.entries(methods));
  const allow = [...[...endpoints.keys()].toSorted(), "OPTIONS"];
  const handle = (c: RouteContext): Response | Promise<Response> => {
    // Before the checks, because a preflight request has none of the required headers.
    if (c.req.method === "OPTIONS") return new Response(null, { status: 200, headers: { Allow: allow.join(", ") } });
    const proceed = check(c);
    const endpoint = endpoints.get(c.req.method);
    if (endpoint === undefined) throw new Refusal({ kind: "method-not-allowed", allow });
    return proceed(endpoint);
  };
  app.all(path, handle);
  // The last variable of a path may be empty, which the router does not support.
  const lastSlash = path.lastIndexOf("/");
  if (path[lastSlash + 1] === ":") app.all(path.slice(0, lastSlash + 1), handle);
}
