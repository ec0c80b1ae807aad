/** Subscriptions: create, show, delete, expiry and other ends. */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { numbered, project } from "../support/drivers/zaqar-client.ts";

freezeClock();

const HOOK = "https://subscriber.test/hook";
const REQUEST = "Invalid API request";
const BODY = "Invalid request body";

describe("a subscription", () => {
  test("is created with an id, shown by it, and deleted", async () => {
    const orders = project().missingQueue();
    const answer = await orders.send("POST", "/subscriptions", {
      body: { subscriber: HOOK, ttl: 600, options: { note: 1 } },
    });
    expect(answer).toAnswer(201);
    expect(answer.headers.get("Location")).toBe("/v2/queues/orders/subscriptions");
    const { subscription_id: id, ...rest } = answer.json as { readonly subscription_id: string };
    expect(rest).toEqual({});
    clock.advance({ seconds: 12, ms: 999 });
    const shown = await orders.send("GET", `/subscriptions/${id}`);
    expect(shown.text).toBe(
      `{"id":"${id}","source":"orders","subscriber":"${HOOK}","ttl":600,"age":12,"options":{"note":1},"confirmed":false}`,
    );
    await orders.unsubscribe(id);
    expect(await orders.send("GET", `/subscriptions/${id}`)).toRefuse(404, "Not found");
    expect(await orders.subscriptions()).toEqual({ subscriptions: [], next: null });
  });

  test("shows with details when it ends, also after a new ttl", async () => {
    const orders = project().missingQueue();
    const id = await orders.subscribe(HOOK);
    const now = Date.now();
    await orders.send("PATCH", `/subscriptions/${id}`, { body: { ttl: 600 } });
    clock.advance({ seconds: 100 });
    await orders.send("PATCH", `/subscriptions/${id}`, { body: { ttl: 600 } });
    const end = new Date(now + 700_000).toISOString();
    const { json } = await orders.send("GET", `/subscriptions/${id}?details=true`);
    expect(json).toMatchObject({ ttl: 600, age: 100, expires_at: end });
    const list = (await orders.send("GET", "/subscriptions?details=true&limit=1")).json as {
      readonly subscriptions: readonly unknown[];
      readonly links: readonly { readonly href: string }[];
    };
    expect(list.subscriptions).toEqual([json]);
    expect(list.links[0]?.href).toMatch(/[?&]details=true/);
    expect((await orders.send("GET", `/subscriptions/${id}?details=false`)).json).not.toHaveProperty("expires_at");
    expect(await orders.send("GET", `/subscriptions/${id}?details=x`)).toAnswer(400);
  });

  test("of one queue does not exist in another queue or project", async () => {
    const orders = project().missingQueue("orders");
    const id = await orders.subscribe(HOOK);
    for (const other of [orders.project.missingQueue("order"), project().missingQueue("orders")]) {
      expect(await other.subscription(id)).toBeNull();
      await other.unsubscribe(id);
      expect((await other.subscriptions()).subscriptions).toEqual([]);
    }
    expect(await orders.subscription(id)).toMatchObject({ id, source: "orders" });
  });

  test("is JSON whatever its Content-Type says", async () => {
    const headers = { "Content-Type": "text/plain" };
    const answer = await project().send("POST", "/v2/queues/a/subscriptions", { headers, body: { subscriber: HOOK } });
    expect(answer).toAnswer(201);
  });
});

const MISTRAL = "trust+https://mistral.test/v2/executions";

describe("a POST is accepted", () => {
  test.each([
    ["with nothing but a subscriber", { subscriber: HOOK }, { ttl: 3600, options: {} }],
    ["with nulls for what it leaves out", { subscriber: HOOK, ttl: null, options: null }, { ttl: 3600, options: {} }],
    ["with the life that Heat asks for", { subscriber: HOOK, ttl: 220_367_260_800 }, { ttl: 220_367_260_800 }],
    ["with the shortest life", { subscriber: HOOK, ttl: 60 }, { ttl: 60 }],
    ["with members that mean nothing", { subscriber: HOOK, confirmed: true, id: "x" }, { confirmed: false }],
    ["with options that mean nothing", { subscriber: HOOK, options: { a: [1, null] } }, { options: { a: [1, null] } }],
    ["for a scheme in capitals", { subscriber: "HTTP://Subscriber.test" }, { subscriber: "HTTP://Subscriber.test" }],
    ["for a mailbox", { subscriber: "mailto:a@b.test" }, { subscriber: "mailto:a@b.test" }],
    [
      "that prefers speed to order",
      { subscriber: HOOK, options: { _concurrency: 16 } },
      { options: { _concurrency: 16 } },
    ],
    ["for Mistral", { subscriber: MISTRAL, options: { trust_id: "t" } }, { options: { trust_id: "t" } }],
  ])("%s", async (_, body, expected) => {
    const orders = project().missingQueue();
    const answer = await orders.send("POST", "/subscriptions", { body });
    expect(answer).toAnswer(201);
    const { subscription_id: id } = answer.json as { readonly subscription_id: string };
    expect(await orders.subscription(id)).toMatchObject({ subscriber: body.subscriber, ...expected });
  });
});

