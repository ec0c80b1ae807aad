/** Messages: post, list, get. */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { bodiesOf, idsIn, numbered, project, type Message } from "../support/drivers/zaqar-client.ts";

freezeClock();

test("the Location of a large post does not grow with it, and the body names all its messages", async () => {
  const orders = await project().queue();
  const messages = Array.from({ length: 2000 }, () => ({ body: 1 }));
  const posted = await orders.send("POST", "/messages", { body: { messages } });
  expect(posted.headers.get("Location")).toBe("/v2/queues/orders/messages");
  expect((posted.json as { resources: string[] }).resources).toHaveLength(2000);
});

describe("a post", () => {
  test("answers with the messages' paths, in order", async () => {
    const orders = await project().queue();
    const answer = await orders.send("POST", "/messages", { body: { messages: [{ body: "a" }, { body: "b" }] } });
    expect(answer).toAnswer(201);
    const [a, b] = idsIn(answer);
    expect(answer.json).toEqual({ resources: [`/v2/queues/orders/messages/${a}`, `/v2/queues/orders/messages/${b}`] });
    expect(answer.headers.get("Location")).toBe(`/v2/queues/orders/messages?ids=${a},${b}`);
    expect(await orders.getMany([a ?? "", b ?? ""])).toHoldBodies("a", "b");
  });

  test("gives every message an id of its own that fits into a URL", async () => {
    const orders = await project().queue();
    const ids = await orders.post(...numbered(100));
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[^/?&=,#]+$/);
  });

  test("takes a message's ttl from the message, then the queue, then the service", async () => {
    const orders = await project().queue();
    const short = await project().queue("short", { _default_message_ttl: 77 });
    const [own, plain] = await orders.post({ body: 1, ttl: 99 }, { body: 2 });
    const [ownInShort, plainInShort] = await short.post({ body: 1, ttl: 99 }, { body: 2 });
    expect((await orders.get(own ?? ""))?.ttl).toBe(99);
    expect((await orders.get(plain ?? ""))?.ttl).toBe(3600);
    expect((await short.get(ownInShort ?? ""))?.ttl).toBe(99);
    expect((await short.get(plainInShort ?? ""))?.ttl).toBe(77);
  });

  test("drops fields it does not know, of messages and around them", async () => {
    const orders = await project().queue();
    const body = { more: 1, messages: [{ body: "a", id: "mine", age: 5, claim_id: "c", href: "x" }] };
    const [id] = idsIn(await orders.send("POST", "/messages", { body }));
    const answer = await orders.send("GET", `/messages/${id}`);
    expect(answer.json).toEqual({ id, href: `/v2/queues/orders/messages/${id}`, ttl: 3600, age: 0, body: "a" });
  });

  test("stores all its messages or none", async () => {
    const orders = await project().queue();
    const body = { messages: [{ body: "a" }, { body: "b", ttl: 60 }, { body: "c", ttl: 59 }] };
    expect(await orders.send("POST", "/messages", { body })).toRefuse(400, "Invalid API request");
    expect(await orders.list()).toHoldBodies();
  });

  test("without a body has another error than one whose body is null", async () => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: null });
    expect((await orders.get(id))?.body).toBeNull();
    const answer = await orders.send("POST", "/messages", { body: { messages: [{ ttl: 60 }] } });
    expect(answer).toRefuse(400, "Invalid request body");
  });
});

describe("a post is refused", () => {
  test.each([
    ["there is no messages member", "{}", "Invalid API request"],
    ["the document is an array", '[{"body":1}]', "Invalid API request"],
    ["messages is empty", '{"messages":[]}', "Invalid API request"],
    ["a ttl is below its minimum", '{"messages":[{"body":1,"ttl":59}]}', "Invalid API request"],
    ["a ttl is above its maximum", '{"messages":[{"body":1,"ttl":1209601}]}', "Invalid API request"],
    ["a ttl is a boolean, which counts as 1", '{"messages":[{"body":1,"ttl":true}]}', "Invalid API request"],
    ["it is no JSON", '{"messages":', "Invalid request body"],
    ["it is a scalar", "1", "Invalid request body"],
    ["it is a text", '"messages"', "Invalid request body"],
    ["it is null", "null", "Invalid request body"],
    ["it is blank", "  ", "Invalid request body"],
    ["it holds an integer beyond 64 bits", '{"messages":[{"body":9223372036854775808}]}', "Invalid request body"],
    [
      "it holds one outside of the messages",
      '{"messages":[{"body":1}],"more":-9223372036854775809}',
      "Invalid request body",
    ],
    ["messages is an object", '{"messages":{"body":1}}', "Invalid request body"],
    ["messages is a text", '{"messages":"body"}', "Invalid request body"],
    ["messages is null", '{"messages":null}', "Invalid request body"],
    ["a ttl is null", '{"messages":[{"body":1,"ttl":null}]}', "Invalid request body"],
    ["a ttl is a text", '{"messages":[{"body":1,"ttl":"60"}]}', "Invalid request body"],
    ["a ttl is 60.0", '{"messages":[{"body":1,"ttl":60.0}]}', "Invalid request body"],
    ["a body is missing", '{"messages":[{"body":1},{"ttl":60}]}', "Invalid request body"],
    ["a message is a number", '{"messages":[1]}', undefined],
    ["a message is a text", '{"messages":["s"]}', undefined],
    ["a message is null", '{"messages":[null]}', undefined],
    ["the document is an array with the text messages", '["messages"]', undefined],
  ])("when %s", async (_, body, title) => {
    const orders = await project().queue();
    expect(await orders.send("POST", "/messages", { body })).toRefuse(400, title);
    expect(await orders.list()).toHoldBodies();
  });

  test.each([
    ["size before syntax", "x".repeat(262_145), "Invalid API request", /262144/],
    ["a ttl's type before a missing body", '{"messages":[{"ttl":"x"}]}', "Invalid request body", /ttl/],
    [
      "the types of all messages before the range of any",
      '{"messages":[{"body":1,"ttl":1},{"body":1,"ttl":"x"}]}',
      "Invalid request body",
      /ttl/,
    ],
    [
      "a missing body before a later ttl's type",
      '{"messages":[{},{"body":1,"ttl":"x"}]}',
      "Invalid request body",
      /body/,
    ],
  ])("for %s", async (_, body, title, description) => {
    const answer = await project().missingQueue().send("POST", "/messages", { body });
    expect(answer).toRefuse(400, title);
    expect(answer.json).toMatchObject({ description: expect.stringMatching(description) });
  });
});

