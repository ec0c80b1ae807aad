/** Both sides of every bound that no other file tests, and very large and very odd inputs. */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { project } from "../support/drivers/zaqar-client.ts";

freezeClock();

const POST_MAX = 262_144;

/** A post of exactly this number of bytes. */
function postOf(bytes: number, filler = "x"): string {
  const empty = '{"messages":[{"body":""}]}';
  return empty.replace('""', `"${filler.repeat(bytes - empty.length)}"`);
}

describe("the size of a post", () => {
  test("262,144 bytes pass, one more does not", async () => {
    const orders = await project().queue();
    expect(await orders.send("POST", "/messages", { body: postOf(POST_MAX) })).toAnswer(201);
    expect(await orders.send("POST", "/messages", { body: postOf(POST_MAX + 1) })).toRefuse(400, "Invalid API request");
    expect((await orders.list())[0]?.body).toHaveLength(POST_MAX - 26);
  });

  test("counts bytes, not characters", async () => {
    const orders = await project().queue();
    const body = `{"messages":[{"body":"${"日".repeat(90_000)}"}]}`;
    expect(await orders.send("POST", "/messages", { body })).toRefuse(400, "Invalid API request");
    const smaller = `{"messages":[{"body":"${"日".repeat(87_372)}"}]}`;
    expect(await orders.send("POST", "/messages", { body: smaller })).toAnswer(201);
    expect((await orders.list())[0]?.body).toBe("日".repeat(87_372));
  });

  test("is measured by Content-Length, whatever the body is", async () => {
    const orders = await project().queue();
    const answer = await orders.send("POST", "/messages", { body: postOf(100), contentLength: String(POST_MAX + 1) });
    expect(answer).toRefuse(400, "Invalid API request");
  });

  test("a queue's own maximum applies where it is smaller, and the error names both", async () => {
    const orders = await project().queue("orders", { _max_messages_post_size: 100 });
    expect(await orders.send("POST", "/messages", { body: postOf(100) })).toAnswer(201);
    const answer = await orders.send("POST", "/messages", { body: postOf(101) });
    expect(answer).toRefuse(400, "Invalid API request");
    expect(answer.json).toMatchObject({ description: expect.stringMatching(/100.*262144|262144.*100/) });
  });

  test("a queue's own maximum is checked before the document", async () => {
    const orders = await project().queue("orders", { _max_messages_post_size: 10 });
    expect(await orders.send("POST", "/messages", { body: "{".repeat(11) })).toRefuse(400, "Invalid API request");
    expect(await orders.send("POST", "/messages", { body: "{".repeat(10) })).toRefuse(400, "Invalid request body");
  });

  test("the smallest maximum lets nothing through", async () => {
    const orders = await project().queue("orders", { _max_messages_post_size: 1 });
    expect(await orders.send("POST", "/messages", { body: postOf(26) })).toRefuse(400, "Invalid API request");
  });
});

describe("262,144 bytes of tiny messages", () => {
  const COUNT = Math.floor((POST_MAX - '{"messages":[]}'.length + 1) / '{"body":1},'.length);
  const body = `{"messages":[${Array.from({ length: COUNT }, () => '{"body":1}').join(",")}]}`;

  test("are posted, counted, claimed, deleted and purged like any others", async () => {
    const orders = await project().queue();
    const answer = await orders.send("POST", "/messages", { body });
    expect(answer).toAnswer(201);
    const { resources } = answer.json as { resources: string[] };
    expect(new Set(resources).size).toBe(COUNT);
    expect(await orders.stats()).toMatchObject({ total: COUNT, free: COUNT, claimed: 0 });
    const claim = await orders.claim({ limit: 20 });
    expect(claim.messages.map((message) => message.id)).toEqual(
      resources.slice(0, 20).map((href) => href.split("/").at(-1)),
    );
    const marker = resources.at(-3)?.split("/").at(-1) ?? "";
    expect(await orders.list({ marker })).toHaveLength(2);
    expect(await orders.pop(20)).toHaveLength(20);
    await orders.purge();
    expect(await orders.stats()).toMatchObject({ total: 20, free: 0, claimed: 20 });
  });

  test("each with a ttl of its own", async () => {
    const orders = await project().queue();
    const message = (index: number): string => `{"body":1,"ttl":${60 + (index % 1000)}}`;
    const texts = Array.from({ length: 12_000 }, (_, index) => message(index));
    expect(await orders.send("POST", "/messages", { body: `{"messages":[${texts.join(",")}]}` })).toAnswer(201);
    clock.advance({ seconds: 559 });
    expect(await orders.stats()).toMatchObject({ total: 6000 });
    clock.advance({ seconds: 500 });
    expect(await orders.stats()).toMatchObject({ total: 0 });
  });
});

