/** The metadata key `_paused`: a queue whose messages nobody gets for a time. */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { project, toClaim, type Answer, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

const NOTICE = "the queue pauses claims: `_paused` of its metadata";
const PAUSE = { op: "add", path: "/metadata/_paused", value: ["claims"] };
const RESUME = { op: "remove", path: "/metadata/_paused" };

function pausedQueue(more = {}): Promise<Queue> {
  return project().queue("orders", { _paused: ["claims"], ...more });
}

function claim(orders: Queue, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return orders.send("POST", "/claims", { headers });
}

describe("a queue that pauses claims", () => {
  test("answers claims as an empty queue does, with a notice", async () => {
    const orders = await pausedQueue();
    const empty = await claim(orders);
    expect(empty).toAnswer(204);
    await orders.post("a");
    const paused = await claim(orders);
    expect(paused).toAnswer(204);
    expect(paused.headers.get("Sukkal-Notice")).toBe(NOTICE);
    expect(empty.headers.get("Sukkal-Notice")).toBe(NOTICE);
  });

  test("answers pops as an empty queue does", async () => {
    const orders = await pausedQueue();
    await orders.post("a");
    expect(await orders.pop()).toHoldBodies();
    expect(await orders.list()).toHoldBodies("a");
  });

  test("shows its messages, counts them as free, and shows the pause as metadata", async () => {
    const orders = await pausedQueue();
    const id = await orders.postOne("a");
    expect(await orders.list()).toHoldBodies("a");
    expect(await orders.get(id)).toMatchObject({ body: "a" });
    expect(await orders.stats()).toMatchObject({ free: 1, claimed: 0, total: 1 });
    expect(await orders.metadata()).toMatchObject({ _paused: ["claims"] });
  });

  test("lets the claims that it has go on", async () => {
    const orders = await project().queue();
    await orders.post("a", "b", "c");
    const held = await orders.claim({ limit: 2 });
    await orders.patch(PAUSE);
    await held.renew({ ttl: 100, grace: 60 });
    const [a = "", b = ""] = held.messages.map(({ id }) => id);
    await held.settle({ delete: [a], release: [{ ids: [b] }] });
    expect(await orders.claim()).toHoldBodies();
    expect(await orders.stats()).toMatchObject({ free: 2, claimed: 0 });
    await orders.patch(RESUME);
    expect(await orders.claim()).toHoldBodies("b", "c");
  });

  test("keeps a message whose claim lapses", async () => {
    const orders = await project().queue();
    await orders.post("a");
    await orders.claim({ ttl: 60, grace: 60 });
    await orders.patch(PAUSE);
    clock.advance({ seconds: 61 });
    expect(await orders.claim()).toHoldBodies();
    await orders.patch(RESUME);
    expect(await orders.claim()).toHoldBodies("a");
  });

  test("moves no message to the dead-letter queue", async () => {
    const orders = await pausedQueue({ _max_claim_count: 0, _dead_letter_queue: "dead" });
    await orders.post("a");
    expect(await claim(orders)).toAnswer(204);
    expect(await orders.project.missingQueue("dead").list()).toHoldBodies();
    await orders.patch(RESUME);
    expect((await claim(orders)).headers.get("Sukkal-Notice")).toBeNull();
    expect(await orders.project.missingQueue("dead").list()).toHoldBodies("a");
  });

  test("loses the messages that expire meanwhile", async () => {
    const orders = await pausedQueue();
    await orders.post({ body: "a", ttl: 60 }, { body: "b", ttl: 61 });
    clock.advance({ seconds: 60 });
    await orders.patch(RESUME);
    expect(await orders.claim()).toHoldBodies("b");
  });

  test("is told from one that pauses notifications only", async () => {
    const orders = await project().queue("orders", { _paused: ["notifications"] });
    await orders.post("a");
    expect(await orders.claim()).toHoldBodies("a");
  });
});

describe("the end of a pause", () => {
  test.each([
    ["without the key", RESUME],
    ["with an empty list", { ...PAUSE, value: [] }],
    ["with null", { ...PAUSE, value: null }],
    ["with notifications only", { ...PAUSE, value: ["notifications"] }],
  ])("%s lets claims go on, in post order", async (_, operation) => {
    const orders = await pausedQueue();
    await orders.post("a");
    await orders.post("b");
    await orders.patch(operation);
    const answer = await claim(orders);
    expect(answer.headers.get("Sukkal-Notice")).toBeNull();
    expect(await toClaim(orders, answer)).toHoldBodies("a", "b");
  });

  test("is also that of the queue", async () => {
    const orders = await pausedQueue();
    await orders.remove();
    await orders.post("a");
    expect(await orders.claim()).toHoldBodies("a");
  });
});

describe("a topic", () => {
  test.each<readonly [value: unknown, status: number]>([
    [["notifications"], 201],
    [[], 201],
    [["claims"], 400],
    [["notifications", "claims"], 400],
    ["notifications", 400],
  ])("may be created with _paused %j: %d", async (value, status) => {
    const answer = await project()
      .missingTopic()
      .send("PUT", "", { body: { _paused: value } });
    expect(answer).toAnswer(status);
  });
});

describe("a queue", () => {
  test.each<readonly [value: unknown, status: number]>([
    [["claims", "notifications"], 200],
    [["posts"], 400],
    ["claims", 400],
    [true, 400],
  ])("may be changed to _paused %j: %d", async (value, status) => {
    const orders = await project().queue();
    expect(await orders.sendPatch([{ ...PAUSE, value }])).toAnswer(status);
    expect((await orders.metadata())["_paused"]).toEqual(status === 200 ? value : undefined);
  });
});
