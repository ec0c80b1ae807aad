/** PATCH of a subscription: the members of the document replace those of the subscription. */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

const HOOK = "https://subscriber.test/hook";
const OTHER = "https://subscriber.test/other";

async function subscribed(): Promise<{ readonly orders: Queue; readonly id: string }> {
  const orders = project().missingQueue();
  return { orders, id: await orders.subscribe(HOOK, { ttl: 600, options: { a: 1, b: 2 } }) };
}

describe("a PATCH", () => {
  test.each([
    ["ttl", { ttl: 1200 }, { ttl: 1200 }],
    ["subscriber", { subscriber: OTHER }, { subscriber: OTHER }],
    ["subscriber, by itself", { subscriber: HOOK }, { subscriber: HOOK }],
    ["options, whole", { options: { c: 3 } }, { options: { c: 3 } }],
    ["its events", { options: { _events: ["age>300"] } }, { options: { _events: ["age>300"] } }],
    ["how many attempts are made at a time", { options: { _concurrency: 4 } }, { options: { _concurrency: 4 } }],
    ["options, by none", { options: {} }, { options: {} }],
    ["what Heat always sends", { subscriber: HOOK, ttl: 220_367_260_800, options: {} }, { ttl: 220_367_260_800 }],
    ["what is not null", { ttl: null, options: null, subscriber: OTHER }, { subscriber: OTHER, ttl: 600 }],
    ["what it knows", { ttl: 60, confirmed: true, id: "x" }, { ttl: 60, confirmed: false }],
  ])("replaces %s", async (_, body, expected) => {
    const { orders, id } = await subscribed();
    const before = await orders.subscription(id);
    const answer = await orders.send("PATCH", `/subscriptions/${id}`, { body });
    expect(answer).toAnswer(204);
    expect(answer.headers.get("Location")).toBe(`/v2/queues/orders/subscriptions/${id}`);
    const replaced = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
    expect(await orders.subscription(id)).toEqual({ ...before, ...replaced, id, confirmed: false, ...expected });
  });

  test("keeps the confirmation", async () => {
    const { orders, id } = await subscribed();
    await orders.confirm(id);
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { body: { subscriber: OTHER } })).toAnswer(204);
    expect(await orders.subscription(id)).toMatchObject({ subscriber: OTHER, confirmed: true });
  });

  test("of the ttl restarts the ttl, while the age goes on", async () => {
    const { orders, id } = await subscribed();
    clock.advance({ seconds: 599 });
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { body: { ttl: 60 } })).toAnswer(204);
    clock.advance({ seconds: 59, ms: 999 });
    expect(await orders.subscription(id)).toMatchObject({ ttl: 60, age: 658 });
    clock.advance({ ms: 1 });
    expect(await orders.subscription(id)).toBeNull();
  });

  test("of anything else does not move its end", async () => {
    const { orders, id } = await subscribed();
    clock.advance({ seconds: 599 });
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { body: { options: {} } })).toAnswer(204);
    clock.advance({ seconds: 1 });
    expect(await orders.subscription(id)).toBeNull();
  });

  test("frees the former subscriber for another subscription", async () => {
    const { orders, id } = await subscribed();
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { body: { subscriber: OTHER } })).toAnswer(204);
    expect(await orders.subscribe(HOOK)).not.toBe(id);
    expect(await orders.subscribe(OTHER)).toBe(id);
  });

  test("is JSON whatever its Content-Type says", async () => {
    const { orders, id } = await subscribed();
    const headers = { "Content-Type": "text/plain" };
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { headers, body: { ttl: 60 } })).toAnswer(204);
  });
});

const REQUEST = "Invalid API request";
const UPDATE = "Unable to update subscription";
const BODY = "Invalid request body";
const UNSUPPORTED = expect.stringMatching(/^The subscriber type of subscription must be supported in the list \[/);

describe("a PATCH that is refused changes nothing:", () => {
  test.each([
    ["no body", undefined, REQUEST, "No subscription to create."],
    ["an empty object", {}, REQUEST, "No subscription to create."],
    ["a list", [{ op: "add", path: "/ttl", value: 60 }], REQUEST, "Subscriptions must be a dict."],
    ["bad JSON", "{", BODY, expect.any(String)],
    ["a number", "5", BODY, expect.any(String)],
    ["an integer of more than 64 bits", '{"ttl":9223372036854775808}', BODY, expect.any(String)],
    ["nothing that it knows", { note: 1 }, UPDATE, "Subscription ID could not be updated."],
    ["what only a confirmation says", { confirmed: true }, UPDATE, "Subscription ID could not be updated."],
    ["nothing but null", { ttl: null }, UPDATE, "Subscription ID could not be updated."],
    ["an empty subscriber", { subscriber: "" }, REQUEST, UNSUPPORTED],
    ["a scheme that is not allowed", { subscriber: "ftp://a" }, REQUEST, UNSUPPORTED],
    [
      "a subscriber without a host",
      { subscriber: "http:///a" },
      REQUEST,
      expect.stringMatching(/^The subscriber is no URL /),
    ],
    [
      "two mailboxes",
      { subscriber: "mailto:a@b.test,c@d.test" },
      REQUEST,
      expect.stringMatching(/^The subscriber must be /),
    ],
    ["a life too short", { ttl: 59 }, REQUEST, "The TTL for a subscription must be at least 60 seconds long."],
    ["a text for a life", { ttl: "60" }, REQUEST, "TTL must be an integer."],
    ["a list for options", { options: [] }, REQUEST, "Options must be a dict."],
    [
      "too many attempts at a time",
      { options: { _concurrency: 17 } },
      REQUEST,
      "_concurrency must be an integer from 1 to 16.",
    ],
    ["half of it being good", { subscriber: OTHER, ttl: 1 }, REQUEST, expect.any(String)],
  ])("%s", async (_, body, title, description: unknown) => {
    const { orders, id } = await subscribed();
    clock.advance({ seconds: 5 });
    const before = await orders.subscription(id);
    const answer = await orders.send("PATCH", `/subscriptions/${id}`, body === undefined ? {} : { body });
    expect(answer).toRefuse(400, title);
    const expected: unknown = typeof description === "string" ? description.replace("ID", id) : description;
    expect(answer.json).toMatchObject({ description: expected });
    expect(await orders.subscription(id)).toEqual(before);
  });

  test("a subscriber that another one has", async () => {
    const { orders, id } = await subscribed();
    await orders.subscribe(OTHER);
    const answer = await orders.send("PATCH", `/subscriptions/${id}`, { body: { subscriber: OTHER, ttl: 60 } });
    expect(answer).toRefuse(409, "Resource conflict");
    expect(answer.json).toMatchObject({
      description: "Such subscription already exists. Subscriptions are unique by project + queue + subscriber URI.",
    });
    expect(await orders.subscription(id)).toMatchObject({ subscriber: HOOK, ttl: 600 });
  });
});

test("an unknown subscription is reported only after a valid document", async () => {
  const { orders } = await subscribed();
  const path = "/subscriptions/0123456789abcdef01234567";
  expect(await orders.send("PATCH", path, { body: { ttl: 60 } })).toRefuse(404, "Not found");
  expect(await orders.send("PATCH", path, { body: { ttl: 59 } })).toRefuse(400, REQUEST);
});
