/** Version discovery, the JSON home document and ping. */
import { describe, expect, test } from "vitest";
import { request } from "../support/drivers/request.ts";
import { project } from "../support/drivers/zaqar-client.ts";

const VERSION = {
  id: "2",
  status: "CURRENT",
  updated: "2014-9-24T04:06:47Z",
  "media-types": [{ base: "application/json", type: "application/vnd.openstack.messaging-v2+json" }],
  links: [{ href: "/v2/", rel: "self" }],
};

describe("GET /", () => {
  test("lists the versions without any credential, as 300 Multiple Choices", async () => {
    const answer = await request("GET", "/");
    expect(answer).toAnswer(300);
    expect(answer.headers.get("Content-Type")).toBe("application/json");
    expect(answer.json).toEqual({ versions: [VERSION] });
  });

  test("is refused to a client that does not accept JSON", async () => {
    expect(await request("GET", "/", { headers: { Accept: "text/html" } })).toAnswer(406);
  });
});

const QUEUE = { queue_name: "param/queue_name" };
const TAKES_JSON = { "accept-post": ["application/json"] };

const SUBSCRIPTION = "/v2/queues/{queue_name}/subscriptions/{subscriptions_id}";

/** rel, href-template, href-vars, allow, further hints */
const RESOURCES: readonly [string, string, Record<string, string>, readonly string[], Record<string, unknown>?][] = [
  [
    "queues",
    "/v2/queues{?marker,limit,detailed}",
    { marker: "param/marker", limit: "param/queue_limit", detailed: "param/detailed" },
    ["GET"],
  ],
  ["queue", "/v2/queues/{queue_name}", QUEUE, ["GET", "PUT", "DELETE", "PATCH"]],
  ["queue_stats", "/v2/queues/{queue_name}/stats", QUEUE, ["GET"]],
  ["queue_purge", "/v2/queues/{queue_name}/purge", QUEUE, ["POST"], TAKES_JSON],
  [
    "messages",
    "/v2/queues/{queue_name}/messages{?marker,limit,echo,include_claimed}",
    {
      ...QUEUE,
      marker: "param/marker",
      limit: "param/messages_limit",
      echo: "param/echo",
      include_claimed: "param/include_claimed",
    },
    ["GET"],
  ],
  ["post_messages", "/v2/queues/{queue_name}/messages", QUEUE, ["POST"], TAKES_JSON],
  [
    "messages_delete",
    "/v2/queues/{queue_name}/messages{?ids,pop}",
    { ...QUEUE, ids: "param/ids", pop: "param/pop" },
    ["DELETE"],
  ],
  [
    "message_delete",
    "/v2/queues/{queue_name}/messages/{message_id}{?claim}",
    { ...QUEUE, message_id: "param/message_id", claim: "param/claim_id" },
    ["DELETE"],
  ],
  [
    "message_get",
    "/v2/queues/{queue_name}/messages/{message_id}",
    { ...QUEUE, message_id: "param/message_id" },
    ["GET"],
  ],
  ["claim", "/v2/queues/{queue_name}/claims/{claim_id}", { ...QUEUE, claim_id: "param/claim_id" }, ["GET"]],
  ["delete_claim", "/v2/queues/{queue_name}/claims/{claim_id}", { ...QUEUE, claim_id: "param/claim_id" }, ["DELETE"]],
  [
    "post_claim",
    "/v2/queues/{queue_name}/claims{?limit}",
    { ...QUEUE, limit: "param/claim_limit" },
    ["POST"],
    TAKES_JSON,
  ],
  [
    "patch_claim",
    "/v2/queues/{queue_name}/claims/{claim_id}",
    { ...QUEUE, claim_id: "param/claim_id" },
    ["PATCH"],
    TAKES_JSON,
  ],
  [
    "subscriptions_get",
    "/v2/queues/{queue_name}/subscriptions{?marker,limit}",
    { ...QUEUE, marker: "param/marker", limit: "param/subscription_limit" },
    ["GET"],
  ],
  [
    "subscriptions_post",
    "/v2/queues/{queue_name}/subscriptions",
    { ...QUEUE, limit: "param/subscription_limit" },
    ["POST"],
    TAKES_JSON,
  ],
  ["subscription", SUBSCRIPTION, { ...QUEUE, subscriptions_id: "param/subscriptions_id" }, ["GET", "DELETE"]],
  ["subscription_patch", SUBSCRIPTION, { ...QUEUE, subscriptions_id: "param/subscriptions_id" }, ["PATCH"], TAKES_JSON],
  ["websocket", "/v2/websocket", {}, ["GET"]],
  ["ping", "/v2/ping", {}, ["GET"]],
];

describe("GET /v2/", () => {
  test("is the JSON home document", async () => {
    const answer = await project().send("GET", "/v2/");
    expect(answer).toAnswer(200);
    expect(answer.headers.get("Content-Type")).toBe("application/json-home");
    expect(answer.headers.get("Cache-Control")).toBe("private, max-age=86400");
    expect(answer.text).toMatch(/^\{\n/);
  });

  test.each(RESOURCES)("describes rel/%s", async (rel, template, variables, allow, further = {}) => {
    const home = (await project().send("GET", "/v2/")).json as { resources: Record<string, Record<string, unknown>> };
    const resource = home.resources[`rel/${rel}`];
    expect(resource?.["href-template"]).toBe(template);
    expect(resource?.["href-vars"] ?? {}).toEqual(variables);
    expect(resource?.["hints"]).toEqual({ allow, formats: { "application/json": {} }, ...further });
  });

  test.each(["pools", "pool", "flavors", "flavor", "health"])("leaves out rel/%s unless in admin mode", async (rel) => {
    const home = (await project().send("GET", "/v2/")).json as { resources: Record<string, unknown> };
    expect(home.resources).not.toHaveProperty([`rel/${rel}`]);
  });

  test("needs a Client-ID and a project like any other route of the API", async () => {
    expect(await project().send("GET", "/v2/", { client: null })).toRefuse(400, "Missing header value");
    expect(await project().send("GET", "/v2/", { project: null })).toRefuse(400, "Project-Id Missing");
  });
});

describe("/v2/ping", () => {
  test.each(["GET", "HEAD"])("%s is 204 and empty", async (method) => {
    expect(await project().send(method, "/v2/ping")).toAnswer(204);
  });

  test.each(["GET", "HEAD"])("%s needs a Client-ID and a project", async (method) => {
    expect(await project().send(method, "/v2/ping", { client: null })).toAnswer(400);
    expect(await project().send(method, "/v2/ping", { project: null })).toAnswer(400);
  });
});

describe("/v2/health", () => {
  test("does not exist outside of admin mode", async () => {
    const answer = await project().send("GET", "/v2/health", { headers: { "X-Roles": "admin" } });
    expect(answer).toRefuse(404, "404 Not Found");
  });
});