describe("a list", () => {
  test("shows messages in post order, exactly with these members", async () => {
    const orders = await project().queue();
    const [a, b] = await orders.post("a", { body: { n: 1 }, ttl: 60 });
    clock.advance({ seconds: 5 });
    expect((await orders.send("GET", "/messages?echo=true")).json).toEqual({
      messages: [
        { id: a, href: `/v2/queues/orders/messages/${a}`, ttl: 3600, age: 5, body: "a" },
        { id: b, href: `/v2/queues/orders/messages/${b}`, ttl: 60, age: 5, body: { n: 1 } },
      ],
      links: [{ rel: "next", href: `/v2/queues/orders/messages?echo=true&include_delayed=true&marker=${b}` }],
    });
  });

  test("of nothing is 200 with neither messages nor links", async () => {
    const orders = await project().queue();
    expect((await orders.send("GET", "/messages")).json).toEqual({ messages: [], links: [] });
    expect((await project().missingQueue().send("GET", "/messages")).json).toEqual({ messages: [], links: [] });
  });

  test("holds ten messages unless told otherwise, and twenty at most", async () => {
    const orders = await project().queue();
    await orders.post(...numbered(21));
    expect(await orders.list()).toHaveLength(10);
    expect(await orders.list({ limit: 1 })).toHoldBodies("0");
    expect(await orders.list({ limit: 20 })).toHaveLength(20);
  });

  test.each([0, 21, -1])("is refused with a limit of %i", async (limit) => {
    expect(await project().missingQueue().send("GET", `/messages?limit=${limit}`)).toRefuse(400, "Invalid API request");
  });

  test("leaves the client's own messages out unless it asks for an echo", async () => {
    const orders = await project().queue();
    await orders.post("mine");
    await orders.as(crypto.randomUUID()).post("theirs");
    expect(await orders.list({ echo: false })).toHoldBodies("theirs");
    expect(await orders.list({ echo: true })).toHoldBodies("mine", "theirs");
    expect((await orders.send("GET", "/messages")).json).toMatchObject({ messages: [{ body: "theirs" }] });
  });

  test("leaves claimed messages out unless asked for them", async () => {
    const orders = await project().queue();
    await orders.post("a", "b", "c");
    const claim = await orders.claim({ limit: 1 });
    expect(await orders.list()).toHoldBodies("b", "c");
    expect(await orders.list({ include_claimed: true })).toHoldBodies("a", "b", "c");
    await claim.release();
    expect(await orders.list()).toHoldBodies("a", "b", "c");
  });

  test("applies filters before the limit, so that pages are full", async () => {
    const orders = await project().queue();
    await orders.post("mine", "mine", "mine");
    await orders.as(crypto.randomUUID()).post("theirs 1", "theirs 2", "theirs 3");
    expect(await orders.list({ echo: false, limit: 2 })).toHoldBodies("theirs 1", "theirs 2");
  });
});

