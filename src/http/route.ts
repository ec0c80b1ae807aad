/**
 * Routes: a path and its methods. One handler per path, so that the checks, 405 and OPTIONS are the same everywhere and no method
 * exists by accident (the router answers a HEAD by the GET route).
 */
import type { Hono } from "hono";
import type { PlaceKind } from "../domain/place.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Perform } from "../operations/admission.ts";
import type { Context, PlaceContext, ProjectContext, QueueContext, ServiceContext } from "../operations/context.ts";
import { postMessages } from "../operations/messages.ts";
import type { Operation } from "../operations/operation.ts";
import { PLACE_PATHS, type BelowPlace, type Path } from "../wire/paths.ts";
import type { Query } from "../wire/query.ts";
import { largeBodyOf } from "./answer.ts";
import { sendInPieces } from "./bytes-in-flight.ts";
import { checkForm } from "./gate.ts";
import {
  arriveAt,
  receive,
  type AppEnv,
  type Arrival,
  type Here,
  type PlaceVisit,
  type Site,
  type Visit,
} from "./visit.ts";

type Method = "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";
type Methods<E> = Readonly<Partial<Record<Method, E>>>;
type Answer = Response | Promise<Response>;

/** A method of a route. `Scope`: of the operation, which the route has to lead to. */
type Endpoint<V extends Visit, Scope extends Context> = (arrival: Arrival<V, Scope>) => Promise<Response>;

/** Admits the request to the operation before the handler reads its body. The handler gets the function that performs it. */
export function on<V extends Visit, Scope extends Context, Input, Output>(
  operation: Operation<Scope, Input, Output>,
  handler: (visit: V, perform: Perform<Input, Output>) => Answer,
): Endpoint<V, Scope> {
  // Only posts carry the count of hops. Redrives and confirmation requests would begin to count anew and could loop for ever.
  const isForInside = operation.name === postMessages.name;
  return async ({ visit, door, isInside }) => {
    if (isInside && !isForInside) throw new Refusal({ kind: "not-authorized" });
    const perform = await door.admit(operation);
    // Only requests with possibly large answers are refused here, so that a project can finish the work it has begun.
    if (handsOut(operation.name, visit.query)) visit.load.check();
    let response: Response;
    try {
      response = await handler(visit, perform);
    } finally {
      visit.load.end();
    }
    return inPieces(response, visit);
  };
}

/** A method of two operations: the request says which one it is about, and is admitted to that one alone. */
export function either<V extends Visit, Scope extends Context>(
  isFirst: (visit: V) => boolean,
  first: Endpoint<V, Scope>,
  second: Endpoint<V, Scope>,
): Endpoint<V, Scope> {
  return (arrival) => (isFirst(arrival.visit) ? first(arrival) : second(arrival));
}

/** A route that needs neither client nor project nor credential. */
export function openRoute({ app }: Site, path: Path, methods: Methods<(request: Request) => Answer>): void {
  mount(app, path, methods, (c) => {
    checkForm(c.req.raw.headers);
    return (handler) => handler(c.req.raw);
  });
}

/** A route for monitors: the request is not checked. */
export function watchRoute({ app }: Site, path: Path, methods: Methods<(c: Here) => Promise<Response>>): void {
  mount(app, path, methods, (c) => (answer) => answer(c));
}

/** A route of the whole service, for operators without a project too. */
export function serviceRoute(site: Site, path: Path, methods: Methods<Endpoint<Visit, ServiceContext>>): void {
  mount(site.app, path, methods, (c) => {
    const { visit, caller, isInside } = receive(c, site);
    const door = caller.serviceDoor();
    return (endpoint) => endpoint({ visit, door, isInside });
  });
}

/** A route of a project. */
export function projectRoute(site: Site, path: string, methods: Methods<Endpoint<Visit, ProjectContext>>): void {
  mount(site.app, path, methods, (c) => {
    const { visit, caller, isInside } = receive(c, site);
    const door = caller.projectDoor();
    return (endpoint) => endpoint({ visit, door, isInside });
  });
}
/** A route of a queue, named by the path's variable `queue`. */
export function queueRoute(site: Site, path: Path, methods: Methods<Endpoint<PlaceVisit, QueueContext>>): void {
  mount(site.app, path, methods, (c) => {
    const arrival = arriveAt(c, site, "queue");
    return (endpoint) => endpoint(arrival);
  });
}

/** A route of a queue or topic: the path of itself, or `below` it. */
export function placeRoute(
  site: Site,
  kind: PlaceKind,
  below: BelowPlace,
  methods: Methods<Endpoint<PlaceVisit, PlaceContext>>,
): void {
  mount(site.app, PLACE_PATHS[kind] + below, methods, (c) => {
    const arrival = arriveAt(c, site, kind);
    return (endpoint) => endpoint(arrival);
  });
}

const HANDING_OUT: ReadonlySet<string> = new Set([
  "message_list",
  "message_get_many",
  "message_get",
  "claim_create",
  "claim_get",
  "queue_list",
  "topic_list",
  "subscription_list",
]);

/** Whether the answer to a request may be large. */
function handsOut(operation: string, query: Query): boolean {
  return HANDING_OUT.has(operation) || query.has("pop");
}

/** Sends a large answer in pieces, whose bytes are counted until they are sent. */
function inPieces(response: Response, { config, waitUntil, load }: Visit): Response {
  const bytes = largeBodyOf(response);
  if (bytes === null) return response;
  const body = sendInPieces(bytes, { seconds: config.maxBodyWait, waitUntil, load });
  return new Response(body, { status: response.status, headers: response.headers });
}

/** `check` runs the checks common to all methods of the path, and then the method's handler. */
function mount<E>(
  app: Hono<AppEnv>,
  path: string,
  methods: Methods<E>,
  check: (c: Here) => (endpoint: E) => Response | Promise<Response>,
): void {
  const endpoints: ReadonlyMap<string, E> = new Map(Object.entries(methods));
  const allow = [...[...endpoints.keys()].toSorted(), "OPTIONS"];
  const handle = (c: Here): Response | Promise<Response> => {
    // Before the checks: a preflight has none of the headers that they require.
    if (c.req.method === "OPTIONS") return new Response(null, { status: 200, headers: { Allow: allow.join(", ") } });
    const proceed = check(c);
    const endpoint = endpoints.get(c.req.method);
    if (endpoint === undefined) throw new Refusal({ kind: "method-not-allowed", allow });
    return proceed(endpoint);
  };
  app.all(path, handle);
  // A path with an empty last variable matches its route too, which the router does not support.
  const lastSlash = path.lastIndexOf("/");
  if (path[lastSlash + 1] === ":") app.all(path.slice(0, lastSlash + 1), handle);
}
