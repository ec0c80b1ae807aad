/** API keys and quotas. */
import { KEY_ROLES } from "../src/domain/api-key.ts";
import { QUOTA_NAMES, type QuotaName } from "../src/domain/quota.ts";
import { NEW_KEY } from "../src/wire/keys.ts";
import { PATHS } from "../src/wire/paths.ts";
import { QUOTA_LIMITS } from "../src/wire/quotas.ts";
import type { Endpoint } from "./endpoint.ts";
import { limit, MARKER, query } from "./parameters.ts";
import {
  IDS,
  integer,
  LINKS,
  list,
  named,
  nextLink,
  nullable,
  object,
  oneOf,
  optional,
  text,
  TIME,
  time,
} from "./schemas.ts";

const KEY_MEMBERS = {
  id: text("The id of the key: its part before the secret."),
  project_id: text("The project of the key."),
  roles: list(oneOf(KEY_ROLES, "A role; each includes those before it."), "What the key allows."),
  queue_prefix: text("The key covers only queues and topics whose names begin with this; empty: all."),
  description: text("A text for people."),
  created_at: time("When it was created."),
  expires_at: nullable(time("When it ends; null: never.")),
  last_used_at: nullable(time("Its last use, to ten minutes; null: never used.")),
};
const KEY = named("ApiKey", object(KEY_MEMBERS));
const NEW = named(
  "NewApiKey",
  object({ ...KEY_MEMBERS, key: text("The whole key. It is shown only this once: store it now.") }),
);
const EXAMPLE_KEY = {
  id: IDS.key,
  project_id: "demo",
  roles: ["member"],
  queue_prefix: "orders-",
  description: "the shop",
  created_at: TIME,
  expires_at: null,
  last_used_at: null,
};

const KEY_ENDPOINTS: readonly Endpoint[] = [
  {
    id: "key_create",
    operations: ["key_create"],
    method: "POST",
    path: PATHS.keys,
    tag: "API keys",
    summary: "Create an API key",
    description:
      "Creates a key of a project. Admins create keys of their own project, the operator's key those of every project. A project has " +
      "at most 1,000 keys. The endpoints of keys exist with `AUTH_STRATEGY=keys`. An extension of Zaqar's API.",
    body: {
      schema: NEW_KEY,
      isRequired: true,
      example: { roles: ["member"], queue_prefix: "orders-", description: "the shop" },
      members: {
        project_id: "The project of the key. By default the caller's.",
        roles: "What the key allows: `reader`, `member` or `admin`; each includes those before it.",
        queue_prefix: "The key covers only queues and topics whose names begin with this. By default all.",
        expires_at: "When it ends, such as 2030-01-01T00:00:00Z. null: never.",
        description: "A text for people.",
      },
    },
    answers: {
      201: {
        description: "The key.",
        schema: NEW,
        example: { ...EXAMPLE_KEY, key: `sk_${IDS.key}_9f8e7d6c5b4a39281706f5e4d3c2b1a0` },
        headers: {
          Location: { description: "The path of the key.", example: `${PATHS.keys}/${IDS.key}` },
          "Cache-Control": { description: "The answer must not be stored.", example: "no-store" },
        },
      },
    },
    failures: ["body-empty", "document-invalid", "body-too-large", "disk-full"],
  },
  {
    id: "key_list",
    operations: ["key_list"],
    method: "GET",
    path: PATHS.keys,
    tag: "API keys",
    summary: "List API keys",
    description: "Lists the keys of a project, without their secrets, in pages of at most 100.",
    parameters: [
      query("project_id", text("The project. By default the caller's.")),
      MARKER,
      { ...limit("keys", "100"), description: "The most keys to answer with: 1 to 100, by default 10." },
    ],
    answers: {
      200: {
        description: "A page.",
        schema: object({ keys: list(KEY, "Sorted by id."), links: LINKS }),
        example: { keys: [EXAMPLE_KEY], links: nextLink(`${PATHS.keys}?limit=5&marker=${IDS.key}`) },
      },
    },
    failures: ["out-of-range"],
  },
  {
    id: "key_get",
    operations: ["key_get"],
    method: "GET",
    path: PATHS.key,
    tag: "API keys",
    summary: "Show an API key",
    description: "Answers with one key, without its secret.",
    answers: { 200: { description: "The key.", schema: KEY, example: EXAMPLE_KEY } },
    failures: ["key-not-found"],
  },
  {
    id: "key_delete",
    operations: ["key_delete"],
    method: "DELETE",
    path: PATHS.key,
    tag: "API keys",
    summary: "Revoke an API key",
    description: "Revokes the key. It takes effect everywhere within 60 seconds.",
    answers: { 204: { description: "The key is revoked." } },
    failures: ["key-not-found"],
  },
];

