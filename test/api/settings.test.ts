/** Every limit of the API is a setting. Runs with all of them changed: see test/support/changed-settings.ts. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { DeliveryDriver } from "../support/objects/delivery-driver.ts";
import { phaseOf, spreadQueue } from "../support/objects/spread-queues.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { idsIn, numbered, project, toClaim, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();
interceptCalls();

async function queueOf(...bodies: readonly string[]): Promise<Queue> {
  const orders = await project().queue();
  await orders.post(...bodies);
  return orders;
}

describe("defaults", () => {
  test("DEFAULT_MESSAGE_TTL is the ttl of a message without one, and shown", async () => {
    const orders = await queueOf("a");
    expect((await orders.list())[0]?.ttl).toBe(7200);
    expect(await orders.metadata()).toMatchObject({ _default_message_ttl: 7200 });
  });

  test("DEFAULT_MESSAGE_DELAY is shown, and delays nothing", async () => {
    const orders = await queueOf("a");
    expect(await orders.metadata()).toMatchObject({ _default_message_delay: 7 });
    expect(await orders.claim()).toHoldBodies("a");
  });

  test("DEFAULT_CLAIM_TTL and DEFAULT_CLAIM_GRACE are the lease of a claim without one", async () => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: "a", ttl: 60 });
    const claim = await orders.claim();
    expect((await orders.get(id))?.ttl).toBe(720);
    expect(await claim.get()).toMatchObject({ ttl: 600 });
    await claim.renew({ ttl: 1000 });
    expect((await orders.get(id))?.ttl).toBe(1120);
  });

  test("DEFAULT_SUBSCRIPTION_TTL is the life of a subscription without one", async () => {
    const orders = project().missingQueue();
    expect(await orders.subscription(await orders.subscribe("mailto:a@b.test"))).toMatchObject({ ttl: 1800 });
  });

  test("MAX_SUBSCRIPTIONS_PER_PAGE bounds the page of a list without a limit too", async () => {
    const orders = project().missingQueue();
    for (const each of numbered(9)) await orders.subscribe(`mailto:${each}@b.test`);
    expect((await orders.subscriptions()).subscriptions).toHaveLength(8);
  });

  test("MAX_MESSAGES_POST_SIZE is shown", async () => {
    expect(await project().missingQueue().metadata()).toMatchObject({ _max_messages_post_size: 2000 });
  });
});

const text = (length: number): string => "x".repeat(length);

describe("maxima: at it, and one above", () => {
  test.each([
    ["MAX_QUEUES_PER_PAGE", "GET", "/v2/queues?limit=", 12, 200],
    ["MAX_MESSAGES_PER_PAGE", "GET", "/v2/queues/orders/messages?limit=", 15, 200],
    ["MAX_MESSAGES_PER_CLAIM_OR_POP", "DELETE", "/v2/queues/orders/messages?pop=", 13, 200],
    ["MAX_SUBSCRIPTIONS_PER_PAGE", "GET", "/v2/queues/orders/subscriptions?limit=", 8, 200],
    ["MAX_MESSAGES_PER_CLAIM_OR_POP", "POST", "/v2/queues/orders/claims?limit=", 13, 204],
  ])("%s bounds %s %s", async (_, method, path, max, status) => {
    expect(await project().send(method, `${path}${max}`)).toAnswer(status);
    expect(await project().send(method, `${path}${max + 1}`)).toRefuse(400, "Invalid API request");
  });

  test("MAX_MESSAGES_PER_PAGE bounds ids", async () => {
    const orders = await project().queue();
    expect(await orders.send("GET", `/messages?ids=${numbered(15).join(",")}`)).toRefuse(404, "Not found");
    expect(await orders.send("GET", `/messages?ids=${numbered(16).join(",")}`)).toRefuse(400, "Invalid API request");
  });

  test.each([
    ["MAX_MESSAGE_TTL", "/messages", (ttl: number) => ({ messages: [{ body: 1, ttl }] }), 10_000],
    ["MAX_CLAIM_TTL", "/claims", (ttl: number) => ({ ttl }), 1000],
    ["MAX_CLAIM_GRACE", "/claims", (grace: number) => ({ grace }), 2000],
  ])("%s bounds POST %s", async (_, suffix, body, max) => {
    const orders = await queueOf("a");
    expect(await orders.send("POST", suffix, { body: body(max) })).toAnswer(201);
    expect(await orders.send("POST", suffix, { body: body(max + 1) })).toRefuse(400, "Invalid API request");
  });

  test.each([
    ["MAX_MESSAGE_TTL", "_default_message_ttl", 10_000],
    ["MAX_MESSAGE_TTL", "_dead_letter_queue_messages_ttl", 10_000],
    ["MAX_MESSAGE_DELAY", "_default_message_delay", 50],
    ["MAX_MESSAGES_POST_SIZE", "_max_messages_post_size", 2000],
  ])("%s bounds %s", async (_, key, max) => {
    expect(
      await project()
        .missingQueue()
        .send("PUT", "", { body: { [key]: max } }),
    ).toAnswer(201);
    expect(
      await project()
        .missingQueue()
        .send("PUT", "", { body: { [key]: max + 1 } }),
    ).toRefuse(400, "Invalid API request");
  });

  test("MAX_MESSAGE_DELAY bounds a message's delay", async () => {
    const orders = await project().queue("orders", { _default_message_delay: 1 });
    expect(await orders.send("POST", "/messages", { body: { messages: [{ body: 1, delay: 50 }] } })).toAnswer(201);
    expect(await orders.send("POST", "/messages", { body: { messages: [{ body: 1, delay: 51 }] } })).toRefuse(
      400,
      "Invalid API request",
    );
  });

  test("MAX_QUEUE_METADATA bounds the document of PUT and PATCH", async () => {
    const put = (length: number): string => `{"a":"${text(length - 8)}"}`;
    expect(
      await project()
        .missingQueue()
        .send("PUT", "", { body: put(1000) }),
    ).toAnswer(201);
    expect(
      await project()
        .missingQueue()
        .send("PUT", "", { body: put(1001) }),
    ).toRefuse(400, "Invalid API request");
    const orders = await project().queue();
    expect(await orders.sendPatch(`[${text(1000).replaceAll("x", " ")}]`)).toRefuse(400, "Invalid request body");
    expect(await orders.sendPatch(`[${text(998).replaceAll("x", " ")}]`)).toAnswer(200);
  });

  test("MAX_MESSAGES_POST_SIZE bounds a post", async () => {
    const post = (length: number): string => `{"messages":[{"body":"${text(length - 26)}"}]}`;
    expect(
      await project()
        .missingQueue()
        .send("POST", "/messages", { body: post(2000) }),
    ).toAnswer(201);
    expect(
      await project()
        .missingQueue()
        .send("POST", "/messages", { body: post(2001) }),
    ).toRefuse(400, "Invalid API request");
  });
});

describe("SUBSCRIBER_TYPES", () => {
  test.each(["https://a.test", "mailto:a@b.test"])("admits %s", async (subscriber) => {
    expect(await project().missingQueue().subscribe(subscriber)).toMatch(/./);
  });

  test.each(["http://a.test", "trust+https://a.test"])("refuses %s", async (subscriber) => {
    const answer = await project().send("POST", "/v2/queues/a/subscriptions", { body: { subscriber } });
    expect(answer).toRefuse(400, "Invalid API request");
    expect(answer.json).toMatchObject({
      description: "The subscriber type of subscription must be supported in the list ['https', 'mailto'].",
    });
  });
});

describe("REQUIRE_CONFIRMATION", () => {
  test("a subscriber is asked for confirmation, and gets messages once it has confirmed", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver()];
    const id = await orders.subscribe(hook.url);
    await orders.post("before");
    await orders.confirm(id);
    await orders.post("after");
    await expect.poll(() => hook.received.length).toBe(2);
    const [question, message] = hook.received.map(({ body }) => JSON.parse(body) as unknown);
    expect(question).toMatchObject({ Message_Type: "SubscriptionConfirmation", queue_name: "orders" });
    expect(message).toMatchObject({ Message_Type: "Notification", body: "after" });
  });

  test("a confirmation is not inherited: a changed subscriber is asked again", async () => {
    const [orders, former, hook] = [project().missingQueue(), new Receiver(), new Receiver()];
    const id = await orders.subscribe(former.url);
    await orders.confirm(id);
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { body: { subscriber: former.url } })).toAnswer(204);
    expect(await orders.subscription(id)).toMatchObject({ confirmed: true });
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { body: { subscriber: hook.url } })).toAnswer(204);
    expect(await orders.subscription(id)).toMatchObject({ confirmed: false });
    expect(former.received).toHaveLength(1);
    expect(hook.received).toHaveLength(1);
  });

  describe("what has not arrived yet waits", () => {
    function reportOf(orders: Queue, id: string): Promise<unknown> {
      return orders.send("GET", `/subscriptions/${id}/deliveries`).then(({ json }) => json);
    }

    /** A queue with a message whose first delivery the confirmed subscriber has refused. */
    async function givenUp(): Promise<{ readonly orders: Queue; readonly id: string; readonly former: Receiver }> {
      const [orders, former] = [project().missingQueue(), new Receiver(200, 404, 200)];
      const id = await orders.subscribe(former.url);
      await orders.confirm(id);
      await orders.post("a");
      await expect.poll(() => reportOf(orders, id)).toMatchObject({ redeliverable: 1 });
      return { orders, id, former };
    }

    async function redeliverInVain(orders: Queue, id: string): Promise<void> {
      expect(await orders.send("POST", `/subscriptions/${id}/redeliver`)).toAnswer(202);
      const attempts: unknown = expect.arrayContaining([
        expect.objectContaining({ outcome: "blocked", reason: "unconfirmed" }),
      ]);
      await expect.poll(() => reportOf(orders, id)).toMatchObject({ pending: 1, attempts });
    }

    test("for the confirmation of a changed subscriber", async () => {
      const [{ orders, id }, hook] = [await givenUp(), new Receiver()];
      expect(await orders.send("PATCH", `/subscriptions/${id}`, { body: { subscriber: hook.url } })).toAnswer(204);
      await redeliverInVain(orders, id);
      expect(hook.received).toHaveLength(1);
    });

    test("for a subscriber that has withdrawn its confirmation to give it again", async () => {
      const { orders, id, former } = await givenUp();
      await orders.confirm(id, false);
      const told = former.received.length;
      await redeliverInVain(orders, id);
      expect(former.received).toHaveLength(told);
    });
  });
});

