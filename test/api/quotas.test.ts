/** Quotas of a project, on both sides of each limit. Ours (docs/COMPATIBILITY.md). */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { project, type Project } from "../support/drivers/zaqar-client.ts";

freezeClock();

const OPERATOR = { "X-Roles": "admin" };

/** Sets quotas and waits until they are in effect. */
async function limit(owner: Project, quotas: Readonly<Record<string, number>>): Promise<void> {
  const answer = await owner.send("PUT", `/v2/quotas/${owner.id}`, { headers: OPERATOR, body: quotas });
  expect(answer).toAnswer(204);
  clock.advance({ seconds: 60 });
  // This request makes the Worker fetch the new quotas, which it has before the next request.
  await owner.send("GET", "/v2/quotas");
}

function posting(count: number, body = "x"): { readonly body: unknown } {
  return { body: { messages: Array.from({ length: count }, () => ({ body })) } };
}

describe("the number of queues", () => {
  test("is enforced, also for a post that would create one, without effect on other projects", async () => {
    const owner = project();
    await limit(owner, { queues: 2 });
    await owner.queue("a");
    expect(await owner.send("POST", "/v2/queues/b/messages", posting(1))).toAnswer(201);
    expect(await owner.send("PUT", "/v2/queues/c")).toRefuse(403, "Quota exceeded");
    expect(await owner.send("POST", "/v2/queues/c/messages", posting(1))).toRefuse(403, "Quota exceeded");
    expect(await owner.queueNames()).toEqual(["a", "b"]);
    expect(await owner.send("PUT", "/v2/queues/a")).toAnswer(204);
    expect(await project().send("PUT", "/v2/queues/c")).toAnswer(201);
    await owner.missingQueue("a").remove();
    expect(await owner.send("PUT", "/v2/queues/c")).toAnswer(201);
  });
});

describe("many queues created at once", () => {
  const QUEUES = 10;

  test.each([
    ["queues", "PUT", "/v2/queues/NAME", {}],
    ["topics", "PUT", "/v2/topics/NAME", {}],
    ["queues that are posted to", "POST", "/v2/queues/NAME/messages", posting(1)],
    [
      "queues that are subscribed to",
      "POST",
      "/v2/queues/NAME/subscriptions",
      { body: { subscriber: "http://subscriber.example/", ttl: 3600 } },
    ],
  ])("are no more than the quota: %s", async (_, method, path, options) => {
    const owner = project();
    await limit(owner, { queues: QUEUES });
    const names = Array.from({ length: 5 * QUEUES }, (__, index) => `q${index}`);
    const answers = await Promise.all(names.map((name) => owner.send(method, path.replace("NAME", name), options)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(QUEUES);
    for (const answer of answers) if (answer.status !== 201) expect(answer).toRefuse(403, "Quota exceeded");
    expect((await owner.send("GET", "/v2/quotas")).json).toMatchObject({ quotas: { queues: { used: QUEUES } } });
  });

  test("count once if they have the same name", async () => {
    const owner = project();
    await limit(owner, { queues: 1 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => owner.send("PUT", "/v2/queues/a")));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 19 }, () => 204),
    ]);
  });

  test("are no more than the quota as targets of redrives", async () => {
    const owner = project();
    const sources = await Promise.all(["a", "b", "c"].map((name) => owner.queue(name)));
    await limit(owner, { queues: 4 });
    const answers = await Promise.all(
      sources.map((source) => source.send("POST", "/redrive", { body: { target: `${source.name}-target` } })),
    );
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(2);
    expect(await owner.queueNames()).toHaveLength(4);
  });
});

describe("the messages of a queue", () => {
  test("are limited; deleted and expired ones make room", async () => {
    const owner = project();
    await limit(owner, { messages_per_queue: 3 });
    const orders = await owner.queue("orders");
    const [first = ""] = await orders.post({ body: 1, ttl: 60 }, { body: 2, ttl: 3600 });
    expect(await orders.send("POST", "/messages", posting(2))).toRefuse(403, "Quota exceeded");
    expect(await orders.send("POST", "/messages", posting(1))).toAnswer(201);
    expect(await orders.send("POST", "/messages", posting(1))).toRefuse(403, "Quota exceeded");
    await orders.delete(first);
    await orders.post({ body: 4, ttl: 60 });
    clock.advance({ seconds: 60 });
    expect(await orders.send("POST", "/messages", posting(1))).toAnswer(201);
    expect(await orders.stats()).toMatchObject({ total: 3 });
  });

  test("a limit of 0 is enforced", async () => {
    const owner = project();
    await limit(owner, { messages_per_queue: 0 });
    expect(await owner.send("POST", "/v2/queues/a/messages", posting(1))).toRefuse(403, "Quota exceeded");
  });
});

test("the bytes of a queue are limited", async () => {
  const owner = project();
  const orders = await owner.queue("orders");
  const usage = (await owner.send("GET", "/v2/quotas?queue=orders")).json as {
    quotas: { bytes_per_queue: { used: number } };
  };
  await limit(owner, { bytes_per_queue: usage.quotas.bytes_per_queue.used + 50_000 });
  expect(await orders.send("POST", "/messages", posting(1, "x".repeat(40_000)))).toAnswer(201);
  expect(await orders.send("POST", "/messages", posting(1, "x".repeat(40_000)))).toRefuse(403, "Quota exceeded");
});

