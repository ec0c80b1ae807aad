/**
 * Confirmation of subscriptions: the request that a subscriber gets, its answer without a credential, and subscribers that get no
 * request.
 */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { ACCESS_SETTINGS, startService } from "../support/drivers/service.ts";
import { requestBy, withClientHeaders, type Answer, type SendOptions } from "../support/drivers/request.ts";
import { project, Project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

interceptCalls();

const REQUEST = "Invalid API request";
const SIGNING = { SIGNED_URL_SECRET_KEY: ACCESS_SETTINGS.SIGNED_URL_SECRET_KEY };

/** A queue of a service that requires confirmation, unless the settings switch that off. */
function queueThatAsks(settings: Readonly<Record<string, string>> = {}): Queue {
  const service = startService({ AUTH_STRATEGY: "none", REQUIRE_CONFIRMATION: "true", ...SIGNING, ...settings });
  const send = (method: string, path: string, options: SendOptions = {}): Promise<Answer> =>
    requestBy((sent) => service.fetch(sent), method, path, withClientHeaders(options));
  return new Project(`project-${crypto.randomUUID()}`, crypto.randomUUID(), send).missingQueue("orders");
}

type Document = Readonly<Record<string, unknown>>;

/** The requests that a subscriber has received. They arrive before the request that causes them is answered. */
function documentsAt(receiver: Receiver): readonly Document[] {
  return receiver.received.map(({ body }) => JSON.parse(body) as Document);
}

function latestAt(receiver: Receiver): Document {
  return documentsAt(receiver).at(-1) ?? {};
}

/** A request of the receiver of a confirmation request, to a service that requires authentication. */
async function sendAsReader(
  document: Document,
  request: { readonly path?: string; readonly method?: string; readonly body: unknown },
): Promise<Answer> {
  const { path = document["URL-Paths"] as string, method = "PUT", body } = request;
  const strict = startService({ AUTH_STRATEGY: "keys", ...SIGNING });
  const names = ["URL-Signature", "URL-Methods", "URL-Paths", "URL-Expires", "X-Project-ID"];
  const signed = Object.fromEntries(names.map((name) => [name, document[name] as string]));
  const headers = { ...signed, "Client-ID": crypto.randomUUID() };
  const options = method === "PUT" ? { headers, body } : { headers };
  return requestBy((sent) => strict.fetch(sent), method, path, options);
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19);
}

describe("a new subscriber", () => {
  test("is asked for confirmation, with a signed URL to answer", async () => {
    const orders = queueThatAsks({ PUBLIC_URL: "https://mq.example/messaging/" });
    const hook = new Receiver();
    const id = await orders.subscribe(hook.url, { ttl: 600 });
    const path = `/v2/queues/orders/subscriptions/${id}/confirm`;
    expect(documentsAt(hook)).toEqual([
      {
        WSGISubscribeURL: `https://mq.example/messaging${path}`,
        Message_Type: "SubscriptionConfirmation",
        Message: "You have chosen to subscribe to the queue: orders",
        "URL-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
        "URL-Methods": "PUT",
        "URL-Paths": path,
        "X-Project-ID": orders.project.id,
        "URL-Expires": inSeconds(600),
        SubscribeBody: { confirmed: true },
        UnsubscribeBody: { confirmed: false },
        queue_name: "orders",
      },
    ]);
  });

  test("is sent no URL that the service does not know", async () => {
    const hook = new Receiver();
    await queueThatAsks().subscribe(hook.url);
    expect(Object.keys(latestAt(hook))[0]).toBe("Message_Type");
  });

  test("answers without a credential, and may withdraw its confirmation", async () => {
    const [orders, hook] = [queueThatAsks(), new Receiver()];
    const id = await orders.subscribe(hook.url);
    const document = latestAt(hook);
    const answer = await sendAsReader(document, { body: document["SubscribeBody"] });
    expect(answer).toAnswer(204);
    expect(answer.headers.get("Location")).toBe(`/v2/queues/orders/subscriptions/${id}/confirm`);
    expect(await orders.subscription(id)).toMatchObject({ confirmed: true });
    expect(await sendAsReader(document, { body: document["UnsubscribeBody"] })).toAnswer(204);
    expect(await orders.subscription(id)).toMatchObject({ confirmed: false });
  });

  test("is asked again by a repetition, with the ttl of that", async () => {
    const [orders, hook] = [queueThatAsks(), new Receiver()];
    const id = await orders.subscribe(hook.url, { ttl: 600 });
    expect(await orders.subscribe(hook.url, { ttl: 60 })).toBe(id);
    expect(await orders.subscribe(hook.url)).toBe(id);
    const ends = documentsAt(hook).map((document) => document["URL-Expires"]);
    expect(ends).toEqual([inSeconds(600), inSeconds(60), inSeconds(3600)]);
  });

  test("is not asked when it has confirmed, nor by changes", async () => {
    const [orders, hook] = [queueThatAsks(), new Receiver()];
    const id = await orders.subscribe(hook.url);
    await orders.confirm(id);
    await orders.confirm(id);
    expect(await orders.send("POST", "/subscriptions", { body: { subscriber: hook.url } })).toAnswer(409);
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { body: { ttl: 60, options: {} } })).toAnswer(204);
    expect(await orders.subscription(id)).toMatchObject({ confirmed: true });
    expect(documentsAt(hook)).toHaveLength(1);
  });

  test("is asked when a change makes it the subscriber", async () => {
    const [orders, former, hook] = [queueThatAsks(), new Receiver(), new Receiver()];
    const id = await orders.subscribe(former.url);
    const body = { subscriber: hook.url, ttl: 60 };
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { body })).toAnswer(204);
    expect(documentsAt(former)).toHaveLength(1);
    expect(documentsAt(hook)).toMatchObject([
      { Message_Type: "SubscriptionConfirmation", "URL-Expires": inSeconds(60) },
    ]);
    expect(await sendAsReader(latestAt(hook), { body: { confirmed: true } })).toAnswer(204);
    expect(await orders.subscription(id)).toMatchObject({ confirmed: true, subscriber: hook.url });
  });

  test("is not asked by a request that is refused", async () => {
    const [orders, hook] = [queueThatAsks(), new Receiver()];
    const body = { subscriber: hook.url, ttl: 1 };
    expect(await orders.send("POST", "/subscriptions", { body })).toRefuse(400, REQUEST);
    const id = await orders.subscribe(new Receiver().url);
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { body })).toRefuse(400, REQUEST);
    expect(documentsAt(hook)).toEqual([]);
  });
});

