/** A deleted queue whose subscriptions remain keeps its place (ADR 14). What happens when it is created again. Runs with POOLING. */
import { beforeEach, describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { asOperator, placeOf, putFlavor, putPool, removePools } from "../support/drivers/pools.ts";
import { project, type Project, type Queue } from "../support/drivers/zaqar-client.ts";
import { objectNames } from "../support/objects/stubs.ts";

freezeClock();

let owner: Project;

beforeEach(async () => {
  owner = project();
  await removePools();
  await putPool("p1", "durable-object://weur");
  await putPool("p2", "durable-object://enam");
  await putFlavor(owner.id, "gold", "p2");
});

/** A queue that was deleted and has a subscription. */
async function deleted(metadata: Readonly<Record<string, unknown>>): Promise<Queue> {
  const orders = await owner.queue("orders", metadata);
  await orders.subscribe("mailto:a@b.test");
  await orders.remove();
  return orders;
}

/** Replaces the pool of queues without a flavor, for Workers too. */
async function replacePool(weight = 1): Promise<void> {
  await putPool("p3", "durable-object://sam", { weight });
  await asOperator("DELETE", "/v2/pools/p1");
  clock.advance({ seconds: 10 });
}

describe("a PUT without a flavor", () => {
  test.each([
    ["west", {}, "weur"],
    ["a flavor", { _flavor: "gold" }, "enam"],
  ])("creates it again where it was, in %s", async (_, metadata, region) => {
    const orders = await deleted(metadata);
    await owner.queue("orders", { note: 1 });
    expect(await placeOf(orders)).toMatchObject({ region });
    expect(await orders.metadata()).toMatchObject({ note: 1 });
    expect((await orders.subscriptions()).subscriptions).toHaveLength(1);
  });

  test.each([
    ["another pool", 1],
    ["no pool to choose", 0],
  ])("creates it again where it was when there is %s by now", async (_, weight) => {
    const orders = await deleted({});
    await replacePool(weight);
    await owner.queue("orders");
    expect(await placeOf(orders)).toMatchObject({ region: "weur" });
    expect(await orders.send("PUT", "")).toAnswer(204);
  });
});

describe("a PUT with a flavor", () => {
  test("creates it again where it was, if that is a place of the flavor", async () => {
    const orders = await deleted({ _flavor: "gold" });
    await owner.queue("orders", { _flavor: "gold" });
    expect(await placeOf(orders)).toMatchObject({ region: "enam" });
    expect((await orders.subscriptions()).subscriptions).toHaveLength(1);
  });

  test("is 409 if it is not, creates nothing, and succeeds without the subscriptions", async () => {
    const orders = await deleted({});
    for (let times = 0; times < 2; times++) {
      const answer = await orders.send("PUT", "", { body: { _flavor: "gold" } });
      expect(answer).toRefuse(409, "Resource conflict");
      expect(answer.json).toMatchObject({ description: expect.stringContaining("subscriptions") as string });
    }
    expect(await owner.queueNames()).toEqual([]);
    expect(await orders.metadata()).not.toHaveProperty("_flavor");
    expect(await placeOf(orders)).toMatchObject({ region: "weur" });
    await orders.purge("subscriptions");
    expect(await orders.send("PUT", "", { body: { _flavor: "gold" } })).toAnswer(201);
    expect(await objectNames(orders)).toEqual([`${owner.id}/orders@enam`]);
  });

  test("that does not exist is 400", async () => {
    const orders = owner.missingQueue();
    expect(await orders.send("PUT", "", { body: { _flavor: "nope" } })).toRefuse(400, "Invalid API request");
    expect(await owner.queueNames()).toEqual([]);
  });

  test("that was deleted since is 204 for a queue that has it", async () => {
    const orders = await owner.queue("orders", { _flavor: "gold" });
    await asOperator("DELETE", "/v2/flavors/gold", { project: owner.id });
    clock.advance({ seconds: 10 });
    expect(await orders.send("PUT", "", { body: { _flavor: "gold" } })).toAnswer(204);
    expect(await placeOf(orders)).toMatchObject({ region: "enam" });
  });
});
