/** `Sukkal-Notice`: input that is accepted and has no effect. */
import { describe, expect, test } from "vitest";
import { project, type Answer, type Queue } from "../support/drivers/zaqar-client.ts";

function noticeOf(answer: Answer): string | null {
  return answer.headers.get("Sukkal-Notice");
}

async function postNotice(queue: Queue, ...messages: readonly object[]): Promise<string | null> {
  const answer = await queue.send("POST", "/messages", { body: { messages } });
  expect(answer).toAnswer(201);
  return noticeOf(answer);
}

describe("a post", () => {
  const IGNORED = "`delay` has no effect: the queue or topic has no `_default_message_delay`";

  test.each<readonly [what: string, message: object, notice: string | null]>([
    ["with a delay", { body: 1, delay: 30 }, IGNORED],
    ["with a negative delay", { body: 1, delay: -1 }, IGNORED],
    ["with a delay that is no integer", { body: 1, delay: "soon" }, IGNORED],
    ["with a delay of 0", { body: 1, delay: 0 }, null],
    ["without a delay", { body: 1 }, null],
  ])("%s to a queue without a default delay", async (_, message, notice) => {
    const orders = await project().queue();
    expect(await postNotice(orders, { body: 0 }, message)).toBe(notice);
  });

  test("to a queue with a default delay has none", async () => {
    const orders = await project().queue("orders", { _default_message_delay: 1 });
    expect(await postNotice(orders, { body: 1, delay: 30 })).toBeNull();
  });

  test("that creates its queue has it too", async () => {
    expect(await postNotice(project().missingQueue(), { body: 1, delay: 30 })).toBe(IGNORED);
  });

  test("to a topic has it too", async () => {
    expect(await postNotice(await project().topic(), { body: 1, delay: 30 })).toBe(IGNORED);
  });

  test("that is refused has none", async () => {
    const answer = await (await project().queue()).send("POST", "/messages", { body: { messages: [{ delay: 30 }] } });
    expect(answer).toRefuse(400);
    expect(noticeOf(answer)).toBeNull();
  });
});

describe("metadata", () => {
  test.each<readonly [metadata: object, notice: string | null]>([
    [
      { _dead_leter_queue: "dead" },
      "`_dead_leter_queue` is no reserved key of metadata, and has no effect: did you mean `_dead_letter_queue`?",
    ],
    [{ _team: "ops" }, "`_team` is no reserved key of metadata, and has no effect"],
    [{ team: "ops", dead_leter_queue: 1 }, null],
    [
      { _retry_policy: { retries: 5, minimum_delai: 5 } },
      "`retries` is no member of `_retry_policy`, and has no effect; `minimum_delai` is no member of `_retry_policy`, and " +
        "has no effect: did you mean `minimum_delay`?",
    ],
    [
      {
        _retry_policy: {
          retries_with_no_delay: 1,
          minimum_delay_retries: 1,
          minimum_delay: 5,
          maximum_delay: 30,
          maximum_delay_retries: 1,
          retry_backoff_function: "linear",
          ignore_subscription_override: true,
        },
        _max_messages_post_size: 1000,
        _default_message_ttl: 60,
        _default_message_delay: 1,
        _dead_letter_queue: "dead",
        _dead_letter_queue_messages_ttl: 60,
        _max_claim_count: 1,
        _enable_encrypt_messages: false,
        _flavor: "f",
        _signing_generation: 1,
      },
      null,
    ],
    [{ _retry_policy: null }, null],
    [{}, null],
  ])("of a PUT: %o", async (metadata, notice) => {
    const answer = await project().missingQueue().send("PUT", "", { body: metadata });
    expect(answer).toAnswer(201);
    expect(noticeOf(answer)).toBe(notice);
  });

  test("of a PATCH, but not of keys that it removes", async () => {
    const orders = await project().queue("orders", { _teem: 1 });
    const add = { op: "add", path: "/metadata/_flavour", value: "f" };
    const remove = { op: "remove", path: "/metadata/_teem" };
    expect(noticeOf(await orders.sendPatch([add, remove]))).toBe(
      "`_flavour` is no reserved key of metadata, and has no effect: did you mean `_flavor`?",
    );
    expect(noticeOf(await orders.sendPatch([{ op: "remove", path: "/metadata/_flavour" }]))).toBeNull();
  });

  test("that names the queue itself as its dead-letter queue", async () => {
    const own = "`_dead_letter_queue` names the queue itself: its dead letters come back to it";
    const owner = project();
    const body = { _dead_letter_queue: "orders" };
    expect(noticeOf(await owner.missingQueue("orders").send("PUT", "", { body }))).toBe(own);
    expect(noticeOf(await owner.missingQueue("invoices").send("PUT", "", { body }))).toBeNull();
    // A topic has no claims, and so no dead letters.
    expect(noticeOf(await owner.send("PUT", "/v2/topics/orders", { body }))).toBeNull();
    const invoices = owner.missingQueue("invoices");
    const add = { op: "add", path: "/metadata/_dead_letter_queue", value: "invoices" };
    expect(noticeOf(await invoices.sendPatch([add]))).toBe(own);
    expect(noticeOf(await invoices.sendPatch([{ ...add, value: "orders" }]))).toBeNull();
  });

  test("that a PUT of an existing queue does not change", async () => {
    const orders = await project().queue("orders", { team: "ops" });
    const put = async (body: object) => noticeOf(await orders.send("PUT", "", { body }));
    expect(await put({ team: "dev" })).toBe("it exists already, and its metadata stays: PATCH changes metadata");
    expect(await put({ team: "ops" })).toBeNull();
    expect(await put({})).toBeNull();
  });
});

