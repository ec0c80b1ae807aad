/**
 * Topics: create, show, change, delete, list, statistics, purge, and their differences from queues. What they have in common with
 * queues is tested with queues.
 */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { JSON_PATCH, project, type Project, type Query } from "../support/drivers/zaqar-client.ts";

freezeClock();

const DEFAULTS = { _max_messages_post_size: 262144, _default_message_ttl: 3600, _default_message_delay: 0 };
const ID = "0123456789abcdef0123456789abcdef";

async function topics(owner: Project, query: Query = {}): Promise<unknown> {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  const answer = await owner.send("GET", `/v2/topics?${pairs.join("&")}`);
  expect(answer).toAnswer(200);
  return answer.json;
}

async function topicNames(owner: Project, query: Query = {}): Promise<string[]> {
  const { topics: listed } = (await topics(owner, query)) as { topics: { name: string }[] };
  return listed.map(({ name }) => name);
}

describe("PUT", () => {
  test("creates a topic: 201, empty, with its location", async () => {
    const answer = await project().send("PUT", "/v2/topics/news", { body: { team: "ops" } });
    expect(answer).toAnswer(201);
    expect(answer.text).toBe("");
    expect(answer.headers.get("Location")).toBe("/v2/topics/news");
  });

  test("of an existing topic is 204 and changes nothing", async () => {
    const news = await project().topic("news", { team: "ops" });
    expect(await news.send("PUT", "", { body: { team: "other" } })).toAnswer(204);
    expect(await news.metadata()).toEqual({ team: "ops", ...DEFAULTS });
  });

  test.each([
    ["_default_message_ttl", 59],
    ["_max_messages_post_size", 262_145],
    ["_default_message_delay", 901],
    ["_max_claim_count", "many"],
    ["_dead_letter_queue_messages_ttl", 59],
    ["_enable_encrypt_messages", "yes"],
    ["_retry_policy", []],
  ])("checks every reserved key of a queue: %s %j is refused", async (key, value) => {
    const news = project().missingTopic();
    expect(await news.send("PUT", "", { body: { [key]: value } })).toRefuse(400, "Invalid API request");
    expect(await topicNames(news.project)).toEqual([]);
  });
});

describe("GET", () => {
  test("of a missing topic shows the defaults, three of them, and creates nothing", async () => {
    const news = project().missingTopic();
    expect(await news.metadata()).toEqual(DEFAULTS);
    expect(await topicNames(news.project)).toEqual([]);
  });

  test("shows every other reserved key only as it is stored", async () => {
    const stored = { _max_claim_count: 0, _dead_letter_queue: null, _default_message_ttl: 60 };
    const news = await project().topic("news", stored);
    expect(await news.metadata()).toEqual({ ...DEFAULTS, ...stored });
  });
});

describe("PATCH", () => {
  const path = (key: string): string => `/metadata/${key}`;

  test.each(Object.keys(DEFAULTS))("replaces and removes %s, stored or not", async (key) => {
    const news = await project().topic();
    expect(await news.patch({ op: "replace", path: path(key), value: 60 })).toEqual({ ...DEFAULTS, [key]: 60 });
    expect(await news.patch({ op: "remove", path: path(key) })).toEqual(DEFAULTS);
    expect(await news.patch({ op: "remove", path: path(key) })).toEqual(DEFAULTS);
  });

  test.each(["_max_claim_count", "_dead_letter_queue", "_dead_letter_queue_messages_ttl", "_enable_encrypt_messages"])(
    "finds no %s that is not stored",
    async (key) => {
      const news = await project().topic();
      expect(await news.sendPatch([{ op: "replace", path: path(key), value: null }])).toRefuse(
        409,
        "Resource conflict",
      );
      expect(await news.sendPatch([{ op: "remove", path: path(key) }])).toRefuse(409, "Resource conflict");
      expect(await news.patch({ op: "add", path: path(key), value: null })).toEqual({ ...DEFAULTS, [key]: null });
    },
  );

  test("of a missing topic is 404 and says so", async () => {
    const answer = await project().missingTopic().sendPatch([]);
    expect(answer).toRefuse(404, "Not found");
    expect(answer.json).toMatchObject({ description: expect.stringContaining("The Topic news does not exist") });
  });

  test("shows in the list", async () => {
    const news = await project().topic("news", { team: "ops" });
    await news.patch({ op: "replace", path: path("team"), value: "dev" });
    expect(await topicNames(news.project, { team: "dev" })).toEqual(["news"]);
  });
});

