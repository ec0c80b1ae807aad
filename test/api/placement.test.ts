/**
 * Queues and topics in pools (ADR 14): where they are created, that they stay there, and that all that they do is as elsewhere.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { asOperator, placeOf, putFlavor, putPool, removePools } from "../support/drivers/pools.ts";
import { clock, freezeClock, until } from "../support/clock.ts";
import { bury, ended, redrive } from "../support/drivers/redrives.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { requestBy, withClientHeaders, type Send } from "../support/drivers/request.ts";
import { startService } from "../support/drivers/service.ts";
import { numbered, project, Project, type Queue } from "../support/drivers/zaqar-client.ts";
import { objectNames } from "../support/objects/stubs.ts";

interceptCalls();
freezeClock();

/** Each test begins at the real time. */
let later = 0;

/** Moves the clock past the expiry of all that a Worker has cached about pools, also in earlier tests. */
function forgetPools(): void {
  later += 10;
  clock.advance({ seconds: later });
}

/** Changes the only pool. */
async function movePool(uri: string): Promise<void> {
  await asOperator("PATCH", "/v2/pools/p", { body: { uri } });
  forgetPools();
}

beforeEach(async () => {
  await removePools();
  forgetPools();
});

const WEUR = "durable-object://weur";
const ENAM = "durable-object://enam";

describe("a new queue", () => {
  test.each(["durable-object://", WEUR, "durable-object://apac-ne"])("is created in the pool %s", async (uri) => {
    await putPool("p", uri);
    const orders = await project().queue();
    expect(await placeOf(orders)).toEqual({ region: uri.slice("durable-object://".length), pool: "p" });
    await orders.post("a");
    expect(await orders.list()).toHoldBodies("a");
  });

  test("tells its figures when it is asked", async () => {
    await putPool("p", WEUR);
    const orders = await project().queue("orders");
    await orders.post("a");
    const figures = async (): Promise<Readonly<Record<string, unknown>>> =>
      (await orders.send("GET", "/figures")).json as Readonly<Record<string, unknown>>;
    const { as_of: before } = await figures();
    clock.advance({ seconds: 5 });
    const { at, as_of: asOf, messages } = await figures();
    expect(asOf).toBe(at);
    expect(asOf).not.toBe(before);
    expect(messages).toMatchObject({ free: 1 });
  });

  test("is created so by a post, a subscription and a dead letter too", async () => {
    await putPool("p", WEUR);
    const owner = project();
    const [posted, subscribed] = [owner.missingQueue("posted"), owner.missingQueue("subscribed")];
    await posted.post("a");
    await subscribed.subscribe(new Receiver().url);
    await bury(owner, "orders", "b");
    for (const name of ["posted", "subscribed", "orders", "dead"]) {
      expect(await placeOf(owner.missingQueue(name)), name).toMatchObject({ region: "weur" });
    }
    expect(await owner.queueNames()).toEqual(["dead", "orders", "posted", "subscribed"]);
    expect(await owner.missingQueue("dead").list()).toHoldBodies("b");
  });

  test("is in a pool without a flavor, and never in one of weight 0", async () => {
    await putPool("p1", WEUR, { weight: 0 });
    await putPool("p2", ENAM, { flavor: "gold" });
    await putPool("p3", "durable-object://sam", { weight: 1 });
    const owner = project();
    for (const name of numbered(20)) {
      expect(await placeOf(await owner.queue(name))).toMatchObject({ pool: "p3" });
    }
  });

  test("is in each pool as often as its weight says", async () => {
    await putPool("p1", WEUR, { weight: 1 });
    await putPool("p2", ENAM, { weight: 1 });
    const owner = project();
    const pools = new Set<string | null>();
    // The probability that all 40 are in one pool is 1 in 550 billion.
    for (const name of numbered(40)) pools.add((await placeOf(await owner.queue(name)))?.pool ?? null);
    expect(pools).toEqual(new Set(["p1", "p2"]));
  });

  test("is in a pool of the flavor that its metadata names", async () => {
    await putPool("p1", WEUR);
    await putPool("p2", ENAM);
    const owner = project();
    await putFlavor(owner.id, "gold", "p2");
    const orders = await owner.queue("orders", { _flavor: "gold", note: 1 });
    expect(await placeOf(orders)).toEqual({ region: "enam", pool: "p2" });
    expect(await orders.metadata()).toMatchObject({ _flavor: "gold", note: 1 });
  });

  test.each([null, "", false, 0])("with the flavor %j has none", async (flavor) => {
    await putPool("p", WEUR);
    const orders = await project().queue("orders", { _flavor: flavor });
    expect(await placeOf(orders)).toMatchObject({ pool: "p" });
  });

  test.each([1, true, ["gold"], { name: "gold" }])("with the flavor %j is refused", async (flavor) => {
    await putPool("p", WEUR);
    const answer = await project().send("PUT", "/v2/queues/orders", { body: { _flavor: flavor } });
    expect(answer).toRefuse(400, "Invalid API request");
  });

  test("with a flavor that its project does not have is refused", async () => {
    await putPool("p", WEUR);
    await putFlavor(project().id, "gold", "p");
    const owner = project();
    const answer = await owner.send("PUT", "/v2/queues/orders", { body: { _flavor: "gold" } });
    expect(answer).toRefuse(400, "Invalid API request");
    expect(answer.json).toMatchObject({ description: "Flavor gold does not exist" });
    expect(await owner.queueNames()).toEqual([]);
    await putFlavor(owner.id, "gold", "p");
    expect(await placeOf(await owner.queue("orders", { _flavor: "gold" }))).toMatchObject({ pool: "p" });
  });

  test("with a flavor that has no pool is 503", async () => {
    await putPool("p", WEUR);
    const owner = project();
    await putFlavor(owner.id, "gold", "p");
    await asOperator("PATCH", "/v2/pools/p", { body: { flavor: "" } });
    forgetPools();
    const answer = await owner.send("PUT", "/v2/queues/orders", { body: { _flavor: "gold" } });
    expect(answer).toRefuse(503, "Service temporarily unavailable");
  });

  test("is 503 without any pool, and there as soon as there is one", async () => {
    const orders = project().missingQueue();
    expect(await orders.send("PUT", "")).toRefuse(503, "Service temporarily unavailable");
    const post = { body: { messages: [{ body: 1 }] } };
    expect(await orders.send("POST", "/messages", post)).toRefuse(503, "Service temporarily unavailable");
    expect(await orders.list()).toHoldBodies();
    await putPool("p", WEUR);
    await orders.post("a");
    expect(await orders.list()).toHoldBodies("a");
  });
});