test("a POST for Mistral that names no trust is 503 where none can be created", async () => {
  const orders = project().missingQueue();
  const answer = await orders.send("POST", "/subscriptions", { body: { subscriber: MISTRAL } });
  expect(answer).toRefuse(503, "Service temporarily unavailable");
  expect(answer.json).toMatchObject({ description: expect.stringContaining("Keystone") });
});

const KINDS = "['http', 'https', 'mailto', 'trust+http', 'trust+https']";
const UNSUPPORTED = `The subscriber type of subscription must be supported in the list ${KINDS}.`;
const NO_URL = expect.stringMatching(/^The subscriber is no URL that can be called: /);
const NO_MAILBOX = expect.stringMatching(/^The subscriber must be one mailbox, /);
const TOO_SHORT = "The TTL for a subscription must be at least 60 seconds long.";
const NO_INTEGER = "TTL must be an integer.";
const NO_DICT = "Options must be a dict.";
const EVENTS = expect.stringMatching(/^_events may contain "message", /);
const CONCURRENCY = "_concurrency must be an integer from 1 to 16.";

describe("a POST is refused, but creates the queue,", () => {
  const having = (member: object): unknown => ({ subscriber: HOOK, ...member });
  test.each([
    ["no body", undefined, "Missing parameter subscriber in body."],
    ["an empty body", "", "Missing parameter subscriber in body."],
    ["an empty object", {}, "Missing parameter subscriber in body."],
    ["no subscriber", { ttl: 60 }, "Missing parameter subscriber in body."],
    ["an empty subscriber", { subscriber: "" }, UNSUPPORTED],
    ["null for a subscriber", { subscriber: null }, UNSUPPORTED],
    ["a number for a subscriber", { subscriber: 5 }, UNSUPPORTED],
    ["a subscriber without a scheme", { subscriber: "fake" }, UNSUPPORTED],
    ["a scheme that is not allowed", { subscriber: "ftp://subscriber.test" }, UNSUPPORTED],
    ["a scheme that is no mailbox's", { subscriber: "email://fake" }, UNSUPPORTED],
    ["a port that no host has", { subscriber: "http://subscriber.test:99999/" }, NO_URL],
    ["no host", { subscriber: "http:///hook" }, NO_URL],
    ["half an address", { subscriber: "trust+https://[bad/x" }, NO_URL],
    [
      "a password",
      { subscriber: "https://user:secret@subscriber.test/" },
      expect.stringMatching(/^The subscriber must not hold a user or a password: (?!.*secret)/),
    ],
    ["two mailboxes", { subscriber: "mailto:a@b.test,c@d.test" }, NO_MAILBOX],
    ["a mailbox without a domain", { subscriber: "mailto:a@" }, NO_MAILBOX],
    ["a life too short", having({ ttl: 59 }), TOO_SHORT],
    ["no life", having({ ttl: 0 }), TOO_SHORT],
    ["true for a life", having({ ttl: true }), TOO_SHORT],
    ["a text for a life", having({ ttl: "60" }), NO_INTEGER],
    ["a fraction for a life", having({ ttl: 60.5 }), NO_INTEGER],
    ["a text for options", having({ options: "a" }), NO_DICT],
    ["an empty text for options", having({ options: "" }), NO_DICT],
    ["a list for options", having({ options: [1] }), NO_DICT],
    ["an empty list for options", having({ options: [] }), NO_DICT],
    ["0 for options", having({ options: 0 }), NO_DICT],
    ["false for options", having({ options: false }), NO_DICT],
    ["a list for a policy", having({ options: { _retry_policy: [1] } }), "retry_policy must be a dict."],
    ["no attempts at a time", having({ options: { _concurrency: 0 } }), CONCURRENCY],
    ["more attempts at a time than there may be", having({ options: { _concurrency: 17 } }), CONCURRENCY],
    ["no events", having({ options: { _events: [] } }), "_events must be a list of 1 to 8 events."],
    ["an unknown event", having({ options: { _events: ["depth>1", "full"] } }), EVENTS],
  ])("for %s", async (_, body, description: unknown) => {
    const orders = project().missingQueue();
    const answer = await orders.send("POST", "/subscriptions", body === undefined ? {} : { body });
    expect(answer).toRefuse(400, REQUEST);
    expect(answer.json).toMatchObject({ description });
    expect((await orders.subscriptions()).subscriptions).toEqual([]);
    expect(await orders.project.queueNames()).toEqual(["orders"]);
  });

  const FOREVER = "The TTL seconds for a subscription plus current time must be less than 9999-12-31 23:59:59.999999.";

  test("for a ttl that ends in the year 10000, but not in 9999", async () => {
    const orders = project().missingQueue();
    const left = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000 - Math.floor(Date.now() / 1000);
    const answer = await orders.send("POST", "/subscriptions", { body: having({ ttl: left + 1 }) });
    expect(answer).toRefuse(400, REQUEST);
    expect(answer.json).toMatchObject({ description: FOREVER });
    expect(await orders.subscription(await orders.subscribe(HOOK, { ttl: left }))).toMatchObject({ ttl: left });
  });
});

