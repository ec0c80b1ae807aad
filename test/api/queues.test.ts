/** Queues: create, show, delete, list, statistics, purge, and requests to a missing queue. */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { JSON_PATCH, numbered, project } from "../support/drivers/zaqar-client.ts";

freezeClock();

const DEFAULTS = {
  _max_messages_post_size: 262144,
  _default_message_ttl: 3600,
  _default_message_delay: 0,
  _dead_letter_queue: null,
  _dead_letter_queue_messages_ttl: null,
  _max_claim_count: null,
  _enable_encrypt_messages: false,
};

describe("PUT", () => {
  test("creates a queue: 201, empty, with its location", async () => {
    const answer = await project().send("PUT", "/v2/queues/orders", { body: { team: "ops" } });
    expect(answer).toAnswer(201);
    expect(answer.text).toBe("");
    expect(answer.headers.get("Location")).toBe("/v2/queues/orders");
  });

  test("of an existing queue is 204 and changes nothing", async () => {
    const orders = await project().queue("orders", { team: "ops" });
    await orders.post("kept");
    const answer = await orders.send("PUT", "", { body: { team: "other", more: 1 } });
    expect(answer).toAnswer(204);
    expect(answer.headers.get("Location")).toBe("/v2/queues/orders");
    expect(await orders.metadata()).toEqual({ team: "ops", ...DEFAULTS });
    expect(await orders.list()).toHoldBodies("kept");
  });

  test("of an existing queue still checks the document", async () => {
    const orders = await project().queue();
    expect(await orders.send("PUT", "", { body: { _default_message_ttl: 1 } })).toRefuse(400, "Invalid API request");
    expect(await orders.send("PUT", "", { body: "{" })).toRefuse(400, "Invalid request body");
  });

  test("of a queue that a post created is 204", async () => {
    const orders = project().missingQueue();
    await orders.post("a");
    expect(await orders.send("PUT", "")).toAnswer(204);
  });

  test("that is refused creates nothing", async () => {
    const orders = project().missingQueue();
    expect(await orders.send("PUT", "", { body: { _default_message_ttl: 1 } })).toAnswer(400);
    expect(await orders.project.queueNames()).toEqual([]);
  });
});

describe("GET", () => {
  test("of a missing queue shows the defaults and creates nothing", async () => {
    const orders = project().missingQueue();
    expect(await orders.metadata()).toEqual(DEFAULTS);
    expect(await orders.project.queueNames()).toEqual([]);
  });

  test("shows metadata flat, over the defaults", async () => {
    const orders = await project().queue("orders", { team: "ops", _default_message_ttl: 60 });
    expect(await orders.metadata()).toEqual({ ...DEFAULTS, team: "ops", _default_message_ttl: 60 });
  });
});

describe("DELETE", () => {
  test("ends the queue, its metadata, messages and claims, and may be repeated", async () => {
    const orders = await project().queue("orders", { team: "ops" });
    const id = await orders.postOne("a");
    const claim = await orders.claim();
    await orders.remove();
    await orders.remove();
    expect(await orders.metadata()).toEqual(DEFAULTS);
    expect(await orders.get(id)).toBeNull();
    expect(await claim.get()).toBeNull();
    expect(await claim.send("PATCH", { body: {} })).toRefuse(404, "Not found");
    expect(await orders.project.queueNames()).toEqual([]);
  });

  test("ignores body and query", async () => {
    const orders = await project().queue();
    expect(await orders.send("DELETE", "?a=b&limit=x", { body: "garbage" })).toAnswer(204);
    expect(await orders.project.queueNames()).toEqual([]);
  });

  test("leaves a queue that starts anew when it is created again", async () => {
    const orders = await project().queue("orders", { team: "ops" });
    await orders.post("old");
    await orders.remove();
    expect(await orders.send("PUT", "")).toAnswer(201);
    expect(await orders.list()).toHoldBodies();
    await orders.post("new");
    expect(await orders.claim()).toHoldBodies("new");
  });
});

describe("a missing queue", () => {
  const ID = "0123456789abcdef0123456789abcdef";
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
    ["POST", "/claims", 204, {}],
    ["GET", `/claims/${ID}`, 404, {}],
    ["PATCH", `/claims/${ID}`, 404, { body: {} }],
    ["DELETE", `/claims/${ID}`, 204, {}],
  ])("%s %s is %i and creates nothing", async (method, suffix, status, options) => {
    const orders = project().missingQueue();
    const answer = await orders.send(method, suffix, options);
    if (status === 404) expect(answer).toRefuse(404, "Not found");
    else expect(answer).toAnswer(status);
    expect(await orders.project.queueNames()).toEqual([]);
  });

  test("a post creates it", async () => {
    const orders = project().missingQueue();
    await orders.post("a");
    expect(await orders.project.queueNames()).toEqual(["orders"]);
  });

  test.each([
    ["an unparsable document", "{"],
    ["a document of the wrong type", "[]"],
    ["a ttl out of range", { messages: [{ body: 1, ttl: 1 }] }],
    ["too many bytes", "x".repeat(262145)],
  ])("a post refused for %s creates it too", async (_, body) => {
    const orders = project().missingQueue();
    expect(await orders.send("POST", "/messages", { body })).toAnswer(400);
    expect(await orders.project.queueNames()).toEqual(["orders"]);
  });
});

