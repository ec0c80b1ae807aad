/** Pools and flavors. Their endpoints exist with `ADMIN_MODE` and `POOLING`. */
import { FLAVOR_CHANGES, NEW_FLAVOR } from "../src/wire/flavors.ts";
import { PATHS } from "../src/wire/paths.ts";
import { NEW_POOL, POOL_CHANGES } from "../src/wire/pools.ts";
import type { Endpoint, RequestBody } from "./endpoint.ts";
import { limit, MARKER, query } from "./parameters.ts";
import { flag, freeForm, integer, LINKS, list, named, nextLink, nullable, object, optional, text } from "./schemas.ts";

const POOL = named(
  "Pool",
  object({
    name: text("The name of the pool."),
    uri: text(
      "`durable-object://[location-hint][?option=value&…]`: where its queues are stored, and how they are spread.",
    ),
    weight: integer("How often it is chosen in comparison with others; 0: never."),
    flavor: nullable(text("The flavor that it belongs to; null: none.")),
    href: text("The path of the pool."),
    options: optional(freeForm("With `detailed`: stored, without effect.")),
  }),
);
const EXAMPLE_POOL = {
  name: "europe",
  uri: "durable-object://weur",
  weight: 100,
  flavor: null,
  href: "/v2/pools/europe",
};
const POOL_MEMBERS = {
  weight: "How often it is chosen in comparison with others; 0: never.",
  uri:
    "`durable-object://[location-hint][?option=value&…]`. The options are `jurisdiction`, `throughput=high` (queues are spread over " +
    "several objects when they are created) and `order=fifo` (queues stay on one object). No two pools may name the same place with " +
    "the same throughput and order.",
  flavor: "The flavor that it belongs to. An empty text: none.",
  options: "Stored, without effect.",
};

const FLAVOR = named(
  "Flavor",
  object({
    name: text("The name of the flavor."),
    href: text("The path of the flavor."),
    pool_list: optional(list(text("The name of a pool."), "Its pools. Absent if it has none.")),
    capabilities: optional(list(text("A capability."), "What queues of this flavor can do: those of its pools.")),
  }),
);
const EXAMPLE_FLAVOR = {
  name: "fast",
  href: "/v2/flavors/fast",
  pool_list: ["europe"],
  capabilities: ["FIFO", "CLAIMS", "DURABILITY", "AOD"],
};
const FLAVOR_MEMBERS = {
  pool_list: "The names of its pools, which exist and have the same throughput and order.",
  capabilities: "A list of what its queues must be able to do; one that the pools do not have is refused.",
};
const DETAILED = query("detailed", flag("Adds all members."));
const OWNER = query(
  "project_id",
  text("The project of the flavor, for operators without a project. By default the caller's."),
);

const POOL_ENDPOINTS: readonly Endpoint[] = [
  {
    id: "pool_create",
    operations: ["pool_create"],
    method: "PUT",
    path: PATHS.pool,
    tag: "Pools",
    summary: "Create or replace a pool",
    description:
      "Queues that are created from now on may be placed in it. Existing queues stay where they are. For operators, with `ADMIN_MODE` " +
      "and `POOLING`.",
    body: {
      schema: NEW_POOL,
      isRequired: true,
      example: { uri: "durable-object://weur", weight: 100 },
      members: POOL_MEMBERS,
    },
    answers: {
      201: {
        description: "The pool exists.",
        mediaTypes: ["application/json"],
        headers: { Location: { description: "The path of the pool.", example: "/v2/pools/europe" } },
      },
    },
    failures: [
      "body-empty",
      "document-invalid",
      "pool-uri-invalid",
      "pool-uri-taken",
      "pool-unequal",
      "body-too-large",
      "disk-full",
    ],
  },
  {
    id: "pool_list",
    operations: ["pool_list"],
    method: "GET",
    path: PATHS.pools,
    tag: "Pools",
    summary: "List pools",
    description: "Lists the pools by name, in pages. For operators.",
    parameters: [MARKER, limit("pools", "MAX_POOLS_PER_PAGE"), DETAILED],
    answers: {
      200: {
        description: "A page.",
        schema: object({ links: LINKS, pools: list(POOL, "Sorted by name.") }),
        example: { links: nextLink("/v2/pools?marker=europe&limit=5"), pools: [EXAMPLE_POOL] },
        headers: {
          "Content-Location": { description: "The path and query of the request.", example: "/v2/pools?limit=5" },
        },
      },
    },
    failures: ["out-of-range"],
  },
  {
    id: "pool_get",
    operations: ["pool_get"],
    method: "GET",
    path: PATHS.pool,
    tag: "Pools",
    summary: "Show a pool",
    description: "Answers with one pool. For operators.",
    parameters: [DETAILED],
    answers: { 200: { description: "The pool.", schema: POOL, example: EXAMPLE_POOL } },
    failures: ["pool-not-found"],
  },
  {
    id: "pool_update",
    operations: ["pool_update"],
    method: "PATCH",
    path: PATHS.pool,
    tag: "Pools",
    summary: "Change a pool",
    description: "Changes the members that the document has. Existing queues stay where they are. For operators.",
    body: { schema: POOL_CHANGES, isRequired: true, example: { weight: 50 }, members: POOL_MEMBERS },
    answers: {
      200: { description: "The pool after the change.", schema: POOL, example: { ...EXAMPLE_POOL, weight: 50 } },
    },
    failures: [
      "pool-not-found",
      "body-empty",
      "document-invalid",
      "pool-uri-invalid",
      "pool-uri-taken",
      "pool-unequal",
      "pool-used",
      "body-too-large",
      "disk-full",
    ],
  },
  {
    id: "pool_delete",
    operations: ["pool_delete"],
    method: "DELETE",
    path: PATHS.pool,
    tag: "Pools",
    summary: "Delete a pool",
    description: "New queues are not placed in it any more. Its queues stay and can be used. For operators.",
    answers: { 204: { description: "The pool does not exist any more, or never did." } },
    failures: ["pool-used"],
  },
];