describe("CLIENT_ID_UUID_SAFE=off", () => {
  test.each([
    [4, 400],
    [5, 204],
    [40, 204],
    [41, 400],
  ])("a Client-ID of %i characters: %i", async (length, status) => {
    const answer = await project().send("GET", "/v2/ping", { client: text(length) });
    expect(answer).toAnswer(status);
    const refused = await project().send("GET", "/v2/queues", { client: text(length) });
    if (status === 400) expect(refused).toRefuse(400, "Wrong UUID value");
  });

  test("any text may be a Client-ID", async () => {
    const orders = (await project().queue()).as("consumer");
    await orders.as("producer").post("a");
    expect(await orders.list({ echo: false })).toHoldBodies("a");
    expect(await orders.as("producer").list({ echo: false })).toHoldBodies();
  });
});

describe("MESSAGE_DELETE_WITH_CLAIM_ID", () => {
  test("deletes messages by ids with the claims that hold them", async () => {
    const orders = await queueOf("a", "b");
    const first = await orders.claim({ limit: 1 });
    const second = await orders.claim({ limit: 1 });
    const ids = [...first.messages, ...second.messages].map((message) => message.id);
    const query = `?ids=${ids.join(",")}&claim_ids=${first.id},${second.id}`;
    expect(await orders.send("DELETE", `/messages${query}`)).toAnswer(204);
    expect(await orders.stats()).toMatchObject({ total: 0 });
  });

  test("refuses ids without claim_ids, and claim_ids with pop", async () => {
    const orders = await queueOf("a");
    expect(await orders.send("DELETE", "/messages?ids=a")).toRefuse(400, "Invalid API request");
    expect(await orders.send("DELETE", "/messages?pop=1&claim_ids=a")).toRefuse(400, "Invalid API request");
    expect(await orders.pop(1)).toHoldBodies("a");
  });

  test("answers a mismatch with 503, and deletes nothing", async () => {
    const orders = await queueOf("a", "b");
    const claim = await orders.claim({ limit: 1 });
    const ids = (await orders.list({ include_claimed: true })).map((message) => message.id).join(",");
    const answer = await orders.send("DELETE", `/messages?ids=${ids}&claim_ids=${claim.id}`);
    expect(answer).toRefuse(503, "Service temporarily unavailable");
    expect(await orders.stats()).toMatchObject({ total: 2 });
  });
});

