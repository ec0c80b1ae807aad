/**
 * Random requests that name another project wherever a request can name one, as fast-check generates them. A variable such as
 * `:message` stands for a value of the own or of the other project, which the attempt decides.
 */
import fc from "fast-check";
import { JSON_PATCH } from "../drivers/zaqar-client.ts";

/** All of the one project. A Keystone token with role admin is not among them: it is an operator's, of every project. */
export const HELD = [
  "no credential",
  "reader's token",
  "member's token",
  "reader's key",
  "member's key",
  "admin's key",
  "prefixed key",
  "admin's key as token",
  "signed URL",
  "token and signed URL",
] as const;
export type Held = (typeof HELD)[number];

export interface Attempt {
  readonly held: Held;
  /** Whose ids, project and queues are named. */
  readonly named: "own" | "foreign";
  /** Index into the names that both projects have queues of. */
  readonly queue: number;
  readonly deed: Deed;
  readonly pretences: readonly Pretence[];
  readonly spelling: Spelling;
}

interface Deed {
  readonly method: string;
  readonly target: string;
  readonly body?: unknown;
}

/** Queues that both projects have. The other one has more, whose names must not get about. */
export const SHARED_QUEUES = ["orders", "audit.log"];

/** A post that both projects make, word for word. */
export const IDEMPOTENT = { key: "the-same-for-everybody", body: { messages: [{ body: "the same for everybody" }] } };

const DEAD_LETTERS = { _max_claim_count: 0, _dead_letter_queue: ":queue" };
const FOREIGN_DEAD_LETTERS = { _max_claim_count: 0, _dead_letter_queue: ":address" };
const MESSAGES = "/v2/queues/:queue/messages";
const CLAIMS = "/v2/queues/:queue/claims";
const SUBSCRIPTIONS = "/v2/queues/:queue/subscriptions";
/** Topics are called like the queues. */
const TOPIC = "/v2/topics/:queue";
/** Of a service that sends no mail. */
const MAILBOX = "mailto:intruder@subscriber.test";