describe("DELETE", () => {
  test("ends the topic and its messages, keeps its subscriptions, and may be repeated", async () => {
    const news = await project().topic("news", { team: "ops" });
    const id = await news.postOne("a");
    const subscription = await news.subscribe("mailto:a@subscriber.test");
    await news.remove();
    await news.remove();
    expect(await news.metadata()).toEqual(DEFAULTS);
    expect(await news.get(id)).toBeNull();
    expect(await news.subscription(subscription)).toMatchObject({ source: "news" });
    expect(await topicNames(news.project)).toEqual([]);
  });
});

describe("the list", () => {
  test("is by name, in pages with a next link each, until an empty one", async () => {
    const owner = project();
    for (const name of ["b", "a1", "_x", "A1", "a10"]) await owner.topic(name);
    expect(await topicNames(owner)).toEqual(["A1", "_x", "a1", "a10", "b"]);
    expect(await topics(owner, { limit: 2 })).toEqual({
      topics: [
        { name: "A1", href: "/v2/topics/A1" },
        { name: "_x", href: "/v2/topics/_x" },
      ],
      links: [{ rel: "next", href: "/v2/topics?limit=2&marker=_x" }],
    });
    expect(await topics(owner, { marker: "b" })).toEqual({ topics: [], links: [] });
  });

  test("shows metadata when asked, over three defaults", async () => {
    const news = await project().topic("news", { team: "ops" });
    expect(await topics(news.project, { detailed: true })).toMatchObject({
      topics: [{ name: "news", metadata: { team: "ops", ...DEFAULTS } }],
    });
  });

  test("filters by a part of the name and by stored metadata", async () => {
    const owner = project();
    await owner.topic("news-eu", { team: "ops" });
    await owner.topic("news-us");
    await owner.topic("alerts", { team: "ops" });
    expect(await topicNames(owner, { name: "ews-" })).toEqual(["news-eu", "news-us"]);
    expect(await topicNames(owner, { team: "ops" })).toEqual(["alerts", "news-eu"]);
  });

  test("does not count: with_count is a filter like any other", async () => {
    const owner = project();
    await owner.topic("a");
    await owner.topic("b", { with_count: "maybe" });
    expect(await topics(owner)).not.toHaveProperty("count");
    expect(await topicNames(owner, { with_count: true })).toEqual([]);
    expect(await topicNames(owner, { with_count: "maybe" })).toEqual(["b"]);
  });

  test.each([
    ["limit=0", "Invalid API request"],
    ["limit=21", "Invalid API request"],
    ["limit=x", "Invalid parameter"],
    ["detailed=maybe", "Invalid parameter"],
  ])("refuses %s", async (query, title) => {
    expect(await project().send("GET", `/v2/topics?${query}`)).toRefuse(400, title);
  });

  test("takes a limit of 1 and of 20", async () => {
    expect(await topics(project(), { limit: 1 })).toEqual({ topics: [], links: [] });
    expect(await topics(project(), { limit: 20 })).toEqual({ topics: [], links: [] });
  });
});

describe("statistics", () => {
  test("count all messages, and no claims", async () => {
    const news = await project().topic();
    expect(await news.stats()).toEqual({ total: 0 });
    const [first, last] = await news.post("a", "b");
    clock.advance({ seconds: 5 });
    expect(await news.stats()).toEqual({
      total: 2,
      oldest: { age: 5, created: expect.any(String), href: `/v2/topics/news/messages/${first}` },
      newest: { age: 5, created: expect.any(String), href: `/v2/topics/news/messages/${last}` },
    });
  });

  test("of a missing topic are those of a missing queue", async () => {
    expect(await project().missingTopic().stats()).toEqual({ claimed: 0, free: 0, total: 0 });
  });
});

describe("a purge", () => {
  test.each([
    [[], [], 0],
    [["messages"], [], 1],
    [["subscriptions"], ["a"], 0],
  ] as const)("of %j leaves the messages %j and %i subscriptions", async (types, bodies, left) => {
    const news = await project().topic("news", { team: "ops" });
    await news.post("a");
    await news.subscribe("mailto:a@subscriber.test");
    await news.purge(...types);
    expect(await news.list()).toHoldBodies(...bodies);
    expect((await news.subscriptions()).subscriptions).toHaveLength(left);
    expect(await news.metadata()).toMatchObject({ team: "ops" });
  });

  test("of something else is refused", async () => {
    const answer = await project()
      .missingTopic()
      .send("POST", "/purge", { body: { resource_types: ["claims"] } });
    expect(answer).toRefuse(400, "Invalid API request");
  });
});

