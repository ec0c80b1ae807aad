/**
 * The columns of the access matrix: every kind of credential. The permissions of each are stated here independently of the
 * service's rules, so that a change of the rules is noticed.
 */
import type { AccessFixture, Credentials, UrlChange } from "./fixture.ts";
import type { Deed, Endpoint } from "./endpoints.ts";

type Headers = Readonly<Record<string, string>>;

export interface Caller {
  readonly group: Group;
  /** The heading of the column. */
  readonly name: string;
  readonly meaning: string;
  headers(fixture: AccessFixture, endpoint: Endpoint): Headers | Promise<Headers>;
  /** "elsewhere": the request may succeed, but concerns another project. */
  expects(endpoint: Endpoint): boolean | "elsewhere";
  /** The status of every refusal of this caller; null: it depends on the request. */
  readonly refusal: 401 | 404 | null;
}

export const GROUPS = {
  invalid: "Without a valid credential",
  token: "With a token of Keystone",
  key: "With an API key",
  url: "With a signed URL",
} as const;
export type Group = keyof typeof GROUPS;

const PROJECT_DEEDS: Readonly<Record<"reader" | "member" | "admin", readonly Deed[]>> = {
  reader: ["read", "see", "options"],
  member: ["read", "see", "write", "own", "options"],
  admin: ["read", "see", "write", "own", "admin", "options"],
};
const SERVICE_DEEDS: readonly Deed[] = ["read", "admin", "operator"];

/** A path that needs no credential. */
function isOpenPath(path: string): boolean {
  if (["/", "/healthz", "/openapi.json", "/docs", "/console", "/v2/websocket"].includes(path)) return true;
  return /^\/(?:docs|console)\//.test(path);
}

function asNobody(endpoint: Endpoint): boolean {
  return isOpenPath(endpoint.path) && endpoint.deed === "options";
}

function asRole(role: keyof typeof PROJECT_DEEDS): Caller["expects"] {
  return ({ deed }) => PROJECT_DEEDS[role].includes(deed);
}

/** A caller without a project: only requests that name one, or concern none. */
function asOperatorOfNoProject({ deed, scope }: Endpoint): boolean {
  return deed === "options" || (scope === "service" && SERVICE_DEEDS.includes(deed));
}

function bySignature({ resource, deed, path }: Endpoint): boolean {
  return (resource !== null && (deed === "read" || deed === "write")) || (isOpenPath(path) && deed === "options");
}

interface Described {
  readonly name: string;
  readonly meaning: string;
}

function invalid(
  described: Described,
  headers: (fixture: AccessFixture, endpoint: Endpoint) => Headers | Promise<Headers>,
): Caller {
  return { ...described, group: "invalid", headers, expects: asNobody, refusal: 401 };
}

function token(described: Described, pick: (held: Credentials) => string, expects: Caller["expects"]): Caller {
  const headers = ({ credentials }: AccessFixture): Headers => ({ "X-Auth-Token": pick(credentials) });
  return { ...described, group: "token", headers, expects, refusal: null };
}

function key(described: Described, pick: (held: Credentials) => string, expects: Caller["expects"]): Caller {
  const headers = ({ credentials }: AccessFixture): Headers => bearer(pick(credentials));
  return { ...described, group: "key", headers, expects, refusal: null };
}

function url(described: Described, change: UrlChange): Caller {
  const headers = (fixture: AccessFixture, endpoint: Endpoint): Promise<Headers> => fixture.url(change, endpoint);
  return { ...described, group: "url", headers, expects: asNobody, refusal: 404 };
}

function goodUrl(described: Described, change: UrlChange): Caller {
  return { ...url(described, change), expects: bySignature, refusal: null };
}

function bearer(value: string): Headers {
  return { Authorization: `Bearer ${value}` };
}

const UNKNOWN_TOKEN = `gAAAAAB${"0123456789abcdef".repeat(8)}`;