describe("a POST is refused before it creates anything", () => {
  test.each([
    ["bad JSON", "{"],
    ["a text", '"https://subscriber.test"'],
    ["a number", "5"],
    ["a list", '[{"subscriber":"https://subscriber.test"}]'],
    ["an integer of more than 64 bits", `{"subscriber":"${HOOK}","options":{"a":9223372036854775808}}`],
    ["more than 64 KiB", `{"subscriber":"${HOOK}","options":{"a":"${"x".repeat(65_536)}"}}`],
  ])("for %s", async (_, body) => {
    const orders = project().missingQueue();
    expect(await orders.send("POST", "/subscriptions", { body })).toRefuse(400, BODY);
    expect(await orders.project.queueNames()).toEqual([]);
  });

  test("except for a body of exactly 64 KiB", async () => {
    const [head, tail] = [`{"subscriber":"${HOOK}","options":{"a":"`, '"}}'];
    const body = head + "x".repeat(65_536 - head.length - tail.length) + tail;
    expect(await project().send("POST", "/v2/queues/a/subscriptions", { body })).toAnswer(201);
  });
});

describe("a second POST for the same subscriber", () => {
  test("returns the first one, however often Aodh repeats it, and changes nothing", async () => {
    const orders = project().missingQueue();
    const id = await orders.subscribe(HOOK, { ttl: 600, options: { note: "first" } });
    clock.advance({ seconds: 30 });
    const before = await orders.subscription(id);
    expect(await orders.subscribe(HOOK)).toBe(id);
    expect(await orders.subscribe(HOOK, { ttl: 3600, options: { note: "second" } })).toBe(id);
    expect(await orders.subscription(id)).toEqual(before);
    expect(before).toMatchObject({ ttl: 600, age: 30, options: { note: "first" } });
  });

  test("is still checked", async () => {
    const orders = project().missingQueue();
    await orders.subscribe(HOOK);
    expect(await orders.send("POST", "/subscriptions", { body: { subscriber: HOOK, ttl: 1 } })).toRefuse(400, REQUEST);
  });

  test("is a conflict while the first one is confirmed", async () => {
    const orders = project().missingQueue();
    const id = await orders.subscribe(HOOK);
    await orders.confirm(id);
    const answer = await orders.send("POST", "/subscriptions", { body: { subscriber: HOOK } });
    expect(answer).toRefuse(409, "Resource conflict");
    expect(answer.headers.get("Location")).toBe("/v2/queues/orders/subscriptions");
    expect(answer.json).toMatchObject({
      description: "Such subscription already exists.Subscriptions are unique by project + queue + subscriber URI.",
    });
    await orders.confirm(id, false);
    expect(await orders.subscribe(HOOK)).toBe(id);
  });

  test.each(["https://subscriber.test/hook/", "HTTPS://subscriber.test/hook", "http://subscriber.test/hook"])(
    "has to be the same text: %s is another",
    async (subscriber) => {
      const orders = project().missingQueue();
      const id = await orders.subscribe(HOOK);
      expect(await orders.subscribe(subscriber)).not.toBe(id);
      expect((await orders.subscriptions()).subscriptions.map((each) => each.subscriber)).toEqual([HOOK, subscriber]);
    },
  );

  test("creates a new one when the first was deleted or has expired", async () => {
    const orders = project().missingQueue();
    const first = await orders.subscribe(HOOK, { ttl: 60 });
    await orders.unsubscribe(first);
    const second = await orders.subscribe(HOOK, { ttl: 60 });
    expect(second).not.toBe(first);
    clock.advance({ seconds: 60 });
    const third = await orders.subscribe(HOOK);
    expect([first, second]).not.toContain(third);
    expect((await orders.subscriptions()).subscriptions).toHaveLength(1);
  });
});