describe("a subscriber that withdraws its confirmation", () => {
  test("is told how to confirm again, and does", async () => {
    const [orders, hook] = [queueThatAsks(), new Receiver()];
    const id = await orders.subscribe(hook.url, { ttl: 600 });
    await orders.confirm(id);
    await orders.confirm(id, false);
    expect(documentsAt(hook)).toHaveLength(2);
    const document = latestAt(hook);
    expect(document).toMatchObject({
      Message_Type: "UnsubscribeConfirmation",
      Message:
        "You have unsubscribed successfully to the queue: orders, you can resubscribe it by using confirmed=True.",
      "URL-Expires": inSeconds(3600),
    });
    expect(await orders.subscription(id)).toMatchObject({ confirmed: false });
    expect(await sendAsReader(document, { body: { confirmed: true } })).toAnswer(204);
    expect(await orders.subscription(id)).toMatchObject({ confirmed: true });
  });
});

describe("no confirmation is requested", () => {
  test("by a service without REQUIRE_CONFIRMATION, where a confirmation counts nevertheless", async () => {
    const [orders, hook] = [queueThatAsks({ REQUIRE_CONFIRMATION: "false" }), new Receiver()];
    const id = await orders.subscribe(hook.url);
    await orders.confirm(id);
    expect(await orders.subscription(id)).toMatchObject({ confirmed: true });
    await orders.confirm(id, false);
    expect(await orders.subscription(id)).toMatchObject({ confirmed: false });
    expect(documentsAt(hook)).toEqual([]);
  });

  test("from a mailbox, by a service without EXTERNAL_CONFIRMATION_URL", async () => {
    const orders = queueThatAsks();
    const id = await orders.subscribe("mailto:a@subscriber.test");
    const report = await orders.send("GET", `/subscriptions/${id}/deliveries`);
    expect(report.json).toMatchObject({ pending: 0, failed: 0, delivered: 0 });
  });
});

test("a mailbox is asked by a service with EXTERNAL_CONFIRMATION_URL, which here cannot send mail", async () => {
  const orders = queueThatAsks({ EXTERNAL_CONFIRMATION_URL: "https://confirm.example/" });
  const id = await orders.subscribe("mailto:a@subscriber.test");
  const report = await orders.send("GET", `/subscriptions/${id}/deliveries`);
  expect(report.json).toMatchObject({ pending: 0, failed: 1, attempts: [{ outcome: "invalid" }] });
});

