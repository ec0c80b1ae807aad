/**
 * Routes: a path and its methods. One handler per path, so that the checks, 405 and OPTIONS are the same everywhere and no method
 * exists by accident (the router answers a HEAD by the GET route).
 */
import type { Context as RouterContext, Hono } from "hono";
import { readCredential } from "../auth/credential.ts";
import { wayToKeystone, type KeystoneDeps } from "../auth/keystone.ts";
import type { Principal } from "../auth/principal.ts";
import type { UrlSigner } from "../auth/signed-url.ts";
import type { Trusts } from "../auth/trusts.ts";
import type { Config } from "../config/config.ts";
import { HOPS_HEADER, HOPS_MAX, markClient, parseHops, type Origin } from "../domain/hops.ts";
import type { ClientId, QueueName } from "../domain/id.ts";
import type { Place, PlaceKind } from "../domain/place.ts";
import { Refusal } from "../domain/refusal.ts";
import { postMessages } from "../operations/messages.ts";
import {
  admit,
  projectOf,
  toContext,
  type Context,
  type ObjectBindings,
  type WakeGate,
} from "../operations/operation.ts";
import type { Shutdown } from "../operations/shutdown.ts";
import type { ProjectLimits } from "../operations/project-limits.ts";
import type { RequestEvent } from "../telemetry/event.ts";
import { parseQuery, type Query } from "../wire/query.ts";
import { checkCaller, checkForm, checkPlace } from "./gate.ts";
import { largeBodyOf } from "./answer.ts";
import { sendInPieces, type Load, type BytesInFlight } from "./bytes-in-flight.ts";
import { clock } from "./middleware/record-request.ts";
import { PLACE_PATHS, type BelowPlace, type Path } from "../wire/paths.ts";

export interface AppEnv {
  readonly Bindings: ObjectBindings;
  readonly Variables: { readonly event: RequestEvent; readonly principal: Principal | null };
}

/** The service to which routes are added, and what all requests share. */
export interface Site {
  readonly app: Hono<AppEnv>;
  readonly config: Config;
  readonly projectLimits: ProjectLimits;
  readonly bytesInFlight: BytesInFlight;
  /** To the objects. */
  readonly gate: WakeGate;
  readonly shutdown: Shutdown;
  readonly signer: UrlSigner;
  /** null: the service makes no trusts. */
  readonly trusts: Trusts | null;
}

/** A request that has passed the gate. */
export interface Visit {
  readonly request: Request;
  readonly context: Context;
  readonly client: ClientId;
  /** Whether the request comes from a subscription of this service. */
  readonly isInside: boolean;
  /** Bytes of the body; null when the request announced none. */
  readonly contentLength: number | null;
  /** The account of the bytes that its body and answer hold in memory. */
  readonly load: Load;
  readonly query: Query;
  /** A variable of the path, "" when it is left out. */
  readonly variable: (name: string) => string;
}

export interface PlaceVisit extends Visit {
  readonly place: Place;
}

export interface QueueVisit extends PlaceVisit {
  readonly queue: QueueName;
}

type Handler<V> = (visit: V) => Response | Promise<Response>;
type Method = "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";
type Methods<E> = Readonly<Partial<Record<Method, E>>>;

/** The operation to which a request has to be admitted. */
type Admission = Parameters<typeof admit>[1];

/** A method of a route: its operation, and its handler. */
interface Endpoint<V> {
  readonly operation: Admission;
  readonly handler: Handler<V>;
}

/** Admits the request to the operation before the handler reads its body. */
export function on<V extends Visit>(operation: Admission, handler: Handler<V>): Endpoint<V> {
  return { operation, handler };
}

