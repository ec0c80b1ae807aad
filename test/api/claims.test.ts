/** Claims: create, show, renew, release, and how they extend the lives of messages. */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { numbered, project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

const UNKNOWN = "5dfb4ae5-7df4-4f0b-8f4c-2a1e4c8a9c11";

async function queueOf(...bodies: readonly string[]): Promise<Queue> {
  const orders = await project().queue();
  await orders.post(...bodies);
  return orders;
}

describe("a claim", () => {
  test("answers with its messages and its location, and with nothing else", async () => {
    const orders = await project().queue();
    const [a, b] = await orders.post("a", { body: { n: 1 }, ttl: 600 });
    clock.advance({ seconds: 7 });
    const answer = await orders.send("POST", "/claims", { body: { ttl: 60, grace: 60 } });
    expect(answer).toAnswer(201);
    const claim = answer.headers.get("Location")?.split("/").at(-1);
    expect(answer.headers.get("Location")).toBe(`/v2/queues/orders/claims/${claim}`);
    expect(answer.json).toEqual({
      messages: [
        { id: a, href: `/v2/queues/orders/messages/${a}?claim_id=${claim}`, ttl: 3600, age: 7, body: "a" },
        { id: b, href: `/v2/queues/orders/messages/${b}?claim_id=${claim}`, ttl: 600, age: 7, body: { n: 1 } },
      ],
    });
  });

  test("of nothing is 204 without a location", async () => {
    for (const orders of [await project().queue(), project().missingQueue()]) {
      const answer = await orders.send("POST", "/claims", { body: {} });
      expect(answer).toAnswer(204);
      expect(answer.headers.has("Location")).toBe(false);
    }
  });

  test("takes the oldest first, ten unless told otherwise, twenty at most", async () => {
    const orders = await queueOf(...numbered(35));
    expect(await orders.claim({ limit: 2 })).toHoldBodies("0", "1");
    expect((await orders.claim()).messages).toHaveLength(10);
    expect((await orders.claim({ limit: 20 })).messages).toHaveLength(20);
    expect(await orders.claim({ limit: 20 })).toHoldBodies("32", "33", "34");
    expect(await orders.claim()).toHoldBodies();
  });

  test("reads its limit from the query alone", async () => {
    const orders = await queueOf("a", "b", "c");
    const answer = await orders.send("POST", "/claims?limit=2", { body: { limit: 1, more: "x" } });
    expect((answer.json as { messages: unknown[] }).messages).toHaveLength(2);
  });

  test("includes the client's own messages, and is not bound to a Client-ID", async () => {
    const orders = await queueOf("mine");
    expect(await orders.claim()).toHoldBodies("mine");
    expect(await orders.as(crypto.randomUUID()).claim()).toHoldBodies();
  });

  test("passes over messages that are claimed, expired or still delayed", async () => {
    const orders = await project().queue("orders", { _default_message_delay: 300 });
    await orders.post({ body: "claimed", delay: 0 });
    await orders.claim();
    await orders.post({ body: "expired", delay: 0, ttl: 60 }, "delayed", { body: "free", delay: 0 });
    clock.advance({ seconds: 60 });
    expect(await orders.claim()).toHoldBodies("free");
  });

  test.each([
    ["no body", {}],
    ["an empty body", { contentLength: "0" }],
    ["an empty object", { body: {} }],
    ["null for both fields", { body: { ttl: null, grace: null } }],
  ])("with %s has the default lease", async (_, options) => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: "a", ttl: 60 });
    expect(await orders.send("POST", "/claims", options)).toAnswer(201);
    expect((await orders.get(id))?.ttl).toBe(360);
  });
});