describe("statistics", () => {
  test("of an empty queue name no message", async () => {
    const orders = await project().queue();
    expect((await orders.send("GET", "/stats")).json).toEqual({ messages: { claimed: 0, free: 0, total: 0 } });
  });

  test("count free and claimed messages, and name the oldest and the newest", async () => {
    const orders = await project().queue();
    const created = new Date().toISOString().replace(".000", "");
    const first = await orders.postOne("a");
    clock.advance({ seconds: 30 });
    const [, last] = await orders.post("b", "c");
    await orders.claim({ limit: 1 });
    clock.advance({ seconds: 10 });
    const stats = await orders.stats();
    expect(stats).toEqual({
      claimed: 1,
      free: 2,
      total: 3,
      oldest: { age: 40, created, href: `/v2/queues/orders/messages/${first}` },
      newest: {
        age: 10,
        created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        href: `/v2/queues/orders/messages/${last}`,
      },
    });
  });

  test("count delayed messages as free, but name none of them", async () => {
    const orders = await project().queue("orders", { _default_message_delay: 300 });
    const visible = await orders.postOne({ body: "now", delay: 0 });
    await orders.post("later");
    const { oldest, newest, ...counts } = await orders.stats();
    expect(counts).toEqual({ claimed: 0, free: 2, total: 2 });
    expect(oldest?.href).toBe(`/v2/queues/orders/messages/${visible}`);
    expect(newest?.href).toBe(`/v2/queues/orders/messages/${visible}`);
  });

  test("name no message when all are delayed", async () => {
    const orders = await project().queue("orders", { _default_message_delay: 300 });
    await orders.post("later");
    expect(await orders.stats()).toEqual({ claimed: 0, free: 1, total: 1 });
  });

  test("forget expired and deleted messages, and claims that are over", async () => {
    const orders = await project().queue();
    await orders.post({ body: "short", ttl: 60 }, "claimed", "deleted");
    await orders.claim({ ttl: 60, limit: 2, grace: 60 });
    const [, , deleted] = await orders.list({ include_claimed: true });
    await orders.delete(deleted?.id ?? "");
    expect(await orders.stats()).toMatchObject({ claimed: 2, free: 0, total: 2 });
    clock.advance({ seconds: 60 });
    expect(await orders.stats()).toMatchObject({ claimed: 0, total: 1, free: 1 });
  });
});

describe("purge", () => {
  test.each([
    ["no body", {}],
    ["both types", { body: { resource_types: ["messages", "subscriptions"] } }],
    ["messages", { body: { resource_types: ["messages"] } }],
    ["messages twice", { body: { resource_types: ["messages", "messages"] } }],
  ])("with %s deletes the messages that no claim holds, delayed ones too", async (_, options) => {
    const orders = await project().queue("orders", { _default_message_delay: 300, team: "ops" });
    await orders.post({ body: "claimed", delay: 0 });
    const claim = await orders.claim();
    await orders.post({ body: "free", delay: 0 }, "delayed");
    expect(await orders.send("POST", "/purge", options)).toAnswer(204);
    expect(await orders.list({ include_claimed: true, include_delayed: true })).toHoldBodies("claimed");
    expect(await claim.get()).toHoldBodies("claimed");
    expect(await orders.metadata()).toMatchObject({ team: "ops" });
  });

  test.each([
    ["nothing", { resource_types: [] }],
    ["subscriptions", { resource_types: ["subscriptions"] }],
  ])("of %s leaves the messages", async (_, body) => {
    const orders = await project().queue();
    await orders.post("a");
    expect(await orders.send("POST", "/purge", { body })).toAnswer(204);
    expect(await orders.list()).toHoldBodies("a");
  });

  test.each([
    ["resource_types is missing", "{}"],
    ["the document is an array", "[]"],
    ["a type is unknown", '{"resource_types":["messages","claims"]}'],
    ["a type is no text", '{"resource_types":[1]}'],
    ["the types are a bare text", '{"resource_types":"messages"}'],
  ])("is refused when %s", async (_, body) => {
    const orders = await project().queue();
    await orders.post("a");
    expect(await orders.send("POST", "/purge", { body })).toRefuse(400, "Invalid API request");
    expect(await orders.list()).toHoldBodies("a");
  });

  test("is refused when the body is not JSON", async () => {
    expect(await project().missingQueue().send("POST", "/purge", { body: "{" })).toRefuse(400, "Invalid request body");
  });

  test("of expired messages leaves the counts right", async () => {
    const orders = await project().queue();
    await orders.post({ body: "expired", ttl: 60 });
    clock.advance({ seconds: 60 });
    expect(await orders.stats()).toMatchObject({ total: 0 });
    await orders.purge();
    await orders.post("a");
    expect(await orders.stats()).toMatchObject({ total: 1, free: 1, claimed: 0 });
  });

  test("empties a long queue in one go", async () => {
    const orders = await project().queue();
    await orders.post(...numbered(250));
    await orders.purge();
    expect(await orders.stats()).toEqual({ claimed: 0, free: 0, total: 0 });
  });
});

test("hrefs of messages have the queue's own name", async () => {
  const dotted = await project().queue("a.b-c_d.9");
  const id = await dotted.postOne("a");
  expect((await dotted.get(id))?.href).toBe(`/v2/queues/a.b-c_d.9/messages/${id}`);
  expect(await dotted.project.queueNames()).toEqual(["a.b-c_d.9"]);
});