describe("the subscriptions of a queue", () => {
  const subscribing = (name: string): { readonly body: unknown } => ({
    body: { subscriber: `mailto:${name}@subscriber.test`, ttl: 60 },
  });

  test("are limited; a repetition does not count, deleted and expired ones make room", async () => {
    const owner = project();
    await limit(owner, { subscriptions_per_queue: 2 });
    const orders = owner.missingQueue("orders");
    const first = await orders.subscribe("mailto:first@subscriber.test");
    expect(await orders.send("POST", "/subscriptions", subscribing("second"))).toAnswer(201);
    expect(await orders.send("POST", "/subscriptions", subscribing("third"))).toRefuse(403, "Quota exceeded");
    expect(await orders.send("POST", "/subscriptions", subscribing("second"))).toAnswer(201);
    expect(await owner.send("POST", "/v2/queues/other/subscriptions", subscribing("third"))).toAnswer(201);
    await orders.unsubscribe(first);
    expect(await orders.send("POST", "/subscriptions", subscribing("third"))).toAnswer(201);
    expect(await orders.send("POST", "/subscriptions", subscribing("fourth"))).toRefuse(403, "Quota exceeded");
    clock.advance({ seconds: 60 });
    expect(await orders.send("POST", "/subscriptions", subscribing("fourth"))).toAnswer(201);
  });

  test("a limit of 0 is enforced", async () => {
    const owner = project();
    await limit(owner, { subscriptions_per_queue: 0 });
    const answer = await owner.send("POST", "/v2/queues/a/subscriptions", subscribing("first"));
    expect(answer).toRefuse(403, "Quota exceeded");
  });
});

describe("requests per second", () => {
  test("are limited, with the time to wait, without effect on other projects", async () => {
    const owner = project();
    await limit(owner, { requests_per_second: 2 });
    clock.advance({ seconds: 5 });
    expect(await owner.send("GET", "/v2/queues")).toAnswer(200);
    expect(await owner.send("GET", "/v2/queues")).toAnswer(200);
    const refused = await owner.send("GET", "/v2/queues");
    expect(refused).toRefuse(503, "Service temporarily unavailable");
    expect(refused.headers.get("Retry-After")).toBe("1");
    expect(await project().send("GET", "/v2/queues")).toAnswer(200);
    clock.advance({ ms: 500 });
    expect(await owner.send("GET", "/v2/queues")).toAnswer(200);
    expect(await owner.send("GET", "/v2/queues")).toAnswer(503);
  });

  test("a project with a limit of 0 is told to wait", async () => {
    const owner = project();
    await limit(owner, { requests_per_second: 0 });
    expect((await owner.send("GET", "/v2/queues")).headers.get("Retry-After")).toBe("60");
  });
});

describe("the resource", () => {
  const none = { limit: -1 };

  test("shows limits and use to everybody, and is set by operators", async () => {
    const owner = project();
    const orders = await owner.queue("orders");
    await orders.post("a", "b");
    await orders.subscribe("mailto:a@subscriber.test");
    expect((await owner.send("GET", "/v2/quotas?queue=orders")).json).toEqual({
      quotas: {
        queues: { limit: -1, used: 1 },
        messages_per_queue: { limit: -1, used: 2 },
        bytes_per_queue: { limit: 8_000_000_000, used: expect.any(Number) },
        subscriptions_per_queue: { limit: 10_000, used: 1 },
        requests_per_second: none,
      },
    });
    const news = await owner.topic("orders");
    await news.post("a", "b", "c");
    expect((await owner.send("GET", "/v2/quotas?topic=orders")).json).toMatchObject({
      quotas: { queues: { used: 2 }, messages_per_queue: { used: 3 }, subscriptions_per_queue: { used: 0 } },
    });
    expect(await owner.send("GET", "/v2/quotas?queue=a%20b")).toRefuse(400, "Invalid queue identification");
    expect(await owner.send("GET", "/v2/quotas?topic=a%20b")).toRefuse(400, "Invalid topic identification");
    expect(await owner.send("PUT", `/v2/quotas/${owner.id}`, { body: {} })).toRefuse(403, "Not authorized");
    expect(await owner.send("GET", "/v2/quotas/other")).toRefuse(403, "Not authorized");
    expect(await owner.send("GET", "/v2/quotas/other", { headers: OPERATOR })).toAnswer(200);
  });

  test("is replaced as a whole, and reset", async () => {
    const owner = project();
    const path = `/v2/quotas/${owner.id}`;
    const shown = async (): Promise<unknown> => (await owner.send("GET", "/v2/quotas")).json;
    await owner.send("PUT", path, { headers: OPERATOR, body: { queues: 5 } });
    await owner.send("PUT", path, { headers: OPERATOR, body: { messages_per_queue: 7 } });
    expect(await shown()).toMatchObject({ quotas: { queues: none, messages_per_queue: { limit: 7 } } });
    expect(await owner.send("DELETE", path, { headers: OPERATOR })).toAnswer(204);
    expect(await shown()).toMatchObject({ quotas: { messages_per_queue: none } });
  });

  test.each([{ queues: -2 }, { queues: 1.5 }, { queues: "1" }, { queues: null }, { queue: 1 }, [], "{"])(
    "refuses %j",
    async (body) => {
      const owner = project();
      const answer = await owner.send("PUT", `/v2/quotas/${owner.id}`, { headers: OPERATOR, body });
      expect(answer).toRefuse(400, "Invalid request body");
    },
  );
});

test("the first requests of a project, all at once, each read their own body", async () => {
  const owner = project();
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => owner.send("POST", "/v2/queues/orders/messages", posting(1, `${index}`))),
  );
  for (const answer of answers) expect(answer).toAnswer(201);
  expect(await owner.missingQueue("orders").stats()).toMatchObject({ total: 40 });
});