describe("without any pool, but with ENABLE_VIRTUAL_POOL, a queue", () => {
  const service = startService({ AUTH_STRATEGY: "none", POOLING: "true", ENABLE_VIRTUAL_POOL: "true" });
  const way: Send = (method, path, options = {}) =>
    requestBy((asked) => service.fetch(asked), method, path, withClientHeaders(options));
  const owner = (): Project => new Project(`project-${crypto.randomUUID()}`, crypto.randomUUID(), way);

  test("is created as if there were no pools", async () => {
    const orders = await owner().queue();
    expect(await placeOf(orders)).toMatchObject({ pool: null });
    expect(await objectNames(orders)).toEqual([`${orders.project.id}/orders`]);
  });

  test("is created so by a post and a subscription too", async () => {
    const posted = owner().missingQueue();
    await posted.post("a");
    expect(await posted.list()).toHoldBodies("a");
    const subscribed = owner().missingQueue();
    await subscribed.subscribe("mailto:ops@example.org");
    expect(await subscribed.project.queueNames()).toEqual(["orders"]);
  });

  test("with a flavor is refused: 400 for an unknown one, 503 for one without pools", async () => {
    const { id } = owner();
    const request = { project: id, client: crypto.randomUUID(), body: { _flavor: "gold" } };
    expect(await way("PUT", "/v2/queues/orders", request)).toRefuse(400, "Invalid API request");
    await putPool("p", WEUR);
    await putFlavor(id, "gold", "p");
    await asOperator("PATCH", "/v2/pools/p", { body: { flavor: "" } });
    forgetPools();
    expect(await way("PUT", "/v2/queues/orders", request)).toRefuse(503, "Service temporarily unavailable");
  });

  test("is created in a pool as soon as there is one", async () => {
    await putPool("p", WEUR);
    forgetPools();
    expect(await placeOf(await owner().queue())).toMatchObject({ pool: "p" });
  });
});

test("a topic is created in a pool, beside a queue of its name", async () => {
  await putPool("p1", WEUR);
  await putPool("p2", ENAM);
  const owner = project();
  await putFlavor(owner.id, "gold", "p2");
  const [queue, topic] = [await owner.queue("same"), await owner.topic("same", { _flavor: "gold" })];
  expect(await placeOf(queue)).toMatchObject({ pool: "p1" });
  expect(await placeOf(topic)).toMatchObject({ pool: "p2" });
  await topic.post("a");
  expect(await topic.list()).toHoldBodies("a");
  expect(await queue.list()).toHoldBodies();
});

