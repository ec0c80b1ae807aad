/**
 * CORS. It precedes authentication, as in upstream. A preflight request for a method or header that is not allowed gets an answer
 * without CORS headers, and so does every request from an origin that is not allowed. Upstream's lists of headers lack most
 * headers of its own API, and those of ours. Upstream: oslo_middleware/cors.py.
 */
import type { MiddlewareHandler } from "hono";
import type { Config } from "../../config/config.ts";
import { NOTICE_HEADER } from "../../wire/notices.ts";

const METHODS = ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD"];
const REQUEST_HEADERS = [
  "X-Auth-Token",
  "X-Identity-Status",
  "X-Roles",
  "X-Service-Catalog",
  "X-User-Id",
  "X-Tenant-Id",
  "X-OpenStack-Request-ID",
  "X-Trace-Info",
  "X-Trace-HMAC",
  "Client-id",
  // The other headers that the API reads.
  "Authorization",
  "X-Project-ID",
  "X-Tenant",
  "URL-Signature",
  "URL-Expires",
  "URL-Methods",
  "URL-Paths",
  "Prefer",
  "Idempotency-Key",
  "Content-Encoding",
  // W3C Trace Context. `tracestate` is not read, but pages that trace their requests send it.
  "traceparent",
  "tracestate",
];
/** Headers that a page may send without a preflight (Fetch standard, CORS-safelisted request-headers, as upstream lists them). */
const SIMPLE_HEADERS = ["Accept", "Accept-Language", "Content-Type", "Cache-Control", "Content-Language", "Expires"];
const EXPOSED_HEADERS = [
  "X-Auth-Token",
  "X-Subject-Token",
  "X-Service-Token",
  "X-OpenStack-Request-ID",
  "Accept-Encoding",
  "Allow",
  "Content-Location",
  "Location",
  "Preference-Applied",
  "Retry-After",
  NOTICE_HEADER,
  "WWW-Authenticate",
];
/** Seconds for which a browser may cache the answer to a preflight request. */
const MAX_AGE = 3600;

/** The operator's lists. */
type CorsConfig = Pick<Config, "corsAllowedOrigins" | "corsAllowHeaders" | "corsExposeHeaders">;

/** null: CORS is switched off. */
export function cors({ corsAllowedOrigins: origins, ...more }: CorsConfig): MiddlewareHandler | null {
  if (origins.length === 0) return null;
  const names = [...REQUEST_HEADERS, ...SIMPLE_HEADERS, "Last-Modified", "Pragma", ...more.corsAllowHeaders];
  const allowedHeaders = new Set(names.map((name) => name.toLowerCase()));
  const exposedHeaders = [...EXPOSED_HEADERS, ...more.corsExposeHeaders].join(",");
  return async (c, next): Promise<Response | void> => {
    const { method, headers } = c.req.raw;
    const origin = headers.get("Origin");
    const allowed = origin === null ? null : allowedOrigin(origin, origins);
    const isPreflight = method === "OPTIONS" && headers.get("Access-Control-Request-Method") !== null;
    if (origin !== null && isPreflight) return answerPreflight(headers, allowed, allowedHeaders);
    await next();
    // Also for a request without an Origin header, so that no cache uses its answer for a request with one.
    c.res.headers.append("Vary", "Origin");
    if (allowed === null) return;
    for (const [name, value] of originHeaders(allowed)) c.res.headers.set(name, value);
    c.res.headers.set("Access-Control-Expose-Headers", exposedHeaders);
  };
}

function answerPreflight(request: Headers, origin: string | null, allowedHeaders: ReadonlySet<string>): Response {
  const response = new Response(null, { status: 200, headers: { Vary: "Origin" } });
  const method = request.get("Access-Control-Request-Method") ?? "";
  const names = (request.get("Access-Control-Request-Headers") ?? "").split(",").flatMap((name) => name.trim() || []);
  if (origin === null || !METHODS.includes(method)) return response;
  if (!names.every((name) => allowedHeaders.has(name.toLowerCase()))) return response;
  for (const [name, value] of originHeaders(origin)) response.headers.set(name, value);
  response.headers.set("Access-Control-Max-Age", String(MAX_AGE));
  response.headers.set("Access-Control-Allow-Methods", method);
  // Without repeats, so that the size of the answer does not grow with the request.
  const named = new Set(names);
  if (named.size > 0) response.headers.set("Access-Control-Allow-Headers", [...named].join(","));
  return response;
}

function originHeaders(origin: string): readonly (readonly [string, string])[] {
  return [
    ["Access-Control-Allow-Origin", origin],
    ["Access-Control-Allow-Credentials", "true"],
  ];
}

function allowedOrigin(origin: string, origins: readonly string[]): string | null {
  if (origins.includes(origin)) return origin;
  return origins.includes("*") ? "*" : null;
}
