/**
 * The rows of the access matrix: every method of every path, as a request that succeeds for a permitted caller. Paths and methods
 * are those of the service. This table adds the documents, and the kind of each action.
 */
import { isSuccess, ask } from "../drivers/project-owner.ts";
import type { Service } from "../drivers/service.ts";
import { JSON_PATCH } from "../drivers/zaqar-client.ts";

/**
 * - `read`, `write`: reads or changes the data of a project.
 * - `see`: as `read`, but not for signed URLs.
 * - `own`: as `write`, but not for signed URLs.
 * - `admin`: for admins of the project.
 * - `operator`: for operators of the service.
 * - `options`: asks for the methods of a path, or is allowed for every authenticated caller.
 * - `nothing`: never succeeds, because there is no such path or method.
 */
export type Deed = "read" | "see" | "write" | "own" | "admin" | "operator" | "options" | "nothing";

/**
 * The scope of the request: the caller's project, one of its queues or topics, or the service, where the request names a project.
 */
export type Scope = "queue" | "topic" | "project" | "service";

interface Sample {
  readonly deed: Deed;
  /** The query of the request, if it has one. */
  readonly at?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Endpoint extends Sample {
  /** "GET /v2/queues/:queue", with the query. */
  readonly name: string;
  readonly method: string;
  /** The path with variables, as in the router. */
  readonly path: string;
  /** The path with variables and the query, as in the request. */
  readonly target: string;
  readonly scope: Scope;
  /** The resource that a signed URL has to cover; null: no signed URL can cover it. */
  readonly resource: "messages" | "claims" | "subscriptions" | null;
}

const NOTHING: readonly Sample[] = [{ deed: "nothing" }];
const READ: readonly Sample[] = [{ deed: "read" }];
const OPEN: readonly Sample[] = [{ deed: "options" }];
const WRITE: readonly Sample[] = [{ deed: "write" }];
const OWN: readonly Sample[] = [{ deed: "own" }];
const ADMIN: readonly Sample[] = [{ deed: "admin" }];
const OPERATOR: readonly Sample[] = [{ deed: "operator" }];

const SAMPLES: Readonly<Record<string, readonly Sample[]>> = {
  // Its answer is a 300, neither a refusal nor a success.
  "GET /": NOTHING,
  // No authentication.
  "GET /healthz": OPEN,
  "HEAD /healthz": OPEN,
  "GET /metrics": OPERATOR,
  "GET /openapi.json": OPEN,
  "HEAD /openapi.json": OPEN,
  // Its answer, and that of `/console`, is a 302, neither a refusal nor a success.
  "GET /docs": NOTHING,
  "HEAD /docs": NOTHING,
  "GET /docs/": OPEN,
  "HEAD /docs/": OPEN,
  "GET /docs/:file": OPEN,
  "HEAD /docs/:file": OPEN,
  "GET /console": NOTHING,
  "HEAD /console": NOTHING,
  "GET /console/": OPEN,
  "HEAD /console/": OPEN,
  "GET /console/:file": OPEN,
  "HEAD /console/:file": OPEN,
  // Every request except an upgrade is answered 426.
  "GET /v2/websocket": NOTHING,
  "GET /v2/": READ,
  "GET /v2/service": OPEN,
  "GET /v2/ping": READ,
  "HEAD /v2/ping": READ,
  "GET /v2/health": ADMIN,
  "GET /v2/queues": [
    { deed: "read", query: "?detailed=true&with_count=true" },
    { deed: "read", query: "?details=true" },
  ],
  "GET /v2/queues/:queue": [{ deed: "read" }, { deed: "read", query: "?details=true" }],
  "PUT /v2/queues/:queue": [{ deed: "write", body: { note: "put" } }],
  "PATCH /v2/queues/:queue": [
    {
      deed: "write",
      headers: { "Content-Type": JSON_PATCH },
      body: [{ op: "replace", path: "/metadata/note", value: "patched" }],
    },
  ],
  "DELETE /v2/queues/:queue": WRITE,
  "GET /v2/queues/": NOTHING,
  "PUT /v2/queues/": NOTHING,
  "PATCH /v2/queues/": NOTHING,
  "DELETE /v2/queues/": NOTHING,
  "GET /v2/queues/:queue/stats": READ,
  "GET /v2/queues/:queue/figures": READ,
  "GET /v2/queues/:queue/redrive": READ,
  "POST /v2/queues/:queue/redrive": WRITE,
  "DELETE /v2/queues/:queue/redrive": WRITE,
  "POST /v2/queues/:queue/share": [{ deed: "write", body: { methods: ["GET"] } }],
  "POST /v2/queues/:queue/purge": [{ deed: "write", body: { resource_types: ["messages"] } }],
  "GET /v2/queues/:queue/messages": [
    { deed: "read", query: "?echo=true&include_claimed=true" },
    { deed: "read", query: "?ids=:message,:claimed" },
  ],
  "POST /v2/queues/:queue/messages": [{ deed: "write", body: { messages: [{ body: "posted" }] } }],
  "DELETE /v2/queues/:queue/messages": [
    { deed: "write", query: "?ids=:message,:claimed" },
    { deed: "write", query: "?pop=1" },
  ],
  "GET /v2/queues/:queue/messages/:message": READ,
  "DELETE /v2/queues/:queue/messages/:message": [
    { deed: "write" },
    { deed: "write", at: "/v2/queues/:queue/messages/:claimed", query: "?claim_id=:claim" },
  ],
  "GET /v2/queues/:queue/messages/": NOTHING,
  // The deletion of a missing resource succeeds.
  "DELETE /v2/queues/:queue/messages/": WRITE,
  "POST /v2/queues/:queue/claims": [{ deed: "write", body: { ttl: 60, grace: 60 } }],
  "DELETE /v2/queues/:queue/claims": [{ deed: "write", query: "?waiting=true" }],
  "GET /v2/queues/:queue/claims/:claim": READ,
  "PATCH /v2/queues/:queue/claims/:claim": [{ deed: "write", body: { ttl: 60, grace: 60 } }],
  "DELETE /v2/queues/:queue/claims/:claim": WRITE,
  "POST /v2/queues/:queue/claims/:claim/settle": [{ deed: "own", body: { delete: [":claimed"] } }],
  "GET /v2/queues/:queue/claims/": NOTHING,
  "PATCH /v2/queues/:queue/claims/": [{ deed: "nothing", body: {} }],
  "DELETE /v2/queues/:queue/claims/": WRITE,
  "GET /v2/queues/:queue/subscriptions": READ,
  "POST /v2/queues/:queue/subscriptions": [{ deed: "write", body: { subscriber: "mailto:new@subscriber.test" } }],
  "GET /v2/queues/:queue/subscriptions/:subscription": READ,
  "PATCH /v2/queues/:queue/subscriptions/:subscription": [{ deed: "write", body: { ttl: 600 } }],
  "DELETE /v2/queues/:queue/subscriptions/:subscription": WRITE,
  "GET /v2/queues/:queue/subscriptions/": NOTHING,
  "PATCH /v2/queues/:queue/subscriptions/": [{ deed: "nothing", body: { ttl: 600 } }],
  "DELETE /v2/queues/:queue/subscriptions/": WRITE,
  "PUT /v2/queues/:queue/subscriptions/:subscription/confirm": [{ deed: "write", body: { confirmed: true } }],
  "GET /v2/queues/:queue/subscriptions/:subscription/deliveries": [
    { deed: "read" },
    { deed: "see", query: "?state=failed" },
  ],
  "POST /v2/queues/:queue/subscriptions/:subscription/redeliver": OWN,
  "POST /v2/queues/:queue/subscriptions/:subscription/test": OWN,
  "POST /v2/queues/:queue/subscriptions/:subscription/secret": OWN,
  "GET /v2/topics": [{ deed: "read", query: "?detailed=true" }],
  "GET /v2/topics/:topic": READ,
  "PUT /v2/topics/:topic": [{ deed: "write", body: { note: "put" } }],
  "PATCH /v2/topics/:topic": [
    {
      deed: "write",
      headers: { "Content-Type": JSON_PATCH },
      body: [{ op: "replace", path: "/metadata/note", value: "patched" }],
    },
  ],
  "DELETE /v2/topics/:topic": WRITE,
  "GET /v2/topics/": NOTHING,
  "PUT /v2/topics/": NOTHING,
  "PATCH /v2/topics/": NOTHING,
  "DELETE /v2/topics/": NOTHING,
  "GET /v2/topics/:topic/stats": READ,
  "GET /v2/topics/:topic/figures": READ,
  "POST /v2/topics/:topic/purge": [{ deed: "write", body: { resource_types: ["messages"] } }],
  "GET /v2/topics/:topic/messages": [
    { deed: "read", query: "?echo=true&include_claimed=true" },
    { deed: "read", query: "?ids=:message" },
  ],
  "POST /v2/topics/:topic/messages": [{ deed: "write", body: { messages: [{ body: "posted" }] } }],
  "DELETE /v2/topics/:topic/messages": [
    { deed: "write", query: "?ids=:message" },
    { deed: "write", query: "?pop=1" },
  ],
  "GET /v2/topics/:topic/messages/:message": READ,
  "DELETE /v2/topics/:topic/messages/:message": WRITE,
  "GET /v2/topics/:topic/messages/": NOTHING,
  "DELETE /v2/topics/:topic/messages/": WRITE,
  "GET /v2/topics/:topic/subscriptions": READ,
  "POST /v2/topics/:topic/subscriptions": [{ deed: "write", body: { subscriber: "mailto:new@subscriber.test" } }],
  "GET /v2/topics/:topic/subscriptions/:subscription": READ,
  "PATCH /v2/topics/:topic/subscriptions/:subscription": [{ deed: "write", body: { ttl: 600 } }],
  "DELETE /v2/topics/:topic/subscriptions/:subscription": WRITE,
  "GET /v2/topics/:topic/subscriptions/": NOTHING,
  "PATCH /v2/topics/:topic/subscriptions/": [{ deed: "nothing", body: { ttl: 600 } }],
  "DELETE /v2/topics/:topic/subscriptions/": WRITE,
  "PUT /v2/topics/:topic/subscriptions/:subscription/confirm": [{ deed: "write", body: { confirmed: true } }],
  "GET /v2/topics/:topic/subscriptions/:subscription/deliveries": [
    { deed: "read" },
    { deed: "see", query: "?state=failed" },
  ],
  "POST /v2/topics/:topic/subscriptions/:subscription/redeliver": OWN,
  "POST /v2/topics/:topic/subscriptions/:subscription/test": OWN,
  "POST /v2/topics/:topic/subscriptions/:subscription/secret": OWN,
  "GET /v2/pools": OPERATOR,
  "GET /v2/pools/:pool": OPERATOR,
  "PUT /v2/pools/:pool": [{ deed: "operator", body: { uri: "durable-object://sam", weight: 1 } }],
  "PATCH /v2/pools/:pool": [{ deed: "operator", body: { weight: 2 } }],
  "DELETE /v2/pools/:pool": OPERATOR,
  "GET /v2/pools/": NOTHING,
  "PUT /v2/pools/": [{ deed: "nothing", body: { uri: "durable-object://oc", weight: 1 } }],
  "PATCH /v2/pools/": [{ deed: "nothing", body: { weight: 2 } }],
  // The deletion of a missing resource succeeds.
  "DELETE /v2/pools/": OPERATOR,
  "GET /v2/flavors": READ,
  "GET /v2/flavors/:flavor": READ,
  "PUT /v2/flavors/:flavor": [{ deed: "operator", body: { pool_list: [":flavored"] } }],
  "PATCH /v2/flavors/:flavor": [{ deed: "operator", body: { pool_list: [":flavored"] } }],
  "DELETE /v2/flavors/:flavor": OPERATOR,
  "GET /v2/flavors/": NOTHING,
  "PUT /v2/flavors/": [{ deed: "nothing", body: { pool_list: [":flavored"] } }],
  "PATCH /v2/flavors/": [{ deed: "nothing", body: { pool_list: [":flavored"] } }],
  "DELETE /v2/flavors/": OPERATOR,
  "GET /v2/overview": [{ deed: "read", query: "?consumers=true" }],
  "GET /v2/series": [{ deed: "read", query: "?queue=:queue" }],
  "GET /v2/usage": [{ deed: "admin", query: "?project_id=:project" }],
  "GET /v2/projects": OPERATOR,
  "GET /v2/keys": [{ deed: "admin", query: "?project_id=:project" }],
  "POST /v2/keys": [{ deed: "admin", body: { project_id: ":project", roles: ["reader"] } }],
  "GET /v2/keys/:key": ADMIN,
  "DELETE /v2/keys/:key": ADMIN,
  "GET /v2/keys/": NOTHING,
  "DELETE /v2/keys/": NOTHING,
  "GET /v2/quotas": [{ deed: "read", query: "?queue=:queue" }],
  "GET /v2/quotas/:project": READ,
  "PUT /v2/quotas/:project": [{ deed: "operator", body: { queues: 50 } }],
  "DELETE /v2/quotas/:project": OPERATOR,
  "GET /v2/quotas/": NOTHING,
  "PUT /v2/quotas/": [{ deed: "nothing", body: { queues: 50 } }],
  "DELETE /v2/quotas/": NOTHING,
};

/** Paths that the router must not confuse with others, and methods that a path does not have. */
const STRAYS = [
  "GET /v2",
  "GET /v2/nowhere",
  "GET /V2/queues",
  "GET //v2/queues",
  "GET /v2//queues",
  "GET /v2/queues/:queue/",
  "GET /v2/queues/:queue%2Fmessages",
  "POST /v2/queues",
  "HEAD /v2/queues/:queue",
  "GET /v2/queues/:queue/claims",
  "POST /v2/topics",
  "POST /v2/topics/:topic/claims",
  "POST /v2/topics/:topic/share",
  "POST /v2/topics/:topic/redrive",
  "POST /v2/quotas/:project",
];

/** The endpoints of the service. Throws if the service and the table above do not have the same methods. */
export async function endpointsOf(service: Service, credential: Readonly<Record<string, string>>): Promise<Endpoint[]> {
  const found: Endpoint[] = [];
  for (const path of service.paths) {
    const reply = await ask(service, "OPTIONS", path, { headers: credential });
    if (!isSuccess(reply)) throw new Error(`OPTIONS ${path} does not say which methods there are: ${reply.status}`);
    for (const method of (reply.headers.get("Allow") ?? "").split(", ")) {
      const samples = method === "OPTIONS" ? [{ deed: "options" } as const] : SAMPLES[`${method} ${path}`];
      if (samples === undefined) {
        throw new Error(
          `${method} ${path} is new: add to SAMPLES in test/support/access/endpoints.ts how it is asked for.`,
        );
      }
      found.push(...samples.map((sample) => toEndpoint(method, path, sample)));
    }
  }
  const gone = Object.keys(SAMPLES).find((key) => !found.some(({ method, path }) => `${method} ${path}` === key));
  if (gone !== undefined) throw new Error(`${gone} does not exist: take it out of test/support/access/endpoints.ts.`);
  const strays = STRAYS.map((stray) => {
    const [method = "", path = ""] = stray.split(" ");
    return toEndpoint(method, path, { deed: "nothing" });
  });
  return [...found, ...strays];
}

function toEndpoint(method: string, path: string, sample: Sample): Endpoint {
  const [, below = null] = /^\/v2\/queues\/:queue\/(messages|claims|subscriptions)(?:\/|$)/.exec(path) ?? [];
  const target = (sample.at ?? path) + (sample.query ?? "");
  return {
    ...sample,
    name: `${method} ${target}`,
    method,
    path,
    target,
    scope: scopeOf(path),
    resource: below as Endpoint["resource"],
  };
}

function scopeOf(path: string): Scope {
  if (path.startsWith("/v2/queues/")) return "queue";
  if (path.startsWith("/v2/topics/")) return "topic";
  return /^\/metrics$|^\/v2\/(?:keys|health|pools|service|usage|projects|quotas\/)/.test(path) ? "service" : "project";
}

/** Replaces the variables of a text by their values. */
export function fill(text: string, targets: Readonly<Record<string, string>>): string {
  return text.replace(/:([a-z]+)/g, (_, name: string) => {
    const value = targets[name];
    if (value === undefined) throw new Error(`Nothing stands for :${name} yet: add it to the targets of the matrix.`);
    return encodeURIComponent(value);
  });
}

/** Replaces the variables of a body by their values. Only whole texts are variables. */
export function fillBody(body: unknown, targets: Readonly<Record<string, string>>): unknown {
  return JSON.parse(JSON.stringify(body), (_, value: unknown) =>
    typeof value === "string" && value.startsWith(":") ? targets[value.slice(1)] : value,
  );
}
