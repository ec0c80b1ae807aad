/** Messages of topics: as messages of queues, below the topic's path and without claims. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { project } from "../support/drivers/zaqar-client.ts";

freezeClock();

describe("a post", () => {
  test("stores messages below the topic, which it creates", async () => {
    const news = project().missingTopic();
    const answer = await news.send("POST", "/messages", {
      body: { messages: [{ body: "a" }, { body: "b", ttl: 60 }] },
    });
    expect(answer).toAnswer(201);
    const [first, second] = (answer.json as { resources: string[] }).resources;
    expect(first).toMatch(/^\/v2\/topics\/news\/messages\/[0-9a-f]{32}$/);
    expect(answer.headers.get("Location")).toBe(
      `/v2/topics/news/messages?ids=${first?.split("/").at(-1)},${second?.split("/").at(-1)}`,
    );
    expect(await news.list()).toMatchObject([
      { body: "a", href: first, ttl: 3600 },
      { body: "b", href: second, ttl: 60 },
    ]);
    expect(await news.send("PUT", "")).toAnswer(204);
  });

  test("obeys the topic's defaults", async () => {
    const news = await project().topic("news", { _default_message_ttl: 90, _max_messages_post_size: 100 });
    await news.post("a");
    expect(await news.list()).toMatchObject([{ ttl: 90 }]);
    const body = { messages: [{ body: "x".repeat(100) }] };
    expect(await news.send("POST", "/messages", { body })).toRefuse(400, "Invalid API request");
  });

  test("is stored once under one Idempotency-Key", async () => {
    const news = await project().topic();
    const options = { headers: { "Idempotency-Key": "once" }, body: { messages: [{ body: "a" }] } };
    const [first, second] = [
      await news.send("POST", "/messages", options),
      await news.send("POST", "/messages", options),
    ];
    expect(second.json).toEqual(first.json);
    expect(await news.list()).toHoldBodies("a");
  });
});

describe("reading", () => {
  test("leaves out the client's own messages unless asked, in pages with links below the topic", async () => {
    const news = await project().topic();
    await news.post("a", "b");
    const own = await news.send("GET", "/messages");
    expect(own.json).toEqual({ messages: [], links: [] });
    const { messages, next } = await news.page({ limit: 1 });
    expect(messages).toHoldBodies("a");
    expect(next).toMatch(/^\/v2\/topics\/news\/messages\?limit=1&echo=true&include_delayed=true&marker=/);
    const rest = await news.project.send("GET", next ?? "");
    expect((rest.json as { messages: { body: unknown }[] }).messages).toHoldBodies("b");
  });

  test("one, or many by their ids", async () => {
    const news = await project().topic();
    const [a = "", b = ""] = await news.post("a", "b");
    expect(await news.get(a)).toMatchObject({ id: a, href: `/v2/topics/news/messages/${a}`, body: "a" });
    expect(await news.getMany([b, a, "0123456789abcdef0123456789abcdef"])).toHoldBodies("b", "a");
  });

  test("a missing message is 404 and names the topic", async () => {
    const answer = await project().missingTopic().send("GET", "/messages/0123456789abcdef0123456789abcdef");
    expect(answer).toRefuse(404, "Not found");
    expect(answer.json).toMatchObject({ description: expect.stringContaining("in topic news") });
  });

  test("hides delayed messages until their time, and expired ones from then on", async () => {
    const news = await project().topic("news", { _default_message_delay: 30 });
    await news.post({ body: "a", ttl: 60 });
    expect(await news.list()).toHoldBodies();
    clock.advance({ seconds: 30 });
    expect(await news.list()).toHoldBodies("a");
    clock.advance({ seconds: 29, ms: 999 });
    expect(await news.list()).toHoldBodies("a");
    clock.advance({ ms: 1 });
    expect(await news.list()).toHoldBodies();
  });
});

describe("deletion", () => {
  test("of one, of many, and what is popped, in post order", async () => {
    const news = await project().topic();
    const [a = "", b = "", c = ""] = await news.post("a", "b", "c", "d", "e");
    await news.delete(a);
    await news.delete(a);
    await news.deleteMany([b, c]);
    expect(await news.pop(1)).toMatchObject([{ body: "d", claim_id: null, claim_count: 0 }]);
    expect(await news.list()).toHoldBodies("e");
  });

  test.each(["", "?ids=a&pop=1", "?pop=0", "?pop=21"])("with %j is refused", async (query) => {
    expect(await project().missingTopic().send("DELETE", `/messages${query}`)).toRefuse(400, "Invalid API request");
  });
});

test("the alarm removes expired messages, and is not set again", async () => {
  const news = await project().topic();
  await news.post({ body: "a", ttl: 60 });
  await runDurableObjectAlarm(queueStub(news));
  clock.advance({ seconds: 120 });
  expect(await runDurableObjectAlarm(queueStub(news))).toBe(true);
  expect(await news.stats()).toEqual({ total: 0 });
  expect(await runDurableObjectAlarm(queueStub(news))).toBe(false);
});