const DEEDS: readonly Deed[] = [
  { method: "GET", target: "/v2/queues?detailed=true&with_count=true&limit=20" },
  { method: "GET", target: "/v2/queues?detailed=true&marker=:queue&project_id=:project&project=:project" },
  { method: "GET", target: "/v2/queues/:queue" },
  { method: "PUT", target: "/v2/queues/:queue", body: { project_id: ":project", ...DEAD_LETTERS } },
  { method: "PUT", target: "/v2/queues/:queue", body: FOREIGN_DEAD_LETTERS },
  {
    method: "PATCH",
    target: "/v2/queues/:queue",
    body: [
      { op: "add", path: "/metadata/_max_claim_count", value: 0 },
      { op: "add", path: "/metadata/_dead_letter_queue", value: ":address" },
    ],
  },
  {
    method: "PATCH",
    target: "/v2/queues/:queue",
    body: [{ op: "add", path: "/metadata/_signing_generation", value: 3 }],
  },
  { method: "DELETE", target: "/v2/queues/:queue" },
  { method: "GET", target: "/v2/queues/:queue/stats?project_id=:project" },
  {
    method: "POST",
    target: "/v2/queues/:queue/share",
    body: { paths: ["messages", "claims"], methods: ["GET", "DELETE"] },
  },
  { method: "POST", target: "/v2/queues/:queue/share", body: { methods: ["GET"], project: ":project" } },
  {
    method: "POST",
    target: "/v2/queues/:queue/purge",
    body: { resource_types: ["messages", "subscriptions"], project_id: ":project" },
  },
  { method: "GET", target: `${MESSAGES}?echo=true&include_claimed=true&include_delayed=true&limit=20` },
  { method: "GET", target: `${MESSAGES}?echo=true&include_claimed=true&marker=:message&project_id=:project` },
  { method: "GET", target: `${MESSAGES}?ids=:message,:claimed` },
  { method: "POST", target: MESSAGES, body: { messages: [{ body: "mine", project_id: ":project" }] } },
  { method: "POST", target: MESSAGES, body: IDEMPOTENT.body },
  { method: "DELETE", target: `${MESSAGES}?ids=:message,:claimed` },
  { method: "DELETE", target: `${MESSAGES}?ids=:claimed&claim_ids=:claim` },
  { method: "DELETE", target: `${MESSAGES}?pop=20` },
  { method: "GET", target: `${MESSAGES}/:message` },
  { method: "GET", target: `${MESSAGES}/:claimed?claim_id=:claim` },
  { method: "DELETE", target: `${MESSAGES}/:message` },
  { method: "DELETE", target: `${MESSAGES}/:claimed?claim_id=:claim` },
  { method: "POST", target: `${CLAIMS}?limit=20`, body: { ttl: 60, grace: 60, project_id: ":project" } },
  { method: "GET", target: `${CLAIMS}/:claim` },
  { method: "PATCH", target: `${CLAIMS}/:claim`, body: { ttl: 600, grace: 60 } },
  { method: "DELETE", target: `${CLAIMS}/:claim` },
  { method: "GET", target: `${SUBSCRIPTIONS}?limit=20&project_id=:project` },
  { method: "GET", target: `${SUBSCRIPTIONS}?marker=:subscription` },
  { method: "POST", target: SUBSCRIPTIONS, body: { subscriber: MAILBOX, project_id: ":project" } },
  { method: "GET", target: `${SUBSCRIPTIONS}/:subscription` },
  { method: "PATCH", target: `${SUBSCRIPTIONS}/:subscription`, body: { subscriber: MAILBOX, ttl: 600 } },
  { method: "DELETE", target: `${SUBSCRIPTIONS}/:subscription` },
  { method: "PUT", target: `${SUBSCRIPTIONS}/:subscription/confirm`, body: { confirmed: true } },
  { method: "GET", target: `${SUBSCRIPTIONS}/:subscription/deliveries` },
  { method: "POST", target: `${SUBSCRIPTIONS}/:subscription/redeliver` },
  { method: "POST", target: `${SUBSCRIPTIONS}/:subscription/secret` },
  { method: "GET", target: "/v2/queues/:queue/redrive?project_id=:project" },
  { method: "POST", target: "/v2/queues/:queue/redrive", body: {} },
  { method: "POST", target: "/v2/queues/:queue/redrive", body: { target: ":queue" } },
  { method: "POST", target: "/v2/queues/:queue/redrive", body: { target: ":address" } },
  { method: "POST", target: "/v2/queues/audit.log/redrive", body: { target: ":queue" } },
  { method: "DELETE", target: "/v2/queues/:queue/redrive" },
  { method: "GET", target: "/v2/topics?detailed=true&limit=20&project_id=:project" },
  { method: "GET", target: TOPIC },
  { method: "PUT", target: TOPIC, body: { project_id: ":project" } },
  { method: "DELETE", target: TOPIC },
  { method: "POST", target: `${TOPIC}/purge`, body: { project_id: ":project" } },
  { method: "GET", target: `${TOPIC}/messages?echo=true&limit=20` },
  { method: "GET", target: `${TOPIC}/messages/:announcement` },
  { method: "POST", target: `${TOPIC}/messages`, body: IDEMPOTENT.body },
  { method: "DELETE", target: `${TOPIC}/messages?ids=:announcement,:message` },
  { method: "POST", target: `${TOPIC}/subscriptions`, body: { subscriber: MAILBOX } },
  { method: "DELETE", target: `${TOPIC}/subscriptions/:follower` },
  { method: "PUT", target: `${TOPIC}/subscriptions/:follower/confirm`, body: { confirmed: true } },
  { method: "GET", target: `${TOPIC}/subscriptions/:follower/deliveries` },
  { method: "GET", target: "/v2/keys?limit=100" },
  { method: "GET", target: "/v2/keys?project_id=:project" },
  { method: "GET", target: "/v2/keys?marker=:key&limit=100" },
  { method: "POST", target: "/v2/keys", body: { project_id: ":project", roles: ["reader"] } },
  { method: "GET", target: "/v2/keys/:key" },
  { method: "DELETE", target: "/v2/keys/:key" },
  { method: "GET", target: "/v2/quotas?queue=:queue&project_id=:project" },
  { method: "GET", target: "/v2/quotas?topic=:queue&project_id=:project" },
  { method: "GET", target: "/v2/quotas/:project" },
  { method: "PUT", target: "/v2/quotas/:project", body: { queues: 0, requests_per_second: 0 } },
  { method: "DELETE", target: "/v2/quotas/:project" },
  { method: "GET", target: "/v2/health" },
];