describe("a name", () => {
  test.each([
    ["GET", ""],
    ["PUT", ""],
    ["PATCH", ""],
    ["DELETE", ""],
    ["GET", "/stats"],
    ["POST", "/purge"],
    ["POST", "/messages"],
    ["GET", `/messages/${ID}`],
    ["GET", "/subscriptions"],
  ])("that is not allowed is refused: %s %s", async (method, suffix) => {
    const answer = await project().send(method, `/v2/topics/a%20b${suffix}`);
    expect(answer).toRefuse(400, "Invalid topic identification");
  });

  test("may have 1 to 64 characters", async () => {
    const owner = project();
    expect(await owner.send("PUT", `/v2/topics/${"x".repeat(64)}`)).toAnswer(201);
    expect(await owner.send("PUT", `/v2/topics/${"x".repeat(65)}`)).toRefuse(400, "Invalid topic identification");
    expect(await owner.send("GET", "/v2/topics/")).toRefuse(400, "Invalid topic identification");
  });

  test("of a project may have 256", async () => {
    const headers = (length: number): object => ({ headers: { "X-Project-ID": "p".repeat(length) } });
    expect(await project().send("GET", "/v2/topics/news", headers(256))).toAnswer(200);
    expect(await project().send("GET", "/v2/topics/news", headers(257))).toRefuse(400, "Invalid topic identification");
  });
});

test("a queue and a topic of the same name are independent", async () => {
  const owner = project();
  const queue = await owner.queue("same", { is: "queue" });
  const topic = await owner.topic("same", { is: "topic" });
  const id = await queue.postOne("in the queue");
  await topic.post("in the topic");
  await queue.subscribe("mailto:queue@subscriber.test");
  expect(await queue.list()).toHoldBodies("in the queue");
  expect(await topic.list()).toHoldBodies("in the topic");
  expect(await topic.get(id)).toBeNull();
  expect((await topic.subscriptions()).subscriptions).toEqual([]);
  await topic.remove();
  expect(await queue.metadata()).toMatchObject({ is: "queue" });
  expect(await queue.list()).toHoldBodies("in the queue");
  expect(await owner.queueNames()).toEqual(["same"]);
  expect((await owner.queues({ with_count: true })).count).toBe(1);
  expect(await topicNames(owner)).toEqual([]);
});

describe("what queues have and topics do not", () => {
  test.each([
    ["POST", "/claims"],
    ["GET", `/claims/${ID}`],
    ["PATCH", `/claims/${ID}`],
    ["DELETE", `/claims/${ID}`],
    ["POST", "/share"],
    ["POST", "/redrive"],
    ["GET", "/redrive"],
  ])("%s %s", async (method, suffix) => {
    const news = await project().topic();
    expect(await news.send(method, suffix, method === "GET" ? {} : { body: {} })).toRefuse(404, "404 Not Found");
  });

  test("a place in the home document", async () => {
    expect((await project().send("GET", "/v2/")).text).not.toContain("topic");
  });
});

describe("a missing topic", () => {
  test.each([
    ["GET", "", 200, {}],
    ["PATCH", "", 404, { body: [], headers: { "Content-Type": JSON_PATCH } }],
    ["DELETE", "", 204, {}],
    ["GET", "/stats", 200, {}],
    ["POST", "/purge", 204, {}],
    ["GET", "/messages", 200, {}],
    ["GET", `/messages?ids=${ID}`, 404, {}],
    ["GET", `/messages/${ID}`, 404, {}],
    ["DELETE", `/messages?ids=${ID}`, 204, {}],
    ["DELETE", "/messages?pop=1", 200, {}],
    ["DELETE", `/messages/${ID}`, 204, {}],
    ["GET", "/subscriptions", 200, {}],
  ])("%s %s is %i and creates nothing", async (method, suffix, status, options) => {
    const news = project().missingTopic();
    expect(await news.send(method, suffix, options)).toAnswer(status);
    expect(await topicNames(news.project)).toEqual([]);
  });
});

describe("quotas", () => {
  const OPERATOR = { "X-Roles": "admin" };

  test("count topics among the queues", async () => {
    const owner = project();
    const quotas = `/v2/quotas/${owner.id}`;
    expect(await owner.send("PUT", quotas, { headers: OPERATOR, body: { queues: 2 } })).toAnswer(204);
    clock.advance({ seconds: 60 });
    await owner.send("GET", "/v2/quotas");
    await owner.queue("a");
    await owner.topic("a");
    for (const path of ["/v2/queues/b", "/v2/topics/b"]) {
      expect(await owner.send("PUT", path)).toRefuse(403, "Quota exceeded");
      expect(await owner.send("POST", `${path}/messages`, { body: { messages: [{ body: 1 }] } })).toRefuse(403);
    }
    expect((await owner.send("GET", "/v2/quotas")).json).toMatchObject({ quotas: { queues: { limit: 2, used: 2 } } });
    await owner.missingTopic("a").remove();
    await owner.queue("b");
  });
});
