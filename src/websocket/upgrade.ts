/**
 * Upgrade requests, which need no credential: a connection authenticates by a frame. Any hub may hold any connection. The Worker
 * tries some at random among those that it has not found full, and doubles their number when they all seem to be.
 */
import { randomFraction } from "../domain/random.ts";
import type { Config } from "../config/config.ts";
import { settlesWithin } from "../mechanisms/timeout.ts";
import { closeHub, connectTo } from "../objects/rpc/hub-access.ts";
import type { ObjectBindings } from "../operations/admission.ts";
import { capacityOf } from "../operations/capacity.ts";
import { encodeErrorJson } from "../wire/error-body.ts";
import { logFault, logRequest, newEvent, type RequestEvent } from "../telemetry/event.ts";
import { toAnswer } from "../wire/failures.ts";
import { SOCKET_PATHS } from "../wire/paths.ts";
import type { Failure } from "../domain/failure.ts";
import { identityOfUpgrade } from "./upgrade-identity.ts";

/** Full hubs that are met before all that are tried from count as full. */
const FULL_MAX = 3;
/** Doublings for one connection: enough to find room among a million connections from a width of 1. */
const DOUBLINGS_MAX = 14;
/**
 * Milliseconds for which hubs count as full. Then connections may have left them, and the search begins anew. A Worker that
 * remembered after a peak how many hubs there had been would spread few connections over all of them.
 */
const FULL_MS = 60_000;

/** Milliseconds in which waiting frames can be answered before the process stops. The start script waits for a second. */
const CLOSE_MS_MAX = 900;
/** The name of upgrades in the log. */
const OPERATION = "websocket_connect";
const NOT_CONNECTED: Failure = { kind: "unavailable", whatFailed: "The connection could not be made." };

/** The hubs of one place: those from `first` up to `width` are tried. */
interface Range {
  readonly first: number;
  readonly width: number;
  readonly since: number;
}

const FIRST: Range = { first: 0, width: 1, since: 0 };

const known = new WeakMap<Config, Hubs>();

/** The hubs of this process under these settings. */
export function hubsOf(config: Config): Hubs {
  const hubs = known.get(config) ?? new Hubs(config);
  known.set(config, hubs);
  return hubs;
}

export class Hubs {
  private readonly config: Config;
  private readonly ranges = new Map<string, Range>();
  /** Those that have accepted a connection of this process. */
  private readonly used = new Set<string>();
  private isClosed = false;

  constructor(config: Config) {
    this.config = config;
  }

  async connect(
    request: Request,
    bindings: ObjectBindings,
    { waitUntil }: { readonly waitUntil: (work: Promise<unknown>) => void },
  ): Promise<Response> {
    const start = Date.now();
    const event = newEvent(`req-${crypto.randomUUID()}`, () => Date.now() - start);
    event.operation = OPERATION;
    const response = await this.respond(request, bindings, event);
    logRequest(event, response.status, this.config.accessLog);
    const { gate, requests } = capacityOf(this.config);
    if (requests?.count("http", event, response.status, Date.now()) === true)
      waitUntil(requests.sendLater({ bindings, gate }));
    return response;
  }

  private async respond(request: Request, bindings: ObjectBindings, event: RequestEvent): Promise<Response> {
    if (!this.admitsOrigin(request)) return answer({ kind: "not-authorized" }, event);
    if (this.isClosed) return answer(NOT_CONNECTED, event);
    const identity = identityOfUpgrade(this.config, request.headers);
    if (!identity.ok) return answer(identity.failure, event);
    const faults: unknown[] = [];
    const failed = (fault: unknown): "full" => {
      faults.push(fault);
      return "full";
    };
    const response = await this.findRoom(request, bindings, failed);
    // One line, although a hub that fails is one of many that are tried.
    if (faults.length > 0) logFault(event, faults[0]);
    return response instanceof Response ? response : answer(response, event);
  }

  /** A hub that fails counts as full. Otherwise one with a damaged database would refuse every connection. */
  private async findRoom(
    request: Request,
    bindings: ObjectBindings,
    failed: (fault: unknown) => "full",
  ): Promise<Response | Failure> {
    // Close to the client: an object lives where it was first called from.
    const colo = request.cf?.["colo"];
    const where = typeof colo === "string" ? colo : "hub";
    const hubs = { HUBS: bindings.HUBS, jurisdiction: this.config.jurisdiction };
    for (let doublings = 0; doublings < DOUBLINGS_MAX; doublings++) {
      const range = this.rangeOf(where);
      const count = range.width - range.first;
      const start = Math.floor(randomFraction() * count);
      for (let tried = 0; tried < Math.min(FULL_MAX, count); tried++) {
        const hub = `${where}/${range.first + ((start + tried) % count)}`;
        const response = await connectTo(hubs, hub, request).catch(failed);
        if (response === "full") continue;
        if (response === "refused") return { kind: "not-authorized" };
        this.used.add(hub);
        return response;
      }
      this.widen(where, range);
    }
    return NOT_CONNECTED;
  }

  /** Closes all connections, because the process is about to stop, and accepts no more. In the cloud nothing calls it. */
  async close(bindings: ObjectBindings): Promise<void> {
    this.isClosed = true;
    const hubs = { HUBS: bindings.HUBS, jurisdiction: this.config.jurisdiction };
    const closing = [...this.used].map((hub) => closeHub(hubs, hub).catch(() => undefined));
    await settlesWithin(Promise.all(closing), CLOSE_MS_MAX);
  }

  private rangeOf(where: string): Range {
    const range = this.ranges.get(where);
    return range !== undefined && Math.abs(Date.now() - range.since) < FULL_MS ? range : FIRST;
  }

  /** Goes on to as many further hubs, unless another connection has done so meanwhile. */
  private widen(where: string, { width }: Range): void {
    if (this.rangeOf(where).width !== width) return;
    this.ranges.set(where, { first: width, width: width * 2, since: Date.now() });
  }

  /**
   * Pages of any origin may connect, as upstream: they need a credential, and a browser adds none to a frame. Where none is
   * needed only pages of CORS_ALLOWED_ORIGINS may, or any page that a developer opens could use the service on his machine.
   */
  private admitsOrigin(request: Request): boolean {
    const origin = request.headers.get("Origin");
    const { authStrategy, corsAllowedOrigins: allowed } = this.config;
    if (origin === null || !authStrategy.includes("none") || allowed.includes("*")) return true;
    return allowed.includes(origin) || origin === new URL(request.url).origin;
  }
}

export function isUpgrade({ method, url, headers }: Request): boolean {
  if (method !== "GET" || headers.get("Upgrade")?.toLowerCase() !== "websocket") return false;
  return SOCKET_PATHS.includes(new URL(url).pathname);
}

function answer(failure: Failure, event: RequestEvent): Response {
  const { status, headers = {}, ...body } = toAnswer(failure);
  event.code = body.code;
  return new Response(encodeErrorJson(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}