describe("settings that upstream does not have", () => {
  test("MAX_CLAIMED_MESSAGES: a claim beyond it gets the rest, then 503 with Retry-After", async () => {
    const orders = await queueOf(...numbered(30));
    expect((await orders.claim({ limit: 13 })).messages).toHaveLength(13);
    const second = await orders.claim({ limit: 13 });
    expect(second.messages).toHaveLength(7);
    const answer = await orders.send("POST", "/claims");
    expect(answer).toRefuse(503, "Service temporarily unavailable");
    expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
    await second.release();
    expect((await orders.claim({ limit: 13 })).messages).toHaveLength(7);
  });

  test("MAX_CLAIMED_MESSAGES does not count messages that are released with a delay", async () => {
    const orders = await queueOf(...numbered(30));
    const first = await orders.claim({ limit: 13 });
    const second = await orders.claim({ limit: 7 });
    const ids = first.messages.map((message) => message.id);
    await first.settle({ release: [{ ids, delay: 30 }] });
    expect((await orders.claim({ limit: 13 })).messages).toHaveLength(10);
    await second.release();
    expect((await orders.claim({ limit: 13 })).messages).toHaveLength(7);
  });

  test("MAX_CLAIM_WAIT caps a wait", async () => {
    const orders = await project().queue();
    const waiting = orders.send("POST", "/claims", { headers: { Prefer: "wait=20" } });
    const answer = await waiting;
    expect(answer).toAnswer(204);
    expect(answer.headers.get("Preference-Applied")).toBe("wait=2");
  });

  test("MAX_WAITING_CLAIMS: a further claim is answered at once", async () => {
    const orders = await project().queue();
    const wait = () => orders.send("POST", "/claims", { headers: { Prefer: "wait=2" } });
    const waiting = [wait(), wait()];
    await orders.stats();
    const third = await wait();
    expect(third).toAnswer(204);
    expect(third.headers.has("Preference-Applied")).toBe(false);
    await orders.post("a", "b");
    const claims = await Promise.all(waiting.map(async (answer) => toClaim(orders, await answer)));
    expect(claims.some((claim) => claim.messages.length > 0)).toBe(true);
  });

  test("MAX_WAITING_CLAIMS_PER_PROJECT: a further claim of the project is answered at once, at any queue; others wait", async () => {
    const [shop, bank] = [project(), project()];
    const wait = async (queue: Queue, seconds: number) => {
      const answer = await queue.send("POST", "/claims", { headers: { Prefer: `wait=${seconds}` } });
      expect(answer).toAnswer(204);
      return answer.headers.has("Preference-Applied");
    };
    const queues = ["a", "b", "c"].map((name) => shop.missingQueue(name));
    const waits = queues.map((queue) => wait(queue, 1));
    for (const queue of queues) await queue.stats();
    expect(await wait(shop.missingQueue("d"), 1)).toBe(false);
    expect(await wait(bank.missingQueue("d"), 1)).toBe(true);
    expect(await Promise.all(waits)).toEqual([true, true, true]);
    expect(await wait(shop.missingQueue("d"), 1)).toBe(true);
  });

  test("MAX_DELIVERY_CONCURRENCY: so many attempts are under way, however many the subscription asks for", async () => {
    const receiver = new Receiver("silent");
    const delivery = new DeliveryDriver(receiver, { options: { _concurrency: 16 } });
    await delivery.post(...numbered(9));
    expect(receiver.waiting).toBe(3);
    receiver.speak();
    await expect.poll(async () => (await delivery.report()).delivered).toBe(9);
    expect(receiver.waitingMax).toBe(3);
  });

  test("IDEMPOTENCY_WINDOW: a key is forgotten after it", async () => {
    const orders = await project().queue();
    const post = async () => {
      const headers = { "Idempotency-Key": "once" };
      return idsIn(await orders.send("POST", "/messages", { headers, body: { messages: [{ body: "a" }] } }));
    };
    const ids = await post();
    clock.advance({ seconds: 59 });
    expect(await post()).toEqual(ids);
    clock.advance({ seconds: 1 });
    expect(await post()).not.toEqual(ids);
    expect(await orders.list()).toHoldBodies("a", "a");
  });
});

test("SHARDS=1 brings spread queues back to one object", async () => {
  const queue = await spreadQueue(4);
  expect(await phaseOf(queue)).toBe("spread");
  await runDurableObjectAlarm(queueStub(queue));
  expect(await phaseOf(queue)).toBe("one");
});