describe("a queue in a pool", () => {
  let orders: Queue;

  beforeEach(async () => {
    await putPool("p", WEUR);
    orders = await project().queue();
  });

  test("lives as any other", async () => {
    const [first = ""] = await orders.post("a", "b", "c");
    const claim = await orders.claim({ limit: 1 });
    expect(claim).toHoldBodies("a");
    await claim.renew({ ttl: 100 });
    await orders.delete(first, { claim });
    expect(await orders.pop(1)).toHoldBodies("b");
    expect(await orders.stats()).toMatchObject({ total: 1 });
    await orders.patch({ op: "add", path: "/metadata/note", value: 1 });
    expect(await orders.metadata()).toMatchObject({ note: 1 });
    expect(await orders.project.queueNames()).toEqual(["orders"]);
    await orders.purge();
    expect(await orders.list()).toHoldBodies();
    await orders.remove();
    expect(await orders.project.queueNames()).toEqual([]);
    expect(await placeOf(orders)).toBeNull();
  });

  test("has one object, in its region", async () => {
    await orders.post("a");
    await orders.list();
    expect(await objectNames(orders)).toEqual([`${orders.project.id}/orders@weur`]);
  });

  test("tells its subscribers, by objects in its region", async () => {
    const hook = new Receiver();
    const id = await orders.subscribe(hook.url);
    await orders.post("a");
    await expect.poll(() => hook.bodies).toEqual(["a"]);
    const report = await orders.send("GET", `/subscriptions/${id}/deliveries`);
    expect(report.json).toMatchObject({ delivered: 1 });
  });

  test("learns that a subscriber wants nothing more", async () => {
    const gone = new Receiver(410);
    const id = await orders.subscribe(gone.url);
    await orders.post("a");
    await expect.poll(() => gone.received.length).toBe(1);
    await orders.post("b");
    await expect
      .poll(async () => (await orders.send("GET", `/subscriptions/${id}/deliveries`)).json)
      .toMatchObject({ pending: 0 });
    expect(gone.received).toHaveLength(1);
  });

  test("has its dead letters redriven", async () => {
    const dead = await bury(orders.project, "buried", "a", "b");
    await redrive(dead, { target: "elsewhere" });
    expect(await ended(dead)).toMatchObject({ status: "done", moved: 2 });
    const elsewhere = orders.project.missingQueue("elsewhere");
    expect(await elsewhere.list()).toHoldBodies("a", "b");
    expect(await placeOf(elsewhere)).toMatchObject({ region: "weur" });
  });

  test("sends its dead letters to a queue in another pool", async () => {
    await movePool(ENAM);
    const dead = await orders.project.queue("dead", {});
    expect(await placeOf(dead)).toMatchObject({ region: "enam" });
    await orders.patch(
      { op: "add", path: "/metadata/_dead_letter_queue", value: "dead" },
      { op: "add", path: "/metadata/_max_claim_count", value: 0 },
    );
    await orders.post("a");
    await orders.claim();
    await expect.poll(async () => (await dead.list()).length).toBe(1);
  });

  test("makes claims wait for its messages, also before it exists", async () => {
    for (const queue of [orders, orders.project.missingQueue("missing")]) {
      const waiting = queue.send("POST", "/claims", { body: {}, headers: { Prefer: "wait=10" } });
      await scheduler.wait(100);
      await queue.post("a");
      expect(await waiting).toAnswer(201);
    }
  });

  test("ends the waits for it before it exists", async () => {
    const missing = orders.project.missingQueue("missing");
    let status = 0;
    void missing.send("POST", "/claims", { body: {}, headers: { Prefer: "wait=20" } }).then((answer) => {
      status = answer.status;
    });
    await until(async () => {
      expect(await missing.send("DELETE", "/claims?waiting=true")).toAnswer(204);
      return status === 204;
    });
  });

  test("stays where it is, whatever becomes of the pool", async () => {
    await orders.post("a");
    await asOperator("PATCH", "/v2/pools/p", { body: { uri: ENAM, weight: 0 } });
    expect(await orders.list()).toHoldBodies("a");
    await asOperator("DELETE", "/v2/pools/p");
    await orders.post("b");
    expect(await orders.list()).toHoldBodies("a", "b");
    expect(await placeOf(orders)).toEqual({ region: "weur", pool: "p" });
  });

  test("is created anew where there is a pool by then", async () => {
    await orders.post("a");
    await orders.remove();
    await movePool(ENAM);
    await orders.post("b");
    expect(await placeOf(orders)).toMatchObject({ region: "enam" });
    expect(await orders.list()).toHoldBodies("b");
  });

  test("leaves its subscriptions behind, and comes back to them", async () => {
    const hook = new Receiver();
    const id = await orders.subscribe(hook.url);
    await orders.remove();
    await movePool(ENAM);
    expect((await orders.subscriptions()).subscriptions).toMatchObject([{ id }]);
    await orders.post("a");
    await expect.poll(() => hook.bodies).toEqual(["a"]);
    expect(await placeOf(orders)).toMatchObject({ region: "weur" });
    await orders.purge("subscriptions");
    await orders.remove();
    await orders.post("b");
    expect(await placeOf(orders)).toMatchObject({ region: "enam" });
  });
});

describe("health", () => {
  test("is that of each pool", async () => {
    await putPool("p1", "durable-object://");
    await putPool("p2", WEUR, { weight: 0, flavor: "f" });
    const answer = await asOperator("GET", "/v2/health");
    expect(answer).toAnswer(200);
    const { catalog_reachable: isReachable, ...pools } = answer.json as Record<string, unknown>;
    expect(isReachable).toBe(true);
    expect(Object.keys(pools)).toEqual(["p1", "p2"]);
    for (const pool of Object.values(pools)) {
      expect(pool).toMatchObject({
        storage_reachable: true,
        operation_status: { post_messages: { succeeded: true }, delete_queue: { succeeded: true } },
      });
    }
  });

  test("without pools is that of none", async () => {
    expect((await asOperator("GET", "/v2/health")).json).toEqual({ catalog_reachable: true });
  });
});
