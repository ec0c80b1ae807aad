/**
 * Routes: a path, and what its methods do. One handler per path, so that the checks, 405 and OPTIONS are the same
 * everywhere and no method exists by accident (the router takes a HEAD for a GET).
 */
import type { Context as RouterContext, Hono } from "hono";
import type { Config } from "../config.ts";
import type { ClientId, QueueName } from "../domain/id.ts";
import { Refusal } from "../domain/refusal.ts";
import { toContext, type Context, type ObjectBindings } from "../operations/operation.ts";
import type { RequestEvent } from "../telemetry/event.ts";
import { parseQuery, type Query } from "../wire/query.ts";
import { checkCaller, checkForm, checkQueue } from "./gate.ts";
import { clock } from "./middleware/record-request.ts";

export interface AppEnv {
  readonly Bindings: ObjectBindings;
  readonly Variables: { readonly event: RequestEvent };
}

/** The service under construction. */
export interface Site {
  readonly app: Hono<AppEnv>;
  readonly config: Config;
}

/** A request that has passed the gate. */
export interface Visit {
  readonly request: Request;
  readonly context: Context;
  readonly client: ClientId;
  /** Bytes of the body; null when the request announced none. */
  readonly contentLength: number | null;
  readonly query: Query;
  /** A variable of the path, "" when it is left out. */
  readonly variable: (name: string) => string;
}

export interface QueueVisit extends Visit {
  readonly queue: QueueName;
}

type Handler<V> = (visit: V) => Response | Promise<Response>;
type Method = "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";
type Methods<V> = Readonly<Partial<Record<Method, Handler<V>>>>;

/** A route that needs neither client nor project. */
export function openRoute({ app }: Site, path: string, methods: Methods<Request>): void {
  mount(app, path, methods, (c) => {
    checkForm(c.req.raw.headers);
    return c.req.raw;
  });
}

/** A route of a project. */
export function projectRoute({ app, config }: Site, path: string, methods: Methods<Visit>): void {
  mount(app, path, methods, (c) => toVisit(c, config));
}

/** A route of a queue, which the path's variable `queue` names. */
export function queueRoute({ app, config }: Site, path: string, methods: Methods<QueueVisit>): void {
  mount(app, path, methods, (c) => {
    const visit = toVisit(c, config);
    return { ...visit, queue: checkQueue(visit.variable("queue"), visit.context.principal) };
  });
}

type Here = RouterContext<AppEnv>;

function mount<V>(app: Hono<AppEnv>, path: string, methods: Methods<V>, enter: (c: Here) => V): void {
  const handlers: ReadonlyMap<string, Handler<V>> = new Map(Object.entries(methods));
  const allow = [...[...handlers.keys()].toSorted(), "OPTIONS"];
  const handle = (c: Here): Response | Promise<Response> => {
    // Before the checks: a preflight carries none of the headers they ask for.
    if (c.req.method === "OPTIONS") return new Response(null, { status: 200, headers: { Allow: allow.join(", ") } });
    const visit = enter(c);
    const handler = handlers.get(c.req.method);
    if (handler === undefined) throw new Refusal({ kind: "method-not-allowed", allow });
    return handler(visit);
  };
  app.all(path, handle);
  // An empty last variable still matches its route (core contract 1.1), which the router does not know.
  const lastSlash = path.lastIndexOf("/");
  if (path[lastSlash + 1] === ":") app.all(path.slice(0, lastSlash + 1), handle);
}

function toVisit(c: Here, config: Config): Visit {
  const request = c.req.raw;
  const contentLength = checkForm(request.headers);
  const { client, principal } = checkCaller(request.headers, config);
  const event = c.get("event");
  event.project = principal.project;
  return {
    request,
    context: toContext({ principal, config, event, clock, bindings: c.env }),
    client,
    contentLength,
    query: parseQuery(rawQuery(request.url)),
    variable: (name) => c.req.param(name) ?? "",
  };
}

function rawQuery(url: string): string {
  const start = url.indexOf("?");
  if (start < 0) return "";
  const end = url.indexOf("#", start);
  return url.slice(start + 1, end < 0 ? url.length : end);
}
