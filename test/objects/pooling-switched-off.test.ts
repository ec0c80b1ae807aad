/** POOLING was switched off while queues were in other regions. Their data is neither lost nor replaced by empty queues. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { EMPTY_OBJECT } from "../../src/domain/json.ts";
import type { QueueName } from "../../src/domain/id.ts";
import { queueNamed } from "../../src/domain/place.ts";
import type { Region } from "../../src/domain/region.ts";
import type { ProjectRpc } from "../../src/objects/rpc/project.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";
import { objectNames, projectStub } from "../support/objects/stubs.ts";

/** A queue as its project has recorded it while POOLING was on. */
async function queueIn(region: string): Promise<Queue> {
  const orders = project().missingQueue();
  const place = queueNamed(orders.name as QueueName);
  await runInDurableObject(projectStub(orders), async (instance) => {
    const object = instance as unknown as ProjectRpc;
    await object.settle({ place, region: region as Region, pool: "p" });
    await object.enter({ place, metadata: EMPTY_OBJECT });
  });
  return orders;
}

test.each([
  ["GET", "/messages", undefined],
  ["POST", "/messages", { messages: [{ body: 1 }] }],
  ["PUT", "", {}],
  ["DELETE", "", undefined],
])("%s %s of a queue in another region is 503, and changes nothing", async (method, path, body) => {
  const orders = await queueIn("weur");
  for (let times = 0; times < 2; times++) {
    const answer = await orders.send(method, path, body === undefined ? {} : { body });
    expect(answer).toRefuse(503, "Service temporarily unavailable");
  }
  expect(await orders.project.queueNames()).toEqual(["orders"]);
  expect(await objectNames(orders)).toEqual([]);
});

test("a queue in the home region whose data is lost can be created again", async () => {
  const orders = await queueIn("");
  expect(await orders.send("GET", "/messages")).toAnswer(503);
  expect(await orders.send("PUT", "")).toAnswer(201);
  await orders.post("a");
  expect(await orders.list()).toHoldBodies("a");
});
