/** `traceparent` of a post (W3C Trace Context): in details of its messages, in their webhooks, and nowhere else. */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { freezeClock } from "../support/clock.ts";
import { ended, redrive } from "../support/drivers/redrives.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { queueStub, rowCounts } from "../support/objects/stubs.ts";

freezeClock();
interceptCalls();

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

async function post(orders: Queue, traceparent: string | null, ...bodies: readonly unknown[]): Promise<void> {
  const headers: Readonly<Record<string, string>> = traceparent === null ? {} : { traceparent };
  const body = { messages: bodies.map((each) => ({ body: each })) };
  expect(await orders.send("POST", "/messages", { headers, body })).toAnswer(201);
}

interface Traced {
  readonly id: string;
  readonly body: string;
  readonly traceparent?: string | null;
}

/** The bodies of an answer, with their traceparents. */
function tracesIn(answer: { readonly json: unknown }): readonly (readonly [string, unknown])[] {
  return (answer.json as { readonly messages: readonly Traced[] }).messages.map(({ body, traceparent }) => [
    body,
    traceparent,
  ]);
}

async function listed(orders: Queue): Promise<readonly (readonly [string, unknown])[]> {
  return tracesIn(await orders.send("GET", "/messages?echo=true&include_claimed=true&details=true"));
}

