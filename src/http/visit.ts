/**
 * Requests on their way to an operation: what every route finds out from headers, path and query before the admission, and what
 * of it the handlers see.
 */
import type { Context as RouterContext, Hono } from "hono";
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
import { toCaller, type Caller, type Door, type ObjectBindings, type WakeGate } from "../operations/admission.ts";
import { projectOf, type Context, type PlaceContext } from "../operations/context.ts";
import { checkPlace } from "../operations/names.ts";
import type { ProjectLimits } from "../operations/project-limits.ts";
import type { Shutdown } from "../operations/shutdown.ts";
import type { RequestEvent } from "../telemetry/event.ts";
import { parseQuery, type Query } from "../wire/query.ts";
import type { BytesInFlight, Load } from "./bytes-in-flight.ts";
import { checkCaller, checkForm } from "./gate.ts";
import { clock } from "./middleware/record-request.ts";

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

/** A request that has been admitted, as its handler sees it: without a way to the objects but the operation it performs. */
export interface Visit {
  readonly request: Request;
  readonly config: Config;
  readonly principal: Principal;
  readonly client: ClientId;
  /** Bytes of the body; null when the request announced none. */
  readonly contentLength: number | null;
  /** The account of the bytes that its body and answer hold in memory. */
  readonly load: Load;
  readonly query: Query;
  /** A variable of the path, "" when it is left out. */
  readonly variable: (name: string) => string;
  /** Lets work outlive the request. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export interface PlaceVisit extends Visit {
  readonly place: Place;
}

export type Here = RouterContext<AppEnv>;

/** A request that has passed the header checks. */
export interface Received {
  readonly visit: Visit;
  readonly caller: Caller;
  /** Whether the request comes from a subscription of this service. */
  readonly isInside: boolean;
}

/** A request at the door of the scope that its path names. */
export interface Arrival<V extends Visit, Scope extends Context> extends Pick<Received, "isInside"> {
  readonly visit: V;
  readonly door: Door<Scope>;
}

/** Refuses a request after too many hops: queues that notify each other would pass messages on for ever. */
const WENT_TOO_FAR = `The message has gone on from queue to queue ${HOPS_MAX} times, and may not again.`;

/** The checks that precede every admission, and the caller of the request. */
export function receive(c: Here, site: Site): Received {
  const { config, projectLimits, gate, bytesInFlight, signer, trusts } = site;
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
  const keystone = { now: clock, waitUntil, fetch: keystoneFetch(c.env.KEYSTONE) };
  const createTrust = toEntrust(request.headers, trusts, keystone);
  const context = { principal, config, projectLimits, signer, createTrust, event, clock, waitUntil };
  return {
    caller: toCaller(context, { bindings: c.env, gate }),
    visit: {
      request,
      config,
      principal,
      client: encodeHops(client, hops),
      contentLength,
      load: bytesInFlight.begin(principal.project ?? "", { clock, waitUntil }),
      query: parseQuery(rawQuery(request.url)),
      variable: (name) => c.req.param(name) ?? "",
      waitUntil,
    },
    isInside: origin !== null,
  };
}

/** As `receive`, at the door of the queue or topic that the path names. */
export function arriveAt<K extends PlaceKind>(
  c: Here,
  site: Site,
  kind: K,
): Arrival<PlaceVisit, PlaceContext<Place<K>>> {
  const { visit, caller, isInside } = receive(c, site);
  // Before the name in the path: a principal without a project does not learn which names are valid.
  projectOf(visit.principal);
  const place = checkPlace(kind, visit.variable(kind), visit.principal);
  c.get("event").place = place;
  return { visit: { ...visit, place }, door: caller.placeDoor(place), isInside };
}

/** Null where the service makes no trusts, or the caller has no token of Keystone. */
function toEntrust(headers: Headers, trusts: Trusts | null, caller: KeystoneDeps): Context["createTrust"] {
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
