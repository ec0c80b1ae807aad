/**
 * Upgrade requests, which carry no credential: a connection authenticates by a frame. Any hub may hold any connection. The Worker
 * tries some at random, among as many as it has reason to think there are, and doubles that number when all of them are full.
 */
import { randomFraction } from "../domain/random.ts";
import type { Config } from "../config/config.ts";
import { connectTo } from "../objects/rpc/hub.ts";
import type { ObjectBindings } from "../operations/admission.ts";
import { encodeErrorJson } from "../wire/error-body.ts";
import { toAnswer } from "../wire/failures.ts";
import { SOCKET_PATHS } from "../wire/paths.ts";
import type { Failure } from "../domain/failure.ts";

/** Full hubs that are met before the number of hubs is doubled: with so many at random, most are full. */
const FULL_MAX = 3;
/** Doublings for one connection: enough to find room among a million connections from a width of 1. */
const DOUBLINGS_MAX = 14;

export class Hubs {
  private readonly config: Config;
  /** The number of hubs in each place that connections are spread over. */
  private readonly widths = new Map<string, number>();

  constructor(config: Config) {
    this.config = config;
  }

  async connect(request: Request, bindings: ObjectBindings): Promise<Response> {
    if (!this.admitsOrigin(request)) return answer({ kind: "not-authorized" });
    // Close to the client: an object lives where it was first called from.
    const colo = request.cf?.["colo"];
    const where = typeof colo === "string" ? colo : "hub";
    const hubs = { HUBS: bindings.HUBS, jurisdiction: this.config.jurisdiction };
    for (let doublings = 0; doublings < DOUBLINGS_MAX; doublings++) {
      const width = this.widths.get(where) ?? 1;
      const first = Math.floor(randomFraction() * width);
      for (let tried = 0; tried < Math.min(FULL_MAX, width); tried++) {
        const response = await connectTo(hubs, `${where}/${(first + tried) % width}`, request);
        if (response !== null) return response;
      }
      this.widths.set(where, width * 2);
    }
    return answer({ kind: "unavailable", whatFailed: "The connection could not be made." });
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

function answer(failure: Failure): Response {
  const { status, headers = {}, ...body } = toAnswer(failure);
  return new Response(encodeErrorJson(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}
