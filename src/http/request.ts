/**
 * Requests before admission: the checks of headers and path that all routes have in common, and the request as handlers see it.
 */
import type { Context as RouterContext } from "hono";
import type { HonoBase } from "hono/hono-base";
import { readCredential } from "../auth/credential.ts";
import { keystoneFetch, type KeystoneDeps } from "../auth/keystone.ts";
import type { Principal } from "../auth/principal.ts";
import type { UrlSigner } from "../auth/signed-url.ts";
import type { Trusts } from "../auth/trusts.ts";
import type { Config } from "../config/config.ts";
import { HOPS_HEADER, HOPS_MAX, encodeHops, parseHops, type Origin } from "../domain/hops.ts";
import type { ClientId } from "../domain/id.ts";
import type { Place, PlaceKind } from "../domain/place.ts";
import { Refusal } from "../domain/refusal.ts";
import { err } from "../domain/result.ts";
import { toCaller, type Caller, type Door, type ObjectBindings, type WakeGate } from "../operations/admission.ts";
import { projectOf, type Context, type PlaceContext } from "../operations/context.ts";
import type { Capacity } from "../operations/capacity.ts";
import { checkPlace } from "../operations/names.ts";
import type { ProjectLimits } from "../operations/project-limits.ts";
import type { Shutdown } from "../operations/shutdown.ts";
import type { RequestEvent } from "../telemetry/event.ts";
import { parseQuery, type Query } from "../wire/query.ts";
import type { BytesInFlight, ByteAccount } from "./bytes-in-flight.ts";
import { clock } from "./clock.ts";
import { checkCaller, checkHeaders } from "./header-checks.ts";

export interface AppEnv {
  readonly Bindings: ObjectBindings;
  readonly Variables: { readonly event: RequestEvent; readonly principal: Principal | null };
}

/** The dependencies of routes: the app to which they are added, and what all requests share. */
export interface RouteDeps {
  readonly app: HonoBase<AppEnv>;
  readonly config: Config;
  readonly projectLimits: ProjectLimits;
  readonly bytesInFlight: BytesInFlight;
  readonly gate: WakeGate;
  /** null: no figures are kept. */
  readonly reporters: Capacity["reporters"];
  readonly shutdown: Shutdown;
  readonly signer: UrlSigner;
  /** null: the service cannot create Keystone trusts. */
  readonly trusts: Trusts | null;
}

/** A request as its handler sees it. It has no stubs: the admitted operation is the handler's only access to objects. */
export interface ApiRequest {
  readonly raw: Request;
  readonly config: Config;
  readonly principal: Principal;
  readonly client: ClientId;
  /** The Content-Length; null: there is none. */
  readonly contentLength: number | null;
  /** The account of the bytes of a large body or answer. */
  readonly bytes: ByteAccount;
  readonly query: Query;
  /** A variable of the path; "": it is absent. */
  readonly variable: (name: string) => string;
  /** Lets work outlive the request. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export interface PlaceRequest extends ApiRequest {
  readonly place: Place;
}

export type RouteContext = RouterContext<AppEnv>;

/** A request that has passed the header checks. */
export interface CheckedRequest {
  readonly request: ApiRequest;
  readonly caller: Caller;
  /** Whether the request comes from a subscription of this service. */
  readonly isInside: boolean;
}

/** A request at the door of the scope that its path names. */
export interface RequestAtDoor<V extends ApiRequest, Scope extends Context> extends Pick<CheckedRequest, "isInside"> {
  readonly request: V;
  readonly door: Door<Scope>;
}

/** The limit of hops. Without it, queues that notify each other would pass messages on for ever. */
const TOO_MANY_HOPS = `Notifications have passed the message on from queue to queue ${HOPS_MAX} times, which is the maximum.`;

/** Runs the checks that precede admission. */
export function checkRequest(c: RouteContext, deps: RouteDeps): CheckedRequest {
  const { config, projectLimits, gate, reporters, bytesInFlight, signer, trusts } = deps;
  const raw = c.req.raw;
  const contentLength = checkHeaders(raw.headers);
  const origin = originOf(c);
  const who = { proven: c.get("principal"), inside: origin?.project ?? null };
  const { client, principal } = checkCaller(raw.headers, config, who);
  const hops = Math.max(origin?.hops ?? 0, parseHops(raw.headers.get(HOPS_HEADER)));
  if (hops > HOPS_MAX) throw new Refusal({ kind: "request-invalid", reason: TOO_MANY_HOPS });
  const sender = encodeHops(client, hops);
  const event = c.get("event");
  event.project = principal.project;
  const waitUntil = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work);
  const keystone = { now: clock, waitUntil, fetch: keystoneFetch(c.env.KEYSTONE) };
  const createTrust = toCreateTrust(raw.headers, principal, trusts, keystone);
  const context = { principal, config, projectLimits, signer, createTrust, event, clock, waitUntil };
  return {
    caller: toCaller(context, { bindings: c.env, gate, reporters, client: sender }),
    request: {
      raw,
      config,
      principal,
      client: sender,
      contentLength,
      bytes: bytesInFlight.openAccount(principal.project ?? "", { clock, waitUntil }),
      query: parseQuery(rawQuery(raw.url)),
      variable: (name) => c.req.param(name) ?? "",
      waitUntil,
    },
    isInside: origin !== null,
  };
}

/** As `checkRequest`, for a path with the name of a queue or topic. */
export function checkPlaceRequest<K extends PlaceKind>(
  c: RouteContext,
  deps: RouteDeps,
  kind: K,
): RequestAtDoor<PlaceRequest, PlaceContext<Place<K>>> {
  const { request, caller, isInside } = checkRequest(c, deps);
  // Before the check of the name, so that a principal without a project does not learn which names are valid.
  projectOf(request.principal);
  const place = checkPlace(kind, request.variable(kind), request.principal);
  c.get("event").place = place;
  return { request: { ...request, place }, door: caller.placeDoor(place), isInside };
}

/** null: the service cannot create trusts, or the caller has no Keystone token. */
function toCreateTrust(
  headers: Headers,
  { proof }: Principal,
  trusts: Trusts | null,
  caller: KeystoneDeps,
): Context["createTrust"] {
  if (trusts === null || proof !== "keystone") return null;
  return async (until) => {
    const credential = readCredential(headers);
    if (typeof credential === "string" || credential.kind !== "token") return err({ kind: "not-authorized" });
    return await trusts.create({ token: credential.token, until }, caller);
  };
}

/** The origin of a request from a subscription; null: it comes from outside. Only the service can set these properties. */
export function originOf(c: RouteContext): Origin | null {
  const props = c.executionCtx.props as Partial<Origin> | undefined;
  return props?.hops === undefined || props.project === undefined ? null : { hops: props.hops, project: props.project };
}

export function rawQuery(url: string): string {
  const start = url.indexOf("?");
  if (start < 0) return "";
  const end = url.indexOf("#", start);
  return url.slice(start + 1, end < 0 ? url.length : end);
}
