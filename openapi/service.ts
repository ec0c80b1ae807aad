/** The service: versions, home document, health, WebSocket. */
import * as v from "valibot";
import { METRICS_TYPES } from "../src/wire/metrics.ts";
import { PATHS } from "../src/wire/paths.ts";
import type { Endpoint } from "./endpoint.ts";
import { query } from "./parameters.ts";
import { VERSION as VERSION_NUMBER } from "../src/config/version.ts";
import { flag, freeForm, IDS, list, nullable, object, oneOf, text, time, TIME } from "./schemas.ts";

const VERSION = object({
  id: text("The number of the version."),
  status: oneOf(["CURRENT"], "Whether it should be used."),
  updated: text("When it was made."),
  "media-types": list(
    object({ base: text("JSON."), type: text("Its own media type.") }),
    "The media types of its documents.",
  ),
  links: list(object({ href: text("The path of the API."), rel: text("`self`.") }), "Where it is."),
});

const CHECKS = v.pipe(v.record(v.string(), text("`ok`, or the defect.")), v.description("The checks by their names."));
const READINESS = object({ ready: flag("Whether requests can be served."), checks: CHECKS });
const STEP = object({
  succeeded: flag("Whether the step worked."),
  seconds: v.pipe(v.number(), v.minValue(0), v.description("How long it took.")),
  ref: nullable(text("The id of the failure in the log; null: there was none.")),
});
const STORAGE = object({
  storage_reachable: flag("Whether a queue could be created."),
  operation_status: v.pipe(v.record(v.string(), STEP), v.description("The steps by their names.")),
});
const LIMIT = v.pipe(v.number(), v.integer(), v.minValue(-1), v.description("A limit; -1 or null: none."));
const CALLER = object(
  {
    project: nullable(text("The project of the credential; null: it has none.")),
    user: nullable(text("Keystone's id of the user; null: not known.")),
    roles: list(text("A role, in lower case."), "The roles."),
    rules: list(text("The name of a rule, such as `messages:create`."), "The policy rules that the caller passes."),
    queue_prefix: text("The caller sees only queues and topics whose names begin with this; empty: all."),
    proof: oneOf(
      ["headers", "keystone", "key", "signed-url"],
      "How project and roles were proven; `headers`: they were not.",
    ),
    expires_at: nullable(time("When the credential ends; null: never, or not known.")),
    key: nullable(text("The id of the API key; null: the credential is another.")),
  },
  "Who asks.",
);
const SERVICE = object({
  version: text("The version of the service."),
  extensions: list(text("A name of docs/COMPATIBILITY.md."), "The extensions of Zaqar's API that this service has."),
  limits: v.pipe(v.record(v.string(), nullable(LIMIT)), v.description("The limits by the names of their settings.")),
  quotas: nullable(
    v.pipe(v.record(v.string(), LIMIT), v.description("The quotas of the project; null: there is none.")),
  ),
  caller: CALLER,
  time: time("The time of the service."),
});
const NOT_STORED = { "Cache-Control": { description: "The answer must not be stored.", example: "no-store" } };
const READY = { ready: true, checks: { storage: "ok", descriptors: "ok" } };

