/**
 * Subscriptions of topics: as subscriptions of queues, below the topic's path. All subscribers of a topic get its messages. A
 * queue of the same name has its own subscribers.
 */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { formatInstant } from "../../src/domain/instant.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { ACCESS_SETTINGS, startService } from "../support/drivers/service.ts";
import { upstreamSignature } from "../support/access/upstream-signature.ts";
import { requestBy, withClientHeaders, type Answer, type SendOptions } from "../support/drivers/request.ts";
import { project, Project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();
interceptCalls();

const SIGNING = { SIGNED_URL_SECRET_KEY: ACCESS_SETTINGS.SIGNED_URL_SECRET_KEY };

type Document = Readonly<Record<string, unknown>>;

describe("a subscription", () => {
  test("is created, shown, listed, changed and deleted below its topic, which it names as its source", async () => {
    const news = project().missingTopic();
    const subscriber = "mailto:a@subscriber.test";
    const created = await news.send("POST", "/subscriptions", { body: { subscriber } });
    expect(created).toAnswer(201);
    expect(created.headers.get("Location")).toBe("/v2/topics/news/subscriptions");
    const id = (created.json as { subscription_id: string }).subscription_id;
    expect(await news.subscription(id)).toMatchObject({ id, source: "news", subscriber });
    const listed = await news.subscriptions({ limit: 1 });
    expect(listed.subscriptions).toMatchObject([{ id }]);
    expect(listed.next).toBe(`/v2/topics/news/subscriptions?limit=1&marker=${id}`);
    const changed = await news.send("PATCH", `/subscriptions/${id}`, { body: { ttl: 600 } });
    expect(changed).toAnswer(204);
    expect(changed.headers.get("Location")).toBe(`/v2/topics/news/subscriptions/${id}`);
    await news.unsubscribe(id);
    expect(await news.subscription(id)).toBeNull();
  });

  test("that is confirmed is a conflict when repeated: 409, with the collection's location", async () => {
    const news = project().missingTopic();
    const id = await news.subscribe("mailto:a@subscriber.test");
    await news.confirm(id);
    const answer = await news.send("POST", "/subscriptions", { body: { subscriber: "mailto:a@subscriber.test" } });
    expect(answer).toRefuse(409, "Resource conflict");
    expect(answer.headers.get("Location")).toBe("/v2/topics/news/subscriptions");
  });

  test("has a report, can be redelivered, and has a secret", async () => {
    const [news, hook] = [await project().topic(), new Receiver()];
    const id = await news.subscribe(hook.url);
    const secret = await news.send("POST", `/subscriptions/${id}/secret`);
    expect(secret).toAnswer(201);
    await news.post("a");
    await expect.poll(() => hook.received[0]?.headers["webhook-signature"]).toMatch(/^v1,/);
    const path = `/subscriptions/${id}`;
    await expect.poll(async () => (await news.send("GET", `${path}/deliveries`)).json).toMatchObject({ delivered: 1 });
    expect((await news.send("POST", `${path}/redeliver`)).json).toEqual({ redelivered: 0 });
  });
});

describe("a posted message", () => {
  test("goes to the topic's subscribers, under its name, and stays", async () => {
    const owner = project();
    const [queue, topic] = [await owner.queue("same"), await owner.topic("same")];
    const [queueHook, topicHook] = [new Receiver(), new Receiver()];
    await queue.subscribe(queueHook.url);
    await topic.subscribe(topicHook.url);
    await topic.post("to the topic");
    await queue.post("to the queue");
    await expect.poll(() => topicHook.bodies).toEqual(["to the topic"]);
    await expect.poll(() => queueHook.bodies).toEqual(["to the queue"]);
    expect(JSON.parse(topicHook.received[0]?.body ?? "")).toMatchObject({
      Message_Type: "Notification",
      queue_name: "same",
    });
    expect(await topic.list()).toHoldBodies("to the topic");
  });

  test("does not go to a subscriber that has answered 410", async () => {
    const owner = project();
    const [queue, topic] = [await owner.queue("same"), await owner.topic("same")];
    const [gone, staying] = [new Receiver(410), new Receiver()];
    await topic.subscribe(gone.url);
    await queue.subscribe(staying.url);
    await topic.post("a");
    await expect.poll(() => disabledIn(topic)).toEqual([1]);
    expect(await disabledIn(queue)).toEqual([0]);
    const last = new Receiver();
    await topic.subscribe(last.url);
    await topic.post("b");
    await queue.post("c");
    await expect.poll(() => last.bodies).toEqual(["b"]);
    await expect.poll(() => staying.bodies).toEqual(["c"]);
    expect(gone.received).toHaveLength(1);
  });
});

/** Which of the subscriptions are disabled. No request shows this. */
function disabledIn(place: Queue): Promise<unknown[]> {
  return runInDurableObject(queueStub(place), (_, { storage }) =>
    storage.sql
      .exec("SELECT disabled FROM subscription ORDER BY number")
      .toArray()
      .map(({ disabled }) => disabled),
  );
}

describe("with REQUIRE_CONFIRMATION", () => {
  /** A project of a service that requires confirmation. */
  function projectThatAsks(): Project {
    const service = startService({ AUTH_STRATEGY: "none", REQUIRE_CONFIRMATION: "true", ...SIGNING });
    const send = (method: string, path: string, options: SendOptions = {}): Promise<Answer> =>
      requestBy((sent) => service.fetch(sent), method, path, withClientHeaders(options));
    return new Project(`project-${crypto.randomUUID()}`, crypto.randomUUID(), send);
  }

  function latestAt(hook: Receiver): Document {
    return JSON.parse(hook.received.at(-1)?.body ?? "{}") as Document;
  }

  /** A request of the receiver of a confirmation request, to a service that requires authentication. */
  function sendAsReader(document: Document, body: unknown): Promise<Answer> {
    const names = ["URL-Signature", "URL-Methods", "URL-Paths", "URL-Expires", "X-Project-ID"];
    const signed = Object.fromEntries(names.map((name) => [name, document[name] as string]));
    const headers = { ...signed, "Client-ID": crypto.randomUUID() };
    const strict = startService({ AUTH_STRATEGY: "keys", ...SIGNING });
    return requestBy((sent) => strict.fetch(sent), "PUT", document["URL-Paths"] as string, { headers, body });
  }

  test("a subscriber is asked about the topic, confirms without a credential, and may withdraw", async () => {
    const news = projectThatAsks().missingTopic();
    const hook = new Receiver();
    const id = await news.subscribe(hook.url);
    const path = `/v2/topics/news/subscriptions/${id}/confirm`;
    const document = latestAt(hook);
    expect(document).toMatchObject({
      Message_Type: "SubscriptionConfirmation",
      Message: "You have chosen to subscribe to the topic: news",
      "URL-Paths": path,
      queue_name: "news",
    });
    const answer = await sendAsReader(document, document["SubscribeBody"]);
    expect(answer).toAnswer(204);
    expect(answer.headers.get("Location")).toBe(path);
    expect(await news.subscription(id)).toMatchObject({ confirmed: true });
    expect(await sendAsReader(document, document["UnsubscribeBody"])).toAnswer(204);
    expect(await news.subscription(id)).toMatchObject({ confirmed: false });
    await news.confirm(id, false);
    expect(latestAt(hook)).toMatchObject({ Message_Type: "UnsubscribeConfirmation", "URL-Paths": path });
  });

  test("the signature is invalid once the topic's signing generation has changed, whatever the queue's is", async () => {
    const owner = projectThatAsks();
    const news = await owner.topic("news", { _signing_generation: 1 });
    await owner.queue("news", { _signing_generation: 5 });
    const hook = new Receiver();
    await news.subscribe(hook.url);
    const document = latestAt(hook);
    expect(await sendAsReader(document, { confirmed: true })).toAnswer(204);
    await news.patch({ op: "replace", path: "/metadata/_signing_generation", value: 2 });
    clock.advance({ seconds: 60 });
    expect(await sendAsReader(document, { confirmed: true })).toRefuse(404, "404 Not Found");
  });
});

describe("a signature", () => {
  const METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"];
  const ID = "000000000001aaaaaaaaaaaa";

  /** A signature for any path, made with the service's key. The service itself would not sign this. */
  async function sendSigned(
    method: string,
    path: string,
    { paths = [path], body }: { readonly paths?: readonly string[]; readonly body?: unknown } = {},
  ): Promise<Answer> {
    const owner = `project-${crypto.randomUUID()}`;
    const expiresAt = toEpochMs(Date.now() + 3_600_000);
    const expires = formatInstant(expiresAt);
    const fields = [paths.toSorted().join(","), METHODS.join(","), owner, expires];
    const headers = {
      "Client-ID": crypto.randomUUID(),
      "X-Project-ID": owner,
      "URL-Paths": paths.join(","),
      "URL-Methods": METHODS.join(","),
      "URL-Expires": expires,
      "URL-Signature": await upstreamSignature(ACCESS_SETTINGS.SIGNED_URL_SECRET_KEY, fields),
    };
    const strict = startService({ AUTH_STRATEGY: "keys", ...SIGNING });
    return requestBy((sent) => strict.fetch(sent), method, path, body === undefined ? { headers } : { headers, body });
  }

  test("gives access to a confirmation, whose 404 is about the subscription", async () => {
    const path = `/v2/topics/news/subscriptions/${ID}/confirm`;
    expect(await sendSigned("PUT", path, { body: { confirmed: true } })).toRefuse(404, "Not found");
  });

  test.each([
    ["GET", "/v2/topics"],
    ["GET", "/v2/topics/news"],
    ["DELETE", "/v2/topics/news"],
    ["GET", "/v2/topics/news/stats"],
    ["GET", "/v2/topics/news/messages"],
    ["DELETE", "/v2/topics/news/messages"],
    ["GET", "/v2/topics/news/subscriptions"],
    ["GET", `/v2/topics/news/subscriptions/${ID}`],
    ["GET", `/v2/topics/news/subscriptions/${ID}/deliveries`],
    ["GET", `/v2/topics/news/subscriptions/${ID}/confirm/deliveries`],
    ["PUT", `/v2/topics/a%2Fb/subscriptions/${ID}/confirm`],
    ["PUT", `/v2/topics/news/messages/${ID}/confirm`],
    ["PUT", "/v2/topics/news/subscriptions/../confirm"],
    ["PUT", "/v2/topics//subscriptions/confirm"],
  ])("gives no other access to a topic: %s %s", async (method, path) => {
    const answer = await sendSigned(method, path, method === "PUT" ? { body: { confirmed: true } } : {});
    expect(answer).toRefuse(404, "404 Not Found");
  });

  test("for a queue gives no access to the topic of its name", async () => {
    const paths = ["/v2/queues/news", "/v2/queues/news/subscriptions"];
    const path = `/v2/topics/news/subscriptions/${ID}/confirm`;
    expect(await sendSigned("PUT", path, { paths, body: { confirmed: true } })).toRefuse(404, "404 Not Found");
  });
});