export const CALLERS: readonly Caller[] = [
  invalid({ name: "none", meaning: "no credential" }, () => ({})),
  invalid({ name: "empty", meaning: "all credential headers, empty" }, () => ({
    "X-Auth-Token": "",
    Authorization: "",
    "URL-Signature": "",
  })),
  invalid({ name: "malformed token", meaning: "an `X-Auth-Token` that does not have the form of a token" }, () => ({
    "X-Auth-Token": "../../../v3/auth/tokens?x=%00",
  })),
  invalid({ name: "unknown token", meaning: "a token that is unknown to Keystone" }, () => ({
    "X-Auth-Token": UNKNOWN_TOKEN,
  })),
  invalid({ name: "expired token", meaning: "an expired token of an admin" }, ({ credentials }) => ({
    "X-Auth-Token": credentials.tokens.expired,
  })),
  invalid({ name: "malformed key", meaning: "the beginning of an admin's API key" }, ({ credentials }) =>
    bearer(credentials.keys.admin.slice(0, -1)),
  ),
  invalid({ name: "wrong secret", meaning: "the id of an admin's API key with another secret" }, ({ credentials }) =>
    bearer(credentials.keys.admin.slice(0, -64) + "0".repeat(64)),
  ),
  invalid({ name: "revoked key", meaning: "a revoked API key of an admin" }, ({ credentials }) =>
    bearer(credentials.keys.revoked),
  ),
  invalid({ name: "expired key", meaning: "an expired API key of an admin" }, ({ credentials }) =>
    bearer(credentials.keys.expired),
  ),
  invalid(
    { name: "other scheme", meaning: "a valid API key in an `Authorization` header with another scheme" },
    ({ credentials }) => ({
      Authorization: `Basic ${btoa(`admin:${credentials.keys.admin}`)}`,
    }),
  ),
  invalid({ name: "token and key", meaning: "two valid credentials" }, ({ credentials }) => ({
    "X-Auth-Token": credentials.tokens.admin,
    ...bearer(credentials.keys.admin),
  })),
  invalid({ name: "token and URL", meaning: "a valid token and a valid signed URL" }, async (fixture, endpoint) => ({
    "X-Auth-Token": fixture.credentials.tokens.admin,
    ...(await fixture.url("none", endpoint)),
  })),
  token({ name: "reader", meaning: "role reader" }, ({ tokens }) => tokens.reader, asRole("reader")),
  token({ name: "member", meaning: "roles member and reader" }, ({ tokens }) => tokens.member, asRole("member")),
  token(
    { name: "admin", meaning: "role admin: an operator of the whole service" },
    ({ tokens }) => tokens.admin,
    ({ deed }) => deed !== "nothing",
  ),
  token(
    { name: "rule", meaning: "application credential of a member with one access rule, `GET /v2/queues`" },
    ({ tokens }) => tokens.restricted,
    (endpoint) => asNobody(endpoint) || (endpoint.method === "GET" && endpoint.path === "/v2/queues"),
  ),
  token(
    { name: "other project", meaning: "a member of another project; successes affect that project" },
    ({ strangers }) => strangers.other,
    ({ deed, scope }) => deed === "options" || (scope !== "service" && deed !== "nothing" && "elsewhere"),
  ),
  token(
    { name: "domain", meaning: "scoped to a domain, role member" },
    ({ strangers }) => strangers.domainMember,
    ({ deed }) => deed === "options",
  ),
  token(
    { name: "domain admin", meaning: "scoped to a domain, role admin: an operator of the service, without a project" },
    ({ strangers }) => strangers.domainAdmin,
    asOperatorOfNoProject,
  ),
  key({ name: "reader", meaning: "role reader" }, ({ keys }) => keys.reader, asRole("reader")),
  key({ name: "member", meaning: "role member" }, ({ keys }) => keys.member, asRole("member")),
  key({ name: "admin", meaning: "role admin" }, ({ keys }) => keys.admin, asRole("admin")),
  {
    ...key({ name: "as token", meaning: "role member, sent as `X-Auth-Token`" }, () => "", asRole("member")),
    headers: ({ credentials }) => ({ "X-Auth-Token": credentials.keys.member }),
  },
  key(
    { name: "prefix", meaning: "role member, for queues and topics that begin with `ord`" },
    ({ keys }) => keys.fitting,
    asRole("member"),
  ),
  key(
    { name: "other prefix", meaning: "role member, for queues and topics that begin with `invoices-`" },
    ({ keys }) => keys.unfitting,
    ({ deed, target }) => deed === "options" || (deed === "read" && !/:queue|:topic/.test(target)),
  ),
  key(
    { name: "operator", meaning: "the operator's key, without a project" },
    ({ operator }) => operator,
    asOperatorOfNoProject,
  ),
  {
    ...key(
      { name: "metrics", meaning: "the key for the metrics" },
      ({ metrics }) => metrics,
      (endpoint) => asNobody(endpoint) || endpoint.name === "GET /metrics",
    ),
    refusal: 401,
  },
  goodUrl(
    { name: "right", meaning: "signed for the messages, claims and subscriptions of the queue, with all methods" },
    "none",
  ),
  goodUrl({ name: "previous key", meaning: "the same, signed with the previous key" }, "previous key"),
  url({ name: "wrong method", meaning: "signed for all methods except the one used" }, "method"),
  url({ name: "wrong path", meaning: "signed for all other resources of the queue" }, "path"),
  url({ name: "other queue", meaning: "signed for a queue whose name is a prefix of this queue's name" }, "queue"),
  url(
    { name: "other project", meaning: "signed for the queue of this name in another project, sent with this project" },
    "project",
  ),
  url({ name: "expired", meaning: "expired" }, "expired"),
  url({ name: "tampered", meaning: "with the expiry changed to a day later" }, "tampered"),
  url({ name: "revoked", meaning: "signed before the last change of the queue's signing generation" }, "revoked"),
  url({ name: "other key", meaning: "signed with an unknown key" }, "foreign key"),
];