/** A route that needs neither client nor project nor credential. */
export function openRoute({ app }: Site, path: Path, methods: Methods<Handler<Request>>): void {
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
export function serviceRoute(site: Site, path: Path, methods: Methods<Endpoint<Visit>>): void {
  mount(site.app, path, methods, (c) => {
    const visit = toVisit(c, site);
    return (endpoint) => enter(endpoint, visit, null);
  });
}

/** A route of a project. */
export function projectRoute(site: Site, path: string, methods: Methods<Endpoint<Visit>>): void {
  mount(site.app, path, methods, (c) => {
    const visit = toVisit(c, site);
    projectOf(visit.context);
    return (endpoint) => enter(endpoint, visit, null);
  });
}

/** A route of a queue, named by the path's variable `queue`. */
export function queueRoute(site: Site, path: Path, methods: Methods<Endpoint<QueueVisit>>): void {
  mount(site.app, path, methods, (c) => {
    const visit = toPlaceVisit(c, site, "queue");
    const queue = visit.place.name;
    return (endpoint) => enter(endpoint, { ...visit, queue }, queue);
  });
}

/** A route of a queue or topic: the path of itself, or `below` it. */
export function placeRoute(
  site: Site,
  kind: PlaceKind,
  below: BelowPlace,
  methods: Methods<Endpoint<PlaceVisit>>,
): void {
  mount(site.app, PLACE_PATHS[kind] + below, methods, (c) => {
    const visit = toPlaceVisit(c, site, kind);
    return (endpoint) => enter(endpoint, visit, visit.place.name);
  });
}

function toPlaceVisit(c: Here, site: Site, kind: PlaceKind): PlaceVisit {
  const visit = toVisit(c, site);
  projectOf(visit.context);
  const place = checkPlace(kind, visit.variable(kind), visit.context.principal);
  visit.context.event.place = place;
  return { ...visit, place };
}

async function enter<V extends Visit>(
  { operation, handler }: Endpoint<V>,
  visit: V,
  name: QueueName | null,
): Promise<Response> {
  // Only posts carry the count of hops. Redrives and confirmation requests would begin to count anew and could loop for ever.
  if (visit.isInside && operation.name !== postMessages.name) throw new Refusal({ kind: "not-authorized" });
  await admit(visit.context, operation, name);
  // Only requests with possibly large answers are refused here, so that a project can finish the work it has begun.
  if (handsOut(operation.name, visit.query)) visit.load.check();
  let response: Response;
  try {
    response = await handler(visit);
  } finally {
    visit.load.end();
  }
  const bytes = largeBodyOf(response);
  if (bytes === null) return response;
  const { config, waitUntil } = visit.context;
  const body = sendInPieces(bytes, { seconds: config.maxBodyWait, waitUntil, load: visit.load });
  return new Response(body, { status: response.status, headers: response.headers });
}

const HANDING_OUT: ReadonlySet<string> = new Set([
  "message_list",
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

export type Here = RouterContext<AppEnv>;

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
  // A path with an empty last variable matches its route too (core contract 1.1), which the router does not support.
  const lastSlash = path.lastIndexOf("/");
  if (path[lastSlash + 1] === ":") app.all(path.slice(0, lastSlash + 1), handle);
}

/** Refuses a request after too many hops: queues that notify each other would pass messages on for ever. */
const WENT_TOO_FAR = `The message has gone on from queue to queue ${HOPS_MAX} times, and may not again.`;

function toVisit(c: Here, { config, projectLimits, gate, bytesInFlight, signer, trusts }: Site): Visit {
  const request = c.req.raw;
  const contentLength = checkForm(request.headers);
  const origin = originOf(c);
  const who = { proven: c.get("principal"), inside: origin?.project ?? null };
  const { client, principal } = checkCaller(request.headers, config, who);
  const hops = Math.max(origin?.hops ?? 0, parseHops(request.headers.get(HOPS_HEADER)));
  if (hops > HOPS_MAX) throw new Refusal({ kind: "request-invalid", reason: WENT_TOO_FAR });
  const event = c.get("event");
  event.project = principal.project;
  const waitUntil = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work);
  return {
    request,
    context: toContext({
      principal,
      config,
      projectLimits,
      gate,
      signer,
      entrust: toEntrust(request.headers, trusts, { now: clock, waitUntil, fetch: wayToKeystone(c.env.KEYSTONE) }),
      event,
      clock,
      waitUntil,
      bindings: c.env,
    }),
    client: markClient(client, hops),
    isInside: origin !== null,
    contentLength,
    load: bytesInFlight.begin(principal.project ?? "", { clock, waitUntil }),
    query: parseQuery(rawQuery(request.url)),
    variable: (name) => c.req.param(name) ?? "",
  };
}

/** Null where the service makes no trusts, or the caller has no token of Keystone. */
function toEntrust(headers: Headers, trusts: Trusts | null, caller: KeystoneDeps): Context["entrust"] {
  if (trusts === null) return null;
  const credential = readCredential(headers);
  if (typeof credential === "string" || credential.kind !== "token") return null;
  const { token } = credential;
  return (until) => trusts.create({ token, until }, caller);
}

/** The origin of a request from a subscription; null for one from outside, which cannot have these properties. */
function originOf(c: Here): Origin | null {
  const props = c.executionCtx.props as Partial<Origin> | undefined;
  return props?.hops === undefined || props.project === undefined ? null : { hops: props.hops, project: props.project };
}

function rawQuery(url: string): string {
  const start = url.indexOf("?");
  if (start < 0) return "";
  const end = url.indexOf("#", start);
  return url.slice(start + 1, end < 0 ? url.length : end);
}