test("a subscription ends at the millisecond at which its ttl does", async () => {
  const orders = project().missingQueue();
  const id = await orders.subscribe(HOOK, { ttl: 60 });
  clock.advance({ seconds: 59, ms: 999 });
  expect(await orders.subscription(id)).toMatchObject({ age: 59 });
  expect((await orders.subscriptions()).subscriptions).toHaveLength(1);
  clock.advance({ ms: 1 });
  expect(await orders.subscription(id)).toBeNull();
  expect((await orders.subscriptions()).subscriptions).toEqual([]);
});

describe("what ends subscriptions", () => {
  test("is not the deletion of their queue, nor its new creation", async () => {
    const orders = await project().queue();
    const id = await orders.subscribe(HOOK);
    await orders.remove();
    expect(await orders.project.queueNames()).toEqual([]);
    expect(await orders.subscription(id)).toMatchObject({ id });
    expect((await orders.subscriptions()).subscriptions).toHaveLength(1);
    expect(await orders.send("PUT", "")).toAnswer(201);
    expect(await orders.subscribe(HOOK)).toBe(id);
  });

  test("is a purge of subscriptions, however many there are; it leaves messages", async () => {
    const orders = project().missingQueue();
    for (const each of numbered(25)) await orders.subscribe(`mailto:${each}@subscriber.test`);
    await orders.post("kept");
    await orders.purge("messages");
    expect((await orders.subscriptions({ limit: 20 })).subscriptions).toHaveLength(20);
    await orders.post("kept");
    await orders.purge("subscriptions");
    expect((await orders.subscriptions()).subscriptions).toEqual([]);
    expect(await orders.list()).toHoldBodies("kept");
  });

  test("is a purge of everything", async () => {
    const orders = project().missingQueue();
    await orders.subscribe(HOOK);
    await orders.purge();
    expect((await orders.subscriptions()).subscriptions).toEqual([]);
  });

  test("is a deletion, which leaves others unaffected and may be repeated", async () => {
    const orders = project().missingQueue();
    const [first, second] = [await orders.subscribe(HOOK), await orders.subscribe(`${HOOK}/2`)];
    await orders.unsubscribe(first);
    await orders.unsubscribe(first);
    expect((await orders.subscriptions()).subscriptions.map(({ id }) => id)).toEqual([second]);
  });
});

const ID = "0123456789abcdef01234567";

describe("of a queue that does not exist", () => {
  test.each([
    ["GET", "/subscriptions", 200, {}],
    ["GET", `/subscriptions/${ID}`, 404, {}],
    ["GET", "/subscriptions/", 404, {}],
    ["PATCH", `/subscriptions/${ID}`, 404, { body: { ttl: 60 } }],
    ["DELETE", `/subscriptions/${ID}`, 204, {}],
    ["DELETE", "/subscriptions/nonsense", 204, {}],
    ["PUT", `/subscriptions/${ID}/confirm`, 404, { body: { confirmed: true } }],
    ["GET", `/subscriptions/${ID}/deliveries`, 404, {}],
    ["POST", `/subscriptions/${ID}/redeliver`, 404, {}],
    ["POST", `/subscriptions/${ID}/secret`, 404, {}],
  ])("%s %s is %i and creates nothing", async (method, suffix, status, options) => {
    const orders = project().missingQueue();
    const answer = await orders.send(method, suffix, options);
    if (status === 404) expect(answer).toRefuse(404, "Not found");
    else expect(answer).toAnswer(status);
    expect(await orders.project.queueNames()).toEqual([]);
  });

  test("a 404 is about the subscription", async () => {
    const answer = await project().send("GET", `/v2/queues/orders/subscriptions/${ID}`);
    expect(answer.json).toMatchObject({ description: `Subscription ${ID} does not exist` });
  });
});

describe("a method that does not exist", () => {
  test.each([
    ["HEAD", "/subscriptions", "GET, POST, OPTIONS"],
    ["PUT", "/subscriptions", "GET, POST, OPTIONS"],
    ["DELETE", "/subscriptions", "GET, POST, OPTIONS"],
    ["PUT", `/subscriptions/${ID}`, "DELETE, GET, PATCH, OPTIONS"],
    ["HEAD", `/subscriptions/${ID}`, "DELETE, GET, PATCH, OPTIONS"],
    ["POST", `/subscriptions/${ID}/confirm`, "PUT, OPTIONS"],
    ["POST", `/subscriptions/${ID}/deliveries`, "GET, OPTIONS"],
    ["GET", `/subscriptions/${ID}/redeliver`, "POST, OPTIONS"],
    ["GET", `/subscriptions/${ID}/secret`, "POST, OPTIONS"],
  ])("%s %s is 405 and names the allowed methods", async (method, suffix, allow) => {
    const answer = await project().missingQueue().send(method, suffix);
    expect(answer).toAnswer(405);
    expect(answer.headers.get("Allow")).toBe(allow);
  });
});
