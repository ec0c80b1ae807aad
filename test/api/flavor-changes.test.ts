/** Changes of a queue's flavor in a service with pools (ADR 14): an empty queue moves, any other stays. */
import { beforeEach, describe, expect, test } from "vitest";
import { placeOf, putFlavor, putPool, removePools } from "../support/drivers/pools.ts";
import { JSON_PATCH, project, type Project, type Queue } from "../support/drivers/zaqar-client.ts";
import { err } from "../../src/domain/result.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { objectNames } from "../support/objects/stubs.ts";

function setFlavor(queue: Queue, value: unknown): ReturnType<Queue["sendPatch"]> {
  return queue.sendPatch([{ op: "add", path: "/metadata/_flavor", value }]);
}

describe("a change of the flavor", () => {
  let owner: Project;

  beforeEach(async () => {
    owner = project();
    await removePools();
    await putPool("p1", "durable-object://weur");
    await putPool("p2", "durable-object://enam");
    await putPool("p3", "durable-object://sam");
    await putFlavor(owner.id, "gold", "p2");
    await putFlavor(owner.id, "silver", "p3");
  });

  test("moves a queue that holds nothing, with its metadata", async () => {
    const orders = await owner.queue("orders", { note: 1, _default_message_ttl: 100 });
    const changed = await orders.patch(
      { op: "add", path: "/metadata/_flavor", value: "gold" },
      { op: "replace", path: "/metadata/note", value: 2 },
    );
    expect(changed).toMatchObject({ _flavor: "gold", note: 2, _default_message_ttl: 100 });
    expect(await placeOf(orders)).toEqual({ region: "enam", pool: "p2" });
    expect(await orders.metadata()).toMatchObject({ _flavor: "gold", note: 2, _default_message_ttl: 100 });
    expect(await owner.queueNames()).toEqual(["orders"]);
    expect(await objectNames(orders)).toEqual([`${owner.id}/orders@enam`]);
    await orders.post("a");
    expect(await orders.list()).toHoldBodies("a");
  });

  test("moves it back when the flavor is removed", async () => {
    const orders = await owner.queue("orders", { _flavor: "gold" });
    await orders.patch({ op: "remove", path: "/metadata/_flavor" });
    expect(await placeOf(orders)).toMatchObject({ pool: "p1" });
    expect(await orders.metadata()).not.toHaveProperty("_flavor");
  });

  test.each([
    ["a message", (queue: Queue) => queue.post("a")],
    [
      "a delayed message",
      (queue: Queue) => queue.send("POST", "/messages", { body: { messages: [{ body: 1, delay: 60 }] } }),
    ],
    [
      "a claimed message",
      async (queue: Queue) => {
        await queue.post("a");
        await queue.claim();
      },
    ],
    ["a subscription", (queue: Queue) => queue.subscribe("mailto:a@b.test")],
    [
      "a signing generation",
      (queue: Queue) => queue.patch({ op: "add", path: "/metadata/_signing_generation", value: 1 }),
    ],
  ])("is 409 for a queue that holds %s, and changes nothing", async (_, fill) => {
    const orders = await owner.queue("orders", { note: 1, _default_message_delay: 1 });
    await fill(orders);
    const before = await orders.metadata();
    expect(await setFlavor(orders, "gold")).toRefuse(409, "Resource conflict");
    expect(await orders.send("PUT", "", { body: { _flavor: "gold" } })).toRefuse(409, "Resource conflict");
    expect(await placeOf(orders)).toMatchObject({ pool: "p1" });
    expect(await orders.metadata()).toEqual(before);
    expect(await owner.queueNames()).toEqual(["orders"]);
  });

  test("that changes no pool changes the metadata alone", async () => {
    const orders = await owner.queue("orders", { _flavor: "gold" });
    await orders.post("a");
    await putFlavor(owner.id, "bronze", "p2");
    expect(await setFlavor(orders, "bronze")).toAnswer(200);
    expect(await placeOf(orders)).toEqual({ region: "enam", pool: "p2" });
    expect(await orders.list()).toHoldBodies("a");
  });

  test("is made by a PUT that names another", async () => {
    const orders = await owner.queue("orders", { _flavor: "gold", note: 1 });
    expect(await orders.send("PUT", "", { body: { _flavor: "silver", note: 2 } })).toAnswer(204);
    expect(await placeOf(orders)).toMatchObject({ pool: "p3" });
    expect(await orders.metadata()).toMatchObject({ _flavor: "silver", note: 1 });
  });

  test("is not made by a PUT that names none, or the same", async () => {
    const orders = await owner.queue("orders", { _flavor: "gold" });
    await orders.post("a");
    expect(await orders.send("PUT", "")).toAnswer(204);
    expect(await orders.send("PUT", "", { body: { _flavor: "gold" } })).toAnswer(204);
    expect(await orders.metadata()).toMatchObject({ _flavor: "gold" });
    expect(await placeOf(orders)).toMatchObject({ pool: "p2" });
  });

  test("is not made by a patch that repeats it, although its pools have changed", async () => {
    const orders = await owner.queue("orders", { _flavor: "gold" });
    await orders.post("a");
    await putFlavor(owner.id, "gold", "p1");
    expect(await setFlavor(orders, "gold")).toAnswer(200);
    expect(await placeOf(orders)).toMatchObject({ pool: "p2" });
  });

  test("to one that does not exist, or is no text, is refused", async () => {
    const orders = await owner.queue("orders");
    expect(await setFlavor(orders, "nope")).toRefuse(400, "Invalid API request");
    expect(await setFlavor(orders, 1)).toRefuse(400, "Invalid request body");
    expect(await orders.metadata()).not.toHaveProperty("_flavor");
  });

  test("by a PUT is 503 and not 404 while others move or delete the queue again and again", async () => {
    const orders = await owner.queue("orders");
    const missing = err({ kind: "queue-not-found", queue: "orders", project: owner.id });
    let isAlwaysGone = true;
    interceptObjects("QUEUES", `${owner.id}/orders`, (stub) => ({
      callIfHere: async (call) => {
        const isLate = isAlwaysGone && call.method === "depart";
        return isLate ? { isHere: true, value: missing } : stub.callIfHere(call);
      },
    }));
    expect(await orders.send("PUT", "", { body: { _flavor: "gold" } })).toRefuse(503);
    isAlwaysGone = false;
    expect(await orders.send("PUT", "", { body: { _flavor: "gold" } })).toAnswer(204);
    expect(await placeOf(orders)).toMatchObject({ pool: "p2" });
  });

  test("of a queue that does not exist is 404", async () => {
    expect(await setFlavor(owner.missingQueue(), "gold")).toRefuse(404, "Not found");
  });

  test("with other changes that are refused changes nothing", async () => {
    const orders = await owner.queue("orders");
    const operations = [
      { op: "add", path: "/metadata/_flavor", value: "gold" },
      { op: "remove", path: "/metadata/nope" },
    ];
    const answer = await orders.send("PATCH", "", { body: operations, headers: { "Content-Type": JSON_PATCH } });
    expect(answer).toRefuse(409, "Resource conflict");
    expect(await placeOf(orders)).toMatchObject({ pool: "p1" });
    expect(await owner.queueNames()).toEqual(["orders"]);
  });
});