const MEANINGS: Readonly<Record<QuotaName, string>> = {
  queues: "Queues and topics of the project.",
  messages_per_queue: "Messages in one queue or topic.",
  bytes_per_queue: "Bytes that one queue or topic stores.",
  subscriptions_per_queue: "Subscriptions of one queue or topic.",
  requests_per_second: "Requests per second of the project.",
};
const QUOTAS = named(
  "Quotas",
  object({
    quotas: object(Object.fromEntries(QUOTA_NAMES.map((name) => [name, toQuota(name)])), "The quotas by name."),
  }),
);

function toQuota(name: QuotaName) {
  const members = {
    limit: integer("The limit; -1: none.", -1),
    used: optional(integer("The usage. Only of quotas whose usage was asked for and is known.")),
  };
  return object(members, MEANINGS[name]);
}

const EXAMPLE_QUOTAS = {
  quotas: {
    queues: { limit: -1, used: 0 },
    messages_per_queue: { limit: -1 },
    bytes_per_queue: { limit: 8_000_000_000 },
    subscriptions_per_queue: { limit: -1 },
    requests_per_second: { limit: -1 },
  },
};

const QUOTA_ENDPOINTS: readonly Endpoint[] = [
  {
    id: "quota_get",
    operations: ["quota_get"],
    method: "GET",
    path: PATHS.quotas,
    tag: "Quotas",
    summary: "Show the quotas of one's own project",
    description:
      "The limits of the project, and how many queues it has. With `queue` or `topic` also the usage of that one. An extension of " +
      "Zaqar's API.",
    parameters: [
      query("queue", text("The queue whose usage is shown.")),
      query("topic", text("The topic whose usage is shown. Without effect if there is a `queue`.")),
    ],
    answers: { 200: { description: "The quotas.", schema: QUOTAS, example: EXAMPLE_QUOTAS } },
    failures: ["queue-name-invalid", "topic-name-invalid"],
  },
  {
    id: "quota_update",
    operations: ["quota_update"],
    method: "PUT",
    path: PATHS.projectQuotas,
    tag: "Quotas",
    summary: "Set the quotas of a project",
    description:
      "Replaces the limits that were set before; the others have their defaults again. It takes effect everywhere within 60 seconds. " +
      "For operators.",
    body: { schema: QUOTA_LIMITS, isRequired: true, example: { queues: 100 }, members: MEANINGS },
    answers: { 204: { description: "The limits are set." } },
    failures: ["body-empty", "document-invalid", "queue-name-invalid", "body-too-large", "disk-full"],
  },
  {
    id: "quota_get_project",
    operations: ["quota_get"],
    method: "GET",
    path: PATHS.projectQuotas,
    tag: "Quotas",
    summary: "Show the quotas of a project",
    description: "The limits of a project. Those of another project are for operators.",
    answers: {
      200: {
        description: "The quotas.",
        schema: QUOTAS,
        example: { quotas: { ...EXAMPLE_QUOTAS.quotas, queues: { limit: 100, used: 0 } } },
      },
    },
    failures: ["queue-name-invalid"],
  },
  {
    id: "quota_delete",
    operations: ["quota_delete"],
    method: "DELETE",
    path: PATHS.projectQuotas,
    tag: "Quotas",
    summary: "Reset the quotas of a project",
    description: "The project has the default limits again. For operators.",
    answers: { 204: { description: "The defaults apply." } },
    failures: ["queue-name-invalid"],
  },
];

export const ADMINISTRATION_ENDPOINTS: readonly Endpoint[] = [...KEY_ENDPOINTS, ...QUOTA_ENDPOINTS];