describe("the traceparent of a post", () => {
  test("is in the details of its messages: in lists, in gets by one or more ids, and in claims", async () => {
    const orders = await project().queue();
    await post(orders, TRACEPARENT, "a", "b");
    const ids = (await orders.list()).map(({ id }) => id);
    const both = [
      ["a", TRACEPARENT],
      ["b", TRACEPARENT],
    ];
    expect(await listed(orders)).toEqual(both);
    expect(tracesIn(await orders.send("GET", `/messages?ids=${ids.join()}&details=true`))).toEqual(both);
    const one = await orders.send("GET", `/messages/${ids[0]}?details=true`);
    expect(tracesIn({ json: { messages: [one.json] } })).toEqual([["a", TRACEPARENT]]);
    const claimed = await orders.send("POST", "/claims?details=true");
    expect(tracesIn(claimed)).toEqual(both);
    const claim = claimed.headers.get("Location")?.split("/").at(-1);
    expect(tracesIn(await orders.send("GET", `/claims/${claim}?details=true`))).toEqual(both);
    await evictDurableObject(queueStub(orders));
    expect(await listed(orders)).toEqual(both);
  });

  test("is in no answer without details", async () => {
    const orders = await project().queue();
    await post(orders, TRACEPARENT, "a", "b");
    const members = ["age", "body", "href", "id", "ttl"];
    for (const [method, path] of [
      ["GET", "/messages?echo=true"],
      ["POST", "/claims"],
    ] as const) {
      const { messages } = (await orders.send(method, path)).json as { messages: object[] };
      expect(Object.keys(messages[0] ?? {}).toSorted()).toEqual(members);
    }
  });

  test("is that of the post alone, also when posts share a commit", async () => {
    const orders = await project().queue();
    await Promise.all([
      post(orders, TRACEPARENT, "a1", "a2"),
      post(orders, null, "b"),
      post(orders, OTHER, "c"),
      post(orders, TRACEPARENT, "d"),
    ]);
    expect(Object.fromEntries(await listed(orders))).toEqual({
      a1: TRACEPARENT,
      a2: TRACEPARENT,
      b: null,
      c: OTHER,
      d: TRACEPARENT,
    });
  });

  test.each([
    ["of another form", "not a traceparent"],
    ["too long", `${TRACEPARENT}-01`],
    ["of the trace zero", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`],
    ["very long", "0".repeat(8000)],
    ["with characters of SQL and JSON", `00-${TRACE}-00f067aa0ba902b7-"'`],
  ])("has no effect if it is %s", async (_, traceparent) => {
    const orders = await project().queue();
    await post(orders, traceparent, "a");
    expect(await listed(orders)).toEqual([["a", null]]);
  });

  test("of a later version is stored as one of version 00", async () => {
    const orders = await project().queue();
    await post(orders, `01${TRACEPARENT.slice(2)}-more`, "a");
    expect(await listed(orders)).toEqual([["a", TRACEPARENT]]);
  });

  test("costs no row", async () => {
    const [plain, traced] = [await project().queue(), await project().queue()];
    for (const each of [plain, traced]) await each.post("first");
    const [before, beforeTraced] = [await rowCounts(plain), await rowCounts(traced)];
    await post(plain, null, "a", "b");
    await post(traced, TRACEPARENT, "a", "b");
    const [after, afterTraced] = [await rowCounts(plain), await rowCounts(traced)];
    expect(afterTraced.written - beforeTraced.written).toBe(after.written - before.written);
    const claim = async (orders: Queue): Promise<void> =>
      expect(await orders.send("POST", "/claims?details=true")).toAnswer(201);
    await claim(plain);
    await claim(traced);
    expect((await rowCounts(traced)).written - afterTraced.written).toBe(
      (await rowCounts(plain)).written - after.written,
    );
    expect((await rowCounts(traced)).read - afterTraced.read).toBe((await rowCounts(plain)).read - after.read);
  });

  test("goes with a message to a dead-letter queue and back", async () => {
    const owner = project();
    const orders = await owner.queue("orders", { _max_claim_count: 1, _dead_letter_queue: "dead" });
    const dead = owner.missingQueue("dead");
    await post(orders, TRACEPARENT, "a");
    await post(orders, null, "b");
    await (await orders.claim()).release();
    expect(await orders.claim()).toHoldBodies();
    const both = [
      ["a", TRACEPARENT],
      ["b", null],
    ];
    await expect.poll(() => listed(dead)).toEqual(both);
    await redrive(dead);
    await ended(dead);
    await expect.poll(() => listed(orders)).toEqual(both);
  });

  test("stays that of the first post when an Idempotency-Key repeats it", async () => {
    const orders = await project().queue();
    for (const traceparent of [TRACEPARENT, OTHER]) {
      const headers = { traceparent, "Idempotency-Key": "key-0001" };
      const body = { messages: [{ body: "a" }] };
      expect(await orders.send("POST", "/messages", { headers, body })).toAnswer(201);
    }
    expect(await listed(orders)).toEqual([["a", TRACEPARENT]]);
  });
});

describe("a webhook", () => {
  test("continues the trace of the post: each attempt has a span of its own", async () => {
    const orders = await project().queue();
    const hook = new Receiver(503, 200);
    await orders.subscribe(hook.url, { options: { _retry_policy: { retries_with_no_delay: 1 } } });
    await post(orders, TRACEPARENT, "a");
    const sent = () => hook.received.map(({ headers }) => headers["traceparent"] ?? "");
    await expect.poll(() => sent().length).toBe(2);
    const spans = sent().map((text) => text.split("-"));
    expect(spans.map(([version, trace, , flags]) => [version, trace, flags])).toEqual([
      ["00", TRACE, "01"],
      ["00", TRACE, "01"],
    ]);
    const ids = new Set([TRACEPARENT.split("-")[2], ...spans.map(([, , span]) => span)]);
    expect(ids.size).toBe(3);
  });

  test("has no traceparent if the post had none", async () => {
    const orders = await project().queue();
    const hook = new Receiver();
    await orders.subscribe(hook.url);
    await post(orders, null, "a");
    await expect.poll(() => hook.bodies).toEqual(["a"]);
    expect(Object.keys(hook.received[0]?.headers ?? {})).not.toContain("traceparent");
  });

  test("has the traceparent of its subscription instead, if that sets one", async () => {
    const orders = await project().queue();
    const hook = new Receiver();
    await orders.subscribe(hook.url, { options: { post_headers: { Traceparent: OTHER } } });
    await post(orders, TRACEPARENT, "a");
    await expect.poll(() => hook.received.map(({ headers }) => headers["traceparent"])).toEqual([OTHER]);
  });
});