/** Headers in which a client, or a proxy before the service, might say whose request it is. */
const PRETENCES = {
  "X-Project-ID": ":project",
  "X-Tenant-ID": ":project",
  "X-Tenant": ":project",
  "X-Roles": "admin",
  "X-Identity-Status": "Confirmed",
  "X-Service-Roles": "service",
  "OpenStack-System-Scope": "all",
  "EXTRA-SPEC": "messaging",
  "URL-Paths": "/v2/queues/:queue/messages,/v2/queues/:queue/claims",
  "Idempotency-Key": IDEMPOTENT.key,
  "X-HTTP-Method-Override": "DELETE",
  "X-Original-URL": "/v2/quotas/:project",
  "X-Forwarded-Prefix": "/v2/:project",
} as const;
export type Pretence = keyof typeof PRETENCES;

export function valueOf(pretence: Pretence): string {
  return PRETENCES[pretence];
}

/** What is done to a path before it is sent. */
const SPELLINGS = {
  plain: (path: string) => path,
  "doubled slash": (path: string) => path.replace("/queues", "//queues"),
  "leading slashes": (path: string) => `/${path}`,
  "encoded letter": (path: string) => path.replace("orders", "%6frders").replace("audit", "%61udit"),
  "encoded slash": (path: string) => path.replace("/messages", "%2Fmessages"),
  "encoded dots": (path: string) => path.replace("/v2/", "/v2/keys/%2e%2e/"),
  "dots that stay": (path: string) => path.replace("/queues/", "/queues/..%2f:project%2f"),
  "dot segment": (path: string) => path.replace("/queues/", "/queues/:project/../"),
  "parent of the project": (path: string) => path.replace("/queues/", "/queues/..%5c..%5c:project%5c"),
  "project first": (path: string) => path.replace("/v2/", "/v2/:project/"),
  parameter: (path: string) => path.replace("/queues/", "/queues;project=:project/"),
  "other case": (path: string) => path.replace("/v2/queues", "/V2/Queues"),
  null: (path: string) => path.replace("orders", "orders%00"),
} as const;
type Spelling = keyof typeof SPELLINGS;

export function spell({ deed, spelling }: Attempt): string {
  return SPELLINGS[spelling](deed.target);
}

export function headersOf({ method }: Deed): Readonly<Record<string, string>> {
  return method === "PATCH" ? { "Content-Type": JSON_PATCH } : {};
}

const attempt: fc.Arbitrary<Attempt> = fc.record({
  held: fc.constantFrom(...HELD),
  named: fc.constantFrom("foreign" as const, "foreign" as const, "own" as const),
  queue: fc.nat({ max: SHARED_QUEUES.length - 1 }),
  deed: fc.constantFrom(...DEEDS),
  pretences: fc.oneof(
    fc.constant<Pretence[]>([]),
    fc.uniqueArray(fc.constantFrom(...(Object.keys(PRETENCES) as Pretence[])), { maxLength: 4 }),
  ),
  spelling: fc.oneof(
    { weight: 5, arbitrary: fc.constant("plain" as const) },
    { weight: 2, arbitrary: fc.constantFrom(...(Object.keys(SPELLINGS) as Spelling[])) },
  ),
});

export interface Campaign {
  /** What the attackers call their own project: `:project` is the other one. */
  readonly alias: string;
  readonly attempts: readonly Attempt[];
}

/** Names that might be taken for the other project's, or for one of its queues. */
const ALIASES = [
  ":id",
  ":project/orders",
  ":project/",
  ":project ",
  ":project%2Forders",
  "../:project",
  ":PROJECT",
  ":project.",
];

export const campaigns: fc.Arbitrary<Campaign> = fc.record({
  alias: fc.oneof({ weight: 2, arbitrary: fc.constant(":id") }, { weight: 1, arbitrary: fc.constantFrom(...ALIASES) }),
  attempts: fc.array(attempt, { minLength: 1, maxLength: 20, size: "max" }),
});
