/**
 * Cross-origin requests, outside of authentication, as upstream's middleware answers them (core contract 1.1, extended
 * contract 4.6): a preflight that asks for more than it may gets an answer without any of these headers, and so does
 * every request from an origin that is not listed. Upstream: oslo_middleware/cors.py.
 */
import type { MiddlewareHandler } from "hono";

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
];
/** What a page may send without asking (Fetch standard, CORS-safelisted request-headers, as upstream lists them). */
const SIMPLE_HEADERS = ["Accept", "Accept-Language", "Content-Type", "Cache-Control", "Content-Language", "Expires"];
const EXPOSED_HEADERS = ["X-Auth-Token", "X-Subject-Token", "X-Service-Token", "X-OpenStack-Request-ID"];
/** Seconds that a preflight's answer may be remembered. */
const MAX_AGE = 3600;

const ALLOWED_HEADERS: ReadonlySet<string> = new Set(
  [...REQUEST_HEADERS, ...SIMPLE_HEADERS, "Last-Modified", "Pragma"].map((name) => name.toLowerCase()),
);

/** `origins`: those that may call, `*` for all of them; none switches this off. */
export function cors(origins: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const { method, headers } = c.req.raw;
    const origin = headers.get("Origin");
    if (origins.length === 0 || origin === null) return next();
    const isPreflight = method === "OPTIONS" && headers.get("Access-Control-Request-Method") !== null;
    if (isPreflight) return answerPreflight(headers, allowedOrigin(origin, origins));
    await next();
    const allowed = allowedOrigin(origin, origins);
    if (allowed === null) return;
    for (const [name, value] of originHeaders(allowed)) c.res.headers.append(name, value);
    c.res.headers.set("Access-Control-Expose-Headers", EXPOSED_HEADERS.join(","));
  };
}

function answerPreflight(request: Headers, origin: string | null): Response {
  const response = new Response(null, { status: 200 });
  const method = request.get("Access-Control-Request-Method") ?? "";
  const names = (request.get("Access-Control-Request-Headers") ?? "").split(",").flatMap((name) => name.trim() || []);
  if (origin === null || !METHODS.includes(method)) return response;
  if (!names.every((name) => ALLOWED_HEADERS.has(name.toLowerCase()))) return response;
  for (const [name, value] of originHeaders(origin)) response.headers.set(name, value);
  response.headers.set("Access-Control-Max-Age", String(MAX_AGE));
  response.headers.set("Access-Control-Allow-Methods", method);
  if (names.length > 0) response.headers.set("Access-Control-Allow-Headers", names.join(","));
  return response;
}

function originHeaders(origin: string): readonly (readonly [string, string])[] {
  return [
    ["Vary", "Origin"],
    ["Access-Control-Allow-Origin", origin],
    ["Access-Control-Allow-Credentials", "true"],
  ];
}

function allowedOrigin(origin: string, origins: readonly string[]): string | null {
  if (origins.includes(origin)) return origin;
  return origins.includes("*") ? "*" : null;
}