function flavorBody(schema: RequestBody["schema"]): RequestBody {
  return { schema, isRequired: true, example: { pool_list: ["europe"] }, members: FLAVOR_MEMBERS };
}

const FLAVOR_FAILURES = ["body-empty", "document-invalid", "flavor-refused", "body-too-large", "disk-full"] as const;

const FLAVOR_ENDPOINTS: readonly Endpoint[] = [
  {
    id: "flavor_create",
    operations: ["flavor_create"],
    method: "PUT",
    path: PATHS.flavor,
    tag: "Flavors",
    summary: "Create or replace a flavor",
    description:
      "A flavor is a set of pools that users choose by name, with the metadata key `_flavor` of a queue. For operators, with " +
      "`ADMIN_MODE` and `POOLING`. A project has at most 100 flavors.",
    parameters: [OWNER],
    body: flavorBody(NEW_FLAVOR),
    answers: {
      201: {
        description: "The flavor exists.",
        mediaTypes: ["application/json"],
        headers: { Location: { description: "The path of the flavor.", example: "/v2/flavors/fast" } },
      },
    },
    failures: FLAVOR_FAILURES,
  },
  {
    id: "flavor_list",
    operations: ["flavor_list"],
    method: "GET",
    path: PATHS.flavors,
    tag: "Flavors",
    summary: "List flavors",
    description: "Lists the flavors of the project by name, in pages.",
    parameters: [MARKER, limit("flavors", "MAX_FLAVORS_PER_PAGE"), DETAILED, OWNER],
    answers: {
      200: {
        description: "A page.",
        schema: object({ links: LINKS, flavors: list(FLAVOR, "Sorted by name.") }),
        example: {
          links: nextLink("/v2/flavors?marker=fast&limit=5"),
          flavors: [{ name: "fast", href: "/v2/flavors/fast", pool_list: ["europe"] }],
        },
      },
    },
    failures: ["out-of-range"],
  },
  {
    id: "flavor_get",
    operations: ["flavor_get"],
    method: "GET",
    path: PATHS.flavor,
    tag: "Flavors",
    summary: "Show a flavor",
    description: "Answers with one flavor.",
    parameters: [OWNER],
    answers: { 200: { description: "The flavor.", schema: FLAVOR, example: EXAMPLE_FLAVOR } },
    failures: ["flavor-not-found"],
  },
  {
    id: "flavor_update",
    operations: ["flavor_update"],
    method: "PATCH",
    path: PATHS.flavor,
    tag: "Flavors",
    summary: "Change the pools of a flavor",
    description: "Replaces the pools. For operators.",
    parameters: [OWNER],
    body: flavorBody(FLAVOR_CHANGES),
    answers: { 200: { description: "The flavor after the change.", schema: FLAVOR, example: EXAMPLE_FLAVOR } },
    failures: ["flavor-not-found", ...FLAVOR_FAILURES],
  },
  {
    id: "flavor_delete",
    operations: ["flavor_delete"],
    method: "DELETE",
    path: PATHS.flavor,
    tag: "Flavors",
    summary: "Delete a flavor",
    description: "Queues of the flavor stay and can be used. For operators.",
    parameters: [OWNER],
    answers: { 204: { description: "The flavor does not exist any more, or never did." } },
  },
];

export const POOLING_ENDPOINTS: readonly Endpoint[] = [...POOL_ENDPOINTS, ...FLAVOR_ENDPOINTS];