describe("a claim is refused", () => {
  test.each([
    ["a ttl below the minimum", "", { ttl: 59 }, "Invalid API request"],
    ["a ttl above the maximum", "", { ttl: 43_201 }, "Invalid API request"],
    ["a ttl that is a boolean", "", { ttl: true }, "Invalid API request"],
    ["a grace below the minimum", "", { grace: 59 }, "Invalid API request"],
    ["a grace above the maximum", "", { grace: 43_201 }, "Invalid API request"],
    ["no limit at all", "?limit=0", {}, "Invalid API request"],
    ["a limit above the maximum", "?limit=21", {}, "Invalid API request"],
    ["a limit that is no integer", "?limit=x", {}, "Invalid parameter"],
    ["a ttl that is a text", "", { ttl: "60" }, "Invalid request body"],
    ["a ttl that is a fraction", "", { ttl: 60.5 }, "Invalid request body"],
    ["a ttl of 60.0", "", '{"ttl":60.0}', "Invalid request body"],
    ["a grace that is a text", "", { grace: "60" }, "Invalid request body"],
    ["an array", "", "[]", "Invalid request body"],
    ["garbage", "", "{", "Invalid request body"],
    ["a scalar", "", "1", "Invalid request body"],
    ["an integer beyond 64 bits", "", '{"more":9223372036854775808}', "Invalid request body"],
  ])("for %s", async (_, query, body, title) => {
    const orders = await queueOf("a");
    expect(await orders.send("POST", `/claims${query}`, { body })).toRefuse(400, title);
    expect(await orders.claim({ ttl: 43_200, grace: 43_200 })).toHoldBodies("a");
  });

  test.each([
    ["a limit that is no integer before the body", "?limit=x", "{", /limit/],
    ["ttl before limit", "?limit=0", '{"ttl":1,"grace":1}', /ttl/i],
    ["limit before grace", "?limit=0", '{"grace":1}', /limit/i],
    ["grace last", "", '{"grace":1}', /grace/i],
  ])("for %s", async (_, query, body, description) => {
    const answer = await (await queueOf("a")).send("POST", `/claims${query}`, { body });
    expect(answer).toRefuse(400);
    expect(answer.json).toMatchObject({ description: expect.stringMatching(description) });
  });

  test("on a missing queue too", async () => {
    expect(
      await project()
        .missingQueue()
        .send("POST", "/claims", { body: { ttl: 1 } }),
    ).toRefuse(400, "Invalid API request");
  });
});

describe("showing a claim", () => {
  test("gives age, ttl, href and its messages, and nothing else", async () => {
    const orders = await project().queue();
    const [a, b] = await orders.post("a", "b");
    const claim = await orders.claim({ ttl: 100, grace: 60 });
    clock.advance({ seconds: 12 });
    const href = (id = ""): string => `/v2/queues/orders/messages/${id}?claim_id=${claim.id}`;
    expect(await claim.get()).toEqual({
      age: 12,
      ttl: 100,
      href: `/v2/queues/orders/claims/${claim.id}`,
      messages: [
        { id: a, href: href(a), ttl: 3600, age: 12, body: "a" },
        { id: b, href: href(b), ttl: 3600, age: 12, body: "b" },
      ],
    });
  });

  test("leaves out deleted messages; when all are deleted it is not found", async () => {
    const orders = await project().queue();
    const [a, b] = await orders.post("a", "b");
    const claim = await orders.claim();
    await orders.delete(a ?? "", { claim });
    expect(await claim.get()).toHoldBodies("b");
    await orders.delete(b ?? "", { claim });
    expect(await claim.send("GET")).toRefuse(404, "Not found");
  });

  test("is not found from the second at which its age is its ttl", async () => {
    const claim = await (await queueOf("a")).claim({ ttl: 60, grace: 60 });
    clock.advance({ seconds: 59, ms: 999 });
    expect(await claim.get()).toMatchObject({ age: 59 });
    clock.advance({ ms: 1 });
    expect(await claim.send("GET")).toRefuse(404, "Not found");
  });
});

describe("renewing a claim", () => {
  test("restarts its age and its ttl", async () => {
    const claim = await (await queueOf("a")).claim({ ttl: 60, grace: 60 });
    clock.advance({ seconds: 50 });
    await claim.renew({ ttl: 100, grace: 60 });
    expect(await claim.get()).toMatchObject({ age: 0, ttl: 100 });
    clock.advance({ seconds: 99 });
    expect(await claim.get()).toMatchObject({ age: 99 });
    clock.advance({ seconds: 1 });
    expect(await claim.get()).toBeNull();
  });

  test("without members takes the defaults, not the old lease", async () => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: "a", ttl: 60 });
    const claim = await orders.claim({ ttl: 10_000, grace: 20_000 });
    await claim.renew();
    expect(await claim.get()).toMatchObject({ ttl: 300 });
    expect((await orders.get(id))?.ttl).toBe(30_000);
  });

  test("may shorten it", async () => {
    const orders = await queueOf("a");
    const claim = await orders.claim({ ttl: 43_200 });
    await claim.renew({ ttl: 60 });
    clock.advance({ seconds: 60 });
    expect(await claim.get()).toBeNull();
    expect(await orders.claim()).toHoldBodies("a");
  });

  test.each(["text/plain", "application/json", null])("takes a body of type %s", async (type) => {
    const claim = await (await queueOf("a")).claim();
    expect(
      await claim.send("PATCH", { body: new TextEncoder().encode("{}"), headers: { "Content-Type": type } }),
    ).toAnswer(204);
  });

  test.each([
    ["a grace below the range of a new claim", { grace: 1 }],
    ["a grace above it", { grace: 999_999 }],
    ["unknown fields", { ttl: 60, more: "x", limit: 1 }],
  ])("takes %s", async (_, body) => {
    const claim = await (await queueOf("a")).claim();
    expect(await claim.send("PATCH", { body })).toAnswer(204);
  });

  test.each([
    ["no body", {}, "Invalid request body"],
    ["garbage", { body: "{" }, "Invalid request body"],
    ["an array", { body: [] }, "Invalid request body"],
    ["a ttl that is a text", { body: { ttl: "60" } }, "Invalid request body"],
    ["a grace that is a text", { body: { grace: "60" } }, "Invalid request body"],
    ["a ttl that is a fraction", { body: { ttl: 60.5 } }, "Invalid request body"],
    ["a ttl below the minimum", { body: { ttl: 59 } }, "Invalid API request"],
    ["a ttl above the maximum", { body: { ttl: 43_201 } }, "Invalid API request"],
  ])("is refused for %s, whether the claim exists or not", async (_, options, title) => {
    const orders = await queueOf("a");
    const claim = await orders.claim({ ttl: 60, grace: 60 });
    clock.advance({ seconds: 30 });
    expect(await claim.send("PATCH", options)).toRefuse(400, title);
    expect(await claim.get()).toMatchObject({ age: 30, ttl: 60 });
    expect(await orders.send("PATCH", `/claims/${UNKNOWN}`, options)).toRefuse(400, title);
  });

  test("of a claim that is over, released or unknown is not found", async () => {
    const orders = await queueOf("a");
    const over = await orders.claim({ ttl: 60, grace: 60 });
    clock.advance({ seconds: 60 });
    expect(await over.send("PATCH", { body: {} })).toRefuse(404, "Not found");
    const released = await orders.claim();
    await released.release();
    expect(await released.send("PATCH", { body: {} })).toRefuse(404, "Not found");
    for (const id of [UNKNOWN, "nonsense"]) {
      expect(await orders.send("PATCH", `/claims/${id}`, { body: {} })).toRefuse(404, "Not found");
      expect(await orders.send("GET", `/claims/${id}`)).toRefuse(404, "Not found");
      expect(await orders.send("DELETE", `/claims/${id}`)).toAnswer(204);
    }
    expect(await orders.claim()).toHoldBodies("a");
  });
});