describe("pages", () => {
  test("follow the links through the whole queue, once each, and end empty", async () => {
    const orders = await project().queue();
    const posted = numbered(25);
    await orders.post(...posted);
    const visited: unknown[] = [];
    let href: string | null = "/v2/queues/orders/messages?echo=true&limit=4";
    while (href !== null) {
      const page = (await orders.project.send("GET", href)).json as { messages: Message[]; links: { href: string }[] };
      visited.push(...bodiesOf(page));
      href = page.links[0]?.href ?? null;
    }
    expect(visited).toEqual(posted);
  });

  test.each([
    ["", "include_delayed=true&marker="],
    ["?limit=2", "limit=2&include_delayed=true&marker="],
    ["?include_claimed=yes&echo=1&limit=1_0", "limit=10&echo=true&include_claimed=true&include_delayed=true&marker="],
    ["?include_delayed=false&echo=off", "echo=false&include_delayed=true&marker="],
    ["?more=1&limit=2", "limit=2&include_delayed=true&marker="],
  ])("the link of %j is ?%s…", async (query, next) => {
    const orders = await project().queue();
    await orders.as(crypto.randomUUID()).post("a");
    const { links } = (await orders.send("GET", `/messages${query}`)).json as { links: { href: string }[] };
    expect(links).toHaveLength(1);
    expect(links[0]?.href).toMatch(new RegExp(`^/v2/queues/orders/messages\\?${next}[^&]+$`));
  });

  test("a marker in the request is replaced in its place", async () => {
    const orders = await project().queue();
    const [first, last] = await orders.post("a", "b");
    const { next } = await orders.page({ limit: 5, marker: first ?? "" });
    expect(next).toBe(`/v2/queues/orders/messages?marker=${last}&limit=5&echo=true&include_delayed=true`);
  });

  test("the marker is the last message's id, and stays valid when that message is gone", async () => {
    const orders = await project().queue();
    const ids = await orders.post("a", "b", "c");
    await orders.delete(ids[1] ?? "");
    expect(await orders.list({ marker: ids[1] ?? "" })).toHoldBodies("c");
    expect(await orders.list({ marker: ids[2] ?? "" })).toHoldBodies();
    await orders.post("d");
    expect(await orders.list({ marker: ids[2] ?? "" })).toHoldBodies("d");
  });

  test.each(["nonsense", "1", "f".repeat(32), "0".repeat(32), "%00", "' OR 1=1", "-1"])(
    "the marker %s leads to an empty page",
    async (marker) => {
      const orders = await project().queue();
      await orders.post("a");
      expect(await orders.page({ marker })).toEqual({ messages: [], next: null });
    },
  );
});

describe("messages by ids", () => {
  test("come in the order asked for, without repeats and without links", async () => {
    const orders = await project().queue();
    const [a, b, c] = await orders.post("a", "b", "c");
    const answer = await orders.send("GET", `/messages?ids=${c},${a},${c},nonsense,${b}`);
    expect(answer).toAnswer(200);
    expect(Object.keys(answer.json as object)).toEqual(["messages"]);
    expect((answer.json as { messages: Message[] }).messages).toHoldBodies("c", "a", "b");
  });

  test("include own, claimed and delayed messages", async () => {
    const orders = await project().queue("orders", { _default_message_delay: 300 });
    const ids = await orders.post({ body: "claimed", delay: 0 }, "delayed");
    const { id } = await orders.claim();
    const messages = await orders.getMany(ids);
    expect(messages).toHoldBodies("claimed", "delayed");
    expect(messages.map((message) => message.href)).toEqual([
      `/v2/queues/orders/messages/${ids[0]}?claim_id=${id}`,
      `/v2/queues/orders/messages/${ids[1]}`,
    ]);
  });

  test("ignore the parameters of lists", async () => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    expect(await orders.send("GET", `/messages?ids=${id}&limit=x&echo=x&marker=x&include_claimed=x`)).toAnswer(200);
  });

  test("are 404 if none exists", async () => {
    const orders = await project().queue();
    expect(await orders.send("GET", "/messages?ids=a,b")).toRefuse(404, "Not found");
    expect(await project().missingQueue().send("GET", "/messages?ids=a,b")).toRefuse(404, "Not found");
  });

  test("are twenty at most, with repetitions counted", async () => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    const ids = (count: number): string => Array.from({ length: count }, () => id).join(",");
    expect(await orders.send("GET", `/messages?ids=${ids(20)}`)).toAnswer(200);
    expect(await orders.send("GET", `/messages?ids=${ids(21)}`)).toRefuse(400, "Invalid API request");
  });
});

describe("one message", () => {
  test("is a bare object with exactly these members", async () => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    clock.advance({ seconds: 2, ms: 999 });
    const answer = await orders.send("GET", `/messages/${id}?claim_id=ignored&limit=x`);
    expect(answer).toAnswer(200);
    expect(answer.json).toEqual({ id, href: `/v2/queues/orders/messages/${id}`, ttl: 3600, age: 2, body: "a" });
  });

  test("carries its claim in the href while the claim lives", async () => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    const claim = await orders.claim({ ttl: 60, grace: 60 });
    expect((await orders.get(id))?.href).toBe(`/v2/queues/orders/messages/${id}?claim_id=${claim.id}`);
    clock.advance({ seconds: 60 });
    expect((await orders.get(id))?.href).toBe(`/v2/queues/orders/messages/${id}`);
  });

  test.each(["nonsense", "f".repeat(32), "0".repeat(32), "%00"])("%s is not found", async (id) => {
    const orders = await project().queue();
    await orders.post("a");
    expect(await orders.send("GET", `/messages/${id}`)).toRefuse(404, "Not found");
  });
});