describe("a list of queues", () => {
  test.each<readonly [query: string, notice: string | null]>([
    ["?sort=name", "`sort` is no parameter of this list, and filters by metadata"],
    ["?stats=true", "`stats` is no parameter of this list, and filters by metadata"],
    ["?limt=5", "`limt` is no parameter of this list, and filters by metadata: did you mean `limit`?"],
    ["?team=ops&limit=5", null],
    ["?marker=a&limit=5&detailed=true&name=a&with_count=true", null],
  ])("%s", async (query, notice) => {
    const answer = await project().send("GET", `/v2/queues${query}`);
    expect(answer).toAnswer(200);
    expect(noticeOf(answer)).toBe(notice);
  });

  test("of topics has one parameter less, a quirk of upstream's", async () => {
    expect(noticeOf(await project().send("GET", "/v2/topics?with_count=true"))).toBeNull();
    expect(noticeOf(await project().send("GET", "/v2/topics?sort=name"))).toMatch(/^`sort` is no parameter/);
  });
});

describe("a claim", () => {
  test("with unknown members, whether there are messages or not", async () => {
    const orders = await project().queue();
    const claim = async (body: object) => noticeOf(await orders.send("POST", "/claims", { body }));
    expect(await claim({ tll: 60, grace: 60 })).toMatch(
      /^`tll` is no member of .*, and has no effect: did you mean `ttl`\?$/,
    );
    await orders.post("a");
    expect(await claim({ tll: 60 })).toMatch(/^`tll`/);
    expect(await claim({ ttl: 60, grace: 60 })).toBeNull();
    expect(await claim({})).toBeNull();
  });

  test("that is renewed", async () => {
    const orders = await project().queue();
    await orders.post("a");
    const claim = await orders.claim();
    const renew = async (body: object) => noticeOf(await claim.send("PATCH", { body }));
    expect(await renew({ ttl: 60, age: 5 })).toMatch(/^`age` is no member of .*, and has no effect$/);
    expect(await renew({ ttl: 60, grace: 60 })).toBeNull();
  });
});

describe("a subscription", () => {
  const subscriber = "http://receiver.test/";

  test("with unknown members, and with those of its retry policy", async () => {
    const orders = await project().queue();
    const body = { subscriber, tll: 60, options: { _retry_policy: { retries: 5 }, other: 1 } };
    const answer = await orders.send("POST", "/subscriptions", { body });
    expect(answer).toAnswer(201);
    const sentences = noticeOf(answer)?.split("; ").toSorted();
    expect(sentences).toEqual([
      "`retries` is no member of `_retry_policy`, and has no effect",
      expect.stringMatching(/^`tll` is no member of .*, and has no effect: did you mean `ttl`\?$/),
    ]);
  });

  test("that is changed", async () => {
    const orders = await project().queue();
    const id = await orders.subscribe(subscriber, { ttl: 60, options: { own: 1 } });
    const patch = async (body: object) => noticeOf(await orders.send("PATCH", `/subscriptions/${id}`, { body }));
    expect(await patch({ ttl: 60, options: { _retry_policy: { retries: 5 } } })).toMatch(/^`retries`/);
    expect(await patch({ ttl: 60 })).toBeNull();
  });

  test("to a port at which no receiver is called, as soon as it is known", async () => {
    const orders = await project().queue();
    const subscribe = async (uri: string) =>
      noticeOf(await orders.send("POST", "/subscriptions", { body: { subscriber: uri, ttl: 60 } }));
    const sentence = "the subscriber is never called: port 6379 is one of another protocol";
    expect(await subscribe("http://receiver.test:6379/")).toBe(sentence);
    expect(await subscribe("http://receiver.test:8080/")).toBeNull();
    expect(await subscribe("mailto:ops@receiver.test")).toBeNull();
    const id = await orders.subscribe(subscriber, { ttl: 60 });
    const body = { subscriber: "https://receiver.test:25/" };
    expect(noticeOf(await orders.send("PATCH", `/subscriptions/${id}`, { body }))).toMatch(/port 25/);
  });
});