describe("releasing a claim", () => {
  test("gives its messages back at once, in their old places", async () => {
    const orders = await queueOf("a", "b", "c");
    const claim = await orders.claim({ limit: 2 });
    await claim.release();
    expect(await orders.list()).toHoldBodies("a", "b", "c");
    expect(await orders.claim()).toHoldBodies("a", "b", "c");
  });

  test("may be repeated, also when the claim is over", async () => {
    const orders = await queueOf("a");
    const claim = await orders.claim({ ttl: 60, grace: 60 });
    await claim.release();
    await claim.release();
    const again = await orders.claim();
    await claim.release();
    expect(await again.get()).toHoldBodies("a");
  });
});

describe("a message's life", () => {
  test("that would end before its claim is extended to the claim's end plus the grace", async () => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: "a", ttl: 60 });
    const claim = await orders.claim({ ttl: 300, grace: 100 });
    expect(claim.messages[0]).toMatchObject({ ttl: 400, age: 0 });
    clock.advance({ seconds: 399, ms: 999 });
    expect(await orders.get(id)).toMatchObject({ ttl: 400, age: 399 });
    clock.advance({ ms: 1 });
    expect(await orders.get(id)).toBeNull();
  });

  test("is extended from the claim on, not from the post, and its age goes on", async () => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: "a", ttl: 60 });
    clock.advance({ seconds: 50 });
    await orders.claim({ ttl: 300, grace: 100 });
    clock.advance({ seconds: 399 });
    expect(await orders.get(id)).toMatchObject({ ttl: 400, age: 449 });
    clock.advance({ seconds: 1 });
    expect(await orders.get(id)).toBeNull();
  });

  test.each([
    ["outlives the claim but not the grace", 330],
    ["ends with the claim", 300],
  ])("that %s is not changed", async (_, ttl) => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: "a", ttl });
    expect((await orders.claim({ ttl: 300, grace: 60 })).messages[0]?.ttl).toBe(ttl);
    clock.advance({ seconds: ttl });
    expect(await orders.get(id)).toBeNull();
  });

  test("is not shortened again when the claim is released", async () => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: "a", ttl: 60 });
    await (await orders.claim({ ttl: 300, grace: 100 })).release();
    clock.advance({ seconds: 399 });
    expect(await orders.get(id)).toMatchObject({ ttl: 400 });
  });

  test("is extended by a renewal too", async () => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: "a", ttl: 100 });
    const claim = await orders.claim({ ttl: 60, grace: 60 });
    expect((await orders.get(id))?.ttl).toBe(100);
    clock.advance({ seconds: 50 });
    await claim.renew({ ttl: 200, grace: 1 });
    expect(await orders.get(id)).toMatchObject({ ttl: 201, age: 50 });
    clock.advance({ seconds: 200 });
    expect(await orders.claim()).toHoldBodies("a");
  });
});