describe("ttls at both ends", () => {
  test.each([60, 1_209_600])("a message of %i seconds lives exactly so long", async (ttl) => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: "a", ttl });
    clock.advance({ seconds: ttl, ms: -1 });
    expect(await orders.get(id)).toMatchObject({ ttl, age: ttl - 1 });
    clock.advance({ ms: 1 });
    expect(await orders.get(id)).toBeNull();
  });

  test.each([60, 43_200])("a claim of %i seconds lives exactly so long", async (ttl) => {
    const orders = await project().queue();
    await orders.post({ body: "a", ttl: 1_209_600 });
    const claim = await orders.claim({ ttl, grace: ttl });
    clock.advance({ seconds: ttl, ms: -1 });
    expect(await orders.claim()).toHoldBodies();
    expect(await claim.get()).not.toBeNull();
    clock.advance({ ms: 1 });
    expect(await claim.get()).toBeNull();
    expect(await orders.claim()).toHoldBodies("a");
  });

  test.each([
    ["a ttl of 2^53 + 1", { messages: '[{"body":1,"ttl":9007199254740993}]' }],
    ["a ttl of 2^63 - 1", { messages: '[{"body":1,"ttl":9223372036854775807}]' }],
    ["a ttl of -2^63", { messages: '[{"body":1,"ttl":-9223372036854775808}]' }],
  ])("%s is out of range", async (_, { messages }) => {
    const answer = await project()
      .missingQueue()
      .send("POST", "/messages", { body: `{"messages":${messages}}` });
    expect(answer).toRefuse(400, "Invalid API request");
  });

  test.each(["9223372036854775807", "-9223372036854775808", "0"])(
    "a renewal's grace may be any integer of 64 bits: %s",
    async (grace) => {
      const orders = await project().queue();
      const id = await orders.postOne({ body: "a", ttl: 60 });
      const claim = await orders.claim({ ttl: 60, grace: 60 });
      expect(await claim.send("PATCH", { body: `{"ttl":70,"grace":${grace}}` })).toAnswer(204);
      clock.advance({ seconds: 69 });
      expect(await orders.get(id)).toMatchObject({ body: "a", age: 69 });
      expect(await claim.get()).toHoldBodies("a");
    },
  );
});

describe("names of 64 characters", () => {
  const NAME = "q".repeat(64);

  test("work everywhere, 65 nowhere", async () => {
    const owner = project();
    const orders = await owner.queue(NAME);
    const id = await orders.postOne("a");
    expect((await orders.list())[0]?.href).toBe(`/v2/queues/${NAME}/messages/${id}`);
    expect(await orders.claim()).toHoldBodies("a");
    expect(await owner.queueNames()).toEqual([NAME]);
    for (const suffix of ["", "/stats", "/messages", `/messages/${id}`]) {
      expect(await owner.send("GET", `/v2/queues/${NAME}q${suffix}`)).toRefuse(400, "Invalid queue identification");
    }
  });

  test("work as dead-letter queues too", async () => {
    const owner = project();
    const orders = await owner.queue("orders", { _max_claim_count: 0, _dead_letter_queue: NAME });
    await orders.post("a");
    expect(await orders.claim()).toHoldBodies();
    await expect.poll(() => owner.missingQueue(NAME).list()).toHoldBodies("a");
  });
});

describe("ids malformed in every way", () => {
  const IDS = [
    "x",
    "0",
    "-1",
    "null",
    "undefined",
    "__proto__",
    "constructor",
    "f".repeat(31),
    "f".repeat(32),
    "f".repeat(33),
    "F".repeat(32),
    "g".repeat(32),
    "f".repeat(2000),
    "%20",
    "%00",
    "%0A",
    "%2F",
    "%C3%A9",
    "%F0%9F%98%80",
    "%FF",
    "%",
    "%zz",
    "%25",
    "'%20OR%201=1",
    "..%2F..",
    "*",
    "a.b",
    "a;b",
    "5dfb4ae5-7df4-4f0b-8f4c-2a1e4c8a9c11",
  ];

  test.each(IDS)("%s names no message and no claim", async (id) => {
    const orders = await project().queue();
    await orders.post("a");
    const claim = await orders.claim();
    expect(await orders.send("GET", `/messages/${id}`)).toRefuse(404, "Not found");
    expect(await orders.send("GET", `/messages?ids=${id}`)).toRefuse(404, "Not found");
    expect(await orders.send("DELETE", `/messages/${id}`)).toAnswer(204);
    expect(await orders.send("DELETE", `/messages/${id}?claim_id=${claim.id}`)).toAnswer(204);
    expect(await orders.send("DELETE", `/messages?ids=${id}`)).toAnswer(204);
    expect(await orders.send("GET", `/messages?marker=${id}&echo=true&include_claimed=true`)).toAnswer(200);
    expect(await orders.send("GET", `/claims/${id}`)).toRefuse(404, "Not found");
    expect(await orders.send("PATCH", `/claims/${id}`, { body: {} })).toRefuse(404, "Not found");
    expect(await orders.send("DELETE", `/claims/${id}`)).toAnswer(204);
    expect(await claim.get()).toHoldBodies("a");
  });

  test("a message's id in capitals, shortened, lengthened or incremented is another id", async () => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    const next = id.slice(0, -1) + (Number.parseInt(id.slice(-1), 16) + 1).toString(16);
    for (const other of [id.slice(1), `${id}0`, `0${id}`, ` ${id}`, `${id} `, next, `${id},`]) {
      expect(await orders.send("GET", `/messages/${encodeURIComponent(other)}`), other).toRefuse(404, "Not found");
    }
  });
});