export const SERVICE_ENDPOINTS: readonly Endpoint[] = [
  {
    id: "versions_get",
    operations: [],
    method: "GET",
    path: PATHS.versions,
    tag: "Service",
    summary: "List the versions of the API",
    description:
      "Needs no credential. OpenStack's clients start here. The status is 300, because a client has to choose.",
    answers: {
      300: {
        description: "The versions.",
        schema: object({ versions: list(VERSION, "There is one.") }),
        example: {
          versions: [
            {
              id: "2",
              status: "CURRENT",
              updated: "2014-9-24T04:06:47Z",
              "media-types": [{ base: "application/json", type: "application/vnd.openstack.messaging-v2+json" }],
              links: [{ href: "/v2/", rel: "self" }],
            },
          ],
        },
      },
    },
  },
  {
    id: "readiness_get",
    operations: [],
    method: "GET",
    path: PATHS.healthz,
    tag: "Service",
    summary: "Ask whether the service is ready",
    description: "For load balancers: 200 when requests can be served, else 503. Needs no credential and is cheap.",
    answers: {
      200: { description: "Requests can be served.", schema: READINESS, example: READY, headers: NOT_STORED },
      503: { description: "Requests cannot be served.", schema: READINESS, headers: NOT_STORED },
    },
  },
  {
    id: "readiness_head",
    operations: [],
    method: "HEAD",
    path: PATHS.healthz,
    tag: "Service",
    summary: "Ask for the status of readiness only",
    description: "As GET, without a body.",
    answers: {
      200: { description: "Requests can be served.", mediaTypes: ["application/json"], headers: NOT_STORED },
      503: { description: "Requests cannot be served.", mediaTypes: ["application/json"], headers: NOT_STORED },
    },
  },
  {
    id: "metrics_get",
    operations: ["metrics_get"],
    method: "GET",
    path: PATHS.metrics,
    tag: "Service",
    summary: "Read the metrics",
    description:
      "For Prometheus, in the format OpenMetrics 1.0 if `Accept` names it, otherwise in the text format 0.0.4: the sums over the queues and " +
      "over the topics of up to 100 projects, and the requests of the service. docs/OBSERVE.md lists the metrics. For operators and the " +
      "holder of `METRICS_API_KEY`, which is sent as `Authorization: Bearer`. A page is kept for 10 s.",
    parameters: [
      query("project_id", text("This project only."), "demo"),
      query("per_queue", flag("With `project_id`: its 1,000 queues and topics with the most messages, one by one.")),
    ],
    answers: {
      200: {
        description: "The metrics.",
        mediaTypes: Object.values(METRICS_TYPES),
        headers: NOT_STORED,
      },
    },
    failures: ["request-invalid"],
  },
  {
    id: "home_get",
    operations: [],
    method: "GET",
    path: PATHS.home,
    tag: "Service",
    summary: "Show the home document",
    description:
      "The resources that the service has, as a JSON home document. The slash belongs to the path: `/v2` is 404, as in Zaqar.",
    answers: {
      200: {
        description: "The home document.",
        mediaTypes: ["application/json-home"],
        schema: object({ resources: freeForm("The resources by their relations.") }),
        headers: {
          "Cache-Control": { description: "The document may be stored for a day.", example: "private, max-age=86400" },
        },
      },
    },
  },
  {
    id: "service_get",
    operations: ["service_get"],
    method: "GET",
    path: PATHS.service,
    tag: "Service",
    summary: "Show what the service permits, and who one is to it",
    description:
      "The version, the extensions, the limits, the quotas of the caller's project, and the caller. For every authenticated caller. " +
      "An extension of Zaqar's API.",
    answers: {
      200: {
        description: "The service and the caller.",
        schema: SERVICE,
        example: {
          version: VERSION_NUMBER,
          extensions: ["claim-settle", "claim-wait"],
          limits: { max_message_ttl: 1_209_600, max_claim_wait: 20, signed_url_ttl_max: null },
          quotas: { queues: -1, messages_per_queue: -1 },
          caller: {
            project: "demo",
            user: null,
            roles: ["member"],
            rules: ["queues:get_all", "messages:create"],
            queue_prefix: "",
            proof: "key",
            expires_at: null,
            key: IDS.key,
          },
          time: TIME,
        },
        headers: NOT_STORED,
      },
    },
  },
  {
    id: "ping_get",
    operations: ["ping_get"],
    method: "GET",
    path: PATHS.ping,
    tag: "Service",
    summary: "Ping the storage of one's own project",
    description: "Succeeds when the storage answers.",
    answers: { 204: { description: "The storage answers." } },
  },
  {
    id: "ping_get_head",
    operations: ["ping_get"],
    method: "HEAD",
    path: PATHS.ping,
    tag: "Service",
    summary: "Ping the service",
    description: "Succeeds when the service answers.",
    answers: { 204: { description: "The service answers." } },
  },
  {
    id: "health_get",
    operations: ["health_get"],
    method: "GET",
    path: PATHS.health,
    tag: "Service",
    summary: "Check every operation on messages",
    description:
      "Creates a queue, posts, claims, lists and deletes messages in it, deletes it, and reports each step. With pools it does that " +
      "in each of them. For admins, with `ADMIN_MODE`.",
    answers: {
      200: {
        description: "The report; with pools one for each, by its name.",
        schema: v.union([
          STORAGE,
          v.objectWithRest({ catalog_reachable: flag("Whether the pools could be read.") }, STORAGE),
        ]),
      },
    },
  },
  {
    id: "websocket_get",
    operations: [],
    method: "GET",
    path: PATHS.websocket,
    tag: "Service",
    summary: "Connect a WebSocket",
    description:
      "With `Upgrade: websocket` the connection becomes a WebSocket, whose frames make the requests of this API and get messages " +
      "pushed. Needs no credential: the frames have one.",
    answers: { 101: { description: "The connection is a WebSocket." } },
    failures: ["upgrade-required"],
  },
];