describe("the signature", () => {
  test.each([
    ["the subscription itself", { path: "/v2/queues/orders/subscriptions/ID", method: "GET" }],
    ["its deletion", { path: "/v2/queues/orders/subscriptions/ID", method: "DELETE" }],
    ["its secret", { path: "/v2/queues/orders/subscriptions/ID/secret", method: "POST" }],
    ["another subscription", { path: "/v2/queues/orders/subscriptions/0123456789abcdef01234567/confirm" }],
    ["another queue", { path: "/v2/queues/other/subscriptions/ID/confirm" }],
    ["another method", { path: "/v2/queues/orders/subscriptions/ID/confirm", method: "GET" }],
  ])("gives no access to %s", async (_, { path, ...rest }) => {
    const hook = new Receiver();
    const id = await queueThatAsks().subscribe(hook.url);
    const answer = await sendAsReader(latestAt(hook), {
      ...rest,
      path: path.replace("ID", id),
      body: { confirmed: true },
    });
    expect(answer).toRefuse(404, "404 Not Found");
  });

  test("is valid until its expiry, at that second", async () => {
    const [orders, hook] = [queueThatAsks(), new Receiver()];
    await orders.subscribe(hook.url, { ttl: 600 });
    await orders.subscribe(hook.url, { ttl: 60 });
    const document = latestAt(hook);
    clock.advance({ seconds: 59, ms: 999 });
    expect(await sendAsReader(document, { body: { confirmed: true } })).toAnswer(204);
    clock.advance({ ms: 1 });
    expect(await sendAsReader(document, { body: { confirmed: true } })).toRefuse(404, "404 Not Found");
  });

  test("gives no access when the subscription has ended", async () => {
    const [orders, hook] = [queueThatAsks(), new Receiver()];
    await orders.unsubscribe(await orders.subscribe(hook.url));
    expect(await sendAsReader(latestAt(hook), { body: { confirmed: true } })).toRefuse(404, "Not found");
  });

  test("is invalid once the queue's signing generation has changed", async () => {
    const [orders, hook] = [queueThatAsks(), new Receiver()];
    expect(await orders.send("PUT", "", { body: { _signing_generation: 1 } })).toAnswer(201);
    await orders.subscribe(hook.url);
    const document = latestAt(hook);
    expect(await sendAsReader(document, { body: { confirmed: true } })).toAnswer(204);
    await orders.patch({ op: "replace", path: "/metadata/_signing_generation", value: 2 });
    clock.advance({ seconds: 60 });
    expect(await sendAsReader(document, { body: { confirmed: true } })).toRefuse(404, "404 Not Found");
  });

  test("is valid no longer than SIGNED_URL_TTL_MAX", async () => {
    const [orders, hook] = [queueThatAsks({ SIGNED_URL_TTL_MAX: "600" }), new Receiver()];
    await orders.subscribe(hook.url, { ttl: 601 });
    await orders.subscribe(hook.url, { ttl: 599 });
    const ends = documentsAt(hook).map((document) => document["URL-Expires"]);
    expect(ends).toEqual([inSeconds(600), inSeconds(599)]);
  });

  test("may be valid until the last second that can be written", async () => {
    const left = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000 - Math.floor(Date.now() / 1000);
    const hook = new Receiver();
    await queueThatAsks().subscribe(hook.url, { ttl: left });
    const document = latestAt(hook);
    expect(document["URL-Expires"]).toBe("9999-12-31T23:59:59");
    expect(await sendAsReader(document, { body: { confirmed: true } })).toAnswer(204);
  });
});

describe("a PUT that says neither yes nor no changes nothing:", () => {
  const NOT_BOOLEAN = "The 'confirmed' should be boolean.";
  test.each([
    ["no body", undefined, REQUEST, NOT_BOOLEAN],
    ["an empty object", {}, REQUEST, NOT_BOOLEAN],
    ["null", { confirmed: null }, REQUEST, NOT_BOOLEAN],
    ["0", { confirmed: 0 }, REQUEST, NOT_BOOLEAN],
    ["a text", { confirmed: "false" }, REQUEST, NOT_BOOLEAN],
    ["a list", [], "Unable to confirm subscription", "Subscription ID could not be confirmed."],
    ["bad JSON", "{", "Invalid request body", null],
    ["a boolean alone", "true", "Invalid request body", null],
  ])("%s", async (_, body, title, description) => {
    const orders = project().missingQueue();
    const id = await orders.subscribe("mailto:a@subscriber.test");
    await orders.confirm(id);
    const answer = await orders.send("PUT", `/subscriptions/${id}/confirm`, body === undefined ? {} : { body });
    expect(answer).toRefuse(400, title);
    if (description !== null) expect(answer.json).toMatchObject({ description: description.replace("ID", id) });
    expect(await orders.subscription(id)).toMatchObject({ confirmed: true });
  });

  test("and for an unknown subscription this is reported first", async () => {
    const path = "/v2/queues/orders/subscriptions/0123456789abcdef01234567/confirm";
    expect(await project().send("PUT", path, { body: {} })).toRefuse(400, REQUEST);
    expect(await project().send("PUT", path, { body: { confirmed: true } })).toRefuse(404, "Not found");
  });
});
