/** A queue whose flavor changes is created again in another region, with all that it has (ADR 14). Runs with POOLING. */
import { runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { placeOf, putFlavor } from "../support/drivers/pools.ts";
import { regionOf, RegionalProject } from "../support/drivers/regions.ts";
import { numbered, type Project, type Queue } from "../support/drivers/zaqar-client.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { projectStub } from "../support/objects/stubs.ts";

let regional: RegionalProject;
let owner: Project;

beforeEach(async () => {
  regional = await RegionalProject.create();
  owner = regional.owner;
});

/** Has `meanwhile` done when the queue has been deleted, before it is created in the region of its new flavor. */
function between(name: string, meanwhile: () => Promise<unknown>): void {
  let isDone = false;
  interceptObjects("QUEUES", name, (stub) => ({
    callIfHere: async (call) => {
      const answer = await stub.callIfHere(call);
      if (call.method === "depart" && answer.isHere && !isDone) {
        isDone = true;
        await meanwhile();
      }
      return answer;
    },
  }));
}

const toEast = (queue: Queue) =>
  queue.sendPatch([
    { op: "add", path: "/metadata/_flavor", value: regional.flavorOf("east") },
    { op: "add", path: "/metadata/note", value: 2 },
  ]);

test.each(["west", "home"] as const)("from %s keeps its metadata if a message arrives meanwhile", async (from) => {
  const orders = await owner.queue("orders", { ...regional.flavor(from), note: 1, _default_message_ttl: 100 });
  between(`${owner.id}/orders${from === "home" ? "" : "@weur"}`, () =>
    regional.anotherWorker().missingQueue().post("a"),
  );
  expect(await toEast(orders)).toAnswer(200);
  expect(await orders.metadata()).toMatchObject({ ...regional.flavor("east"), note: 2, _default_message_ttl: 100 });
  expect(await regionOf(orders)).toBe("enam");
  expect(await placeOf(orders)).toMatchObject({ region: "enam", pool: "east" });
  expect(await orders.list()).toHoldBodies("a");
});

test("keeps its metadata if it is older than the pools and a message arrives meanwhile", async () => {
  const orders = await regional.anotherWorker({}).queue("orders", { note: 1 });
  await runInDurableObject(projectStub(orders), (_, state) => void state.storage.sql.exec("DELETE FROM placement"));
  between(`${owner.id}/orders`, () => regional.anotherWorker().missingQueue().post("a"));
  expect(await toEast(owner.missingQueue())).toAnswer(200);
  expect(await owner.missingQueue().metadata()).toMatchObject({ ...regional.flavor("east"), note: 2 });
  expect(await regionOf(orders)).toBe("enam");
});

test("moves on if it is created with its former flavor meanwhile", async () => {
  const orders = await owner.queue("orders", { ...regional.flavor("west"), note: 1 });
  between(`${owner.id}/orders@weur`, () => regional.anotherWorker().queue("orders", regional.flavor("west")));
  expect(await toEast(orders)).toAnswer(200);
  expect(await orders.metadata()).toMatchObject({ ...regional.flavor("east"), note: 2 });
  expect(await regionOf(orders)).toBe("enam");
});

test("keeps its metadata if its project does not answer once", async () => {
  const orders = await owner.queue("orders", { ...regional.flavor("west"), note: 1 });
  let lost = 0;
  interceptObjects("PROJECTS", owner.id, (stub) => ({
    vacate: (request) => (lost++ === 0 ? Promise.reject(new Error("The call was lost.")) : stub.vacate(request)),
  }));
  expect(await toEast(orders)).toAnswer(200);
  expect(lost).toBeGreaterThan(0);
  expect(await orders.metadata()).toMatchObject({ ...regional.flavor("east"), note: 2 });
  expect(await regionOf(orders)).toBe("enam");
});

test("keeps its metadata if then another pool of the flavor is chosen", async () => {
  const both = `both-${owner.id}`;
  await putFlavor(owner.id, both, "home", "east");
  // The probability that the same pool is chosen twice for all of them is 1 in 256.
  for (const name of numbered(8)) {
    const orders = await owner.queue(name, { ...regional.flavor("west"), note: 1 });
    let lost = 0;
    const end = interceptObjects("PROJECTS", owner.id, (stub) => ({
      vacate: (request) => (lost++ === 0 ? Promise.reject(new Error("The call was lost.")) : stub.vacate(request)),
    }));
    expect(await orders.sendPatch([{ op: "add", path: "/metadata/_flavor", value: both }])).toAnswer(200);
    end();
    expect(await orders.metadata()).toMatchObject({ _flavor: both, note: 1 });
    expect(["", "enam"]).toContain(await regionOf(orders));
  }
});

test("takes its waiting claims along", async () => {
  const orders = await owner.queue("orders", regional.flavor("west"));
  const waiting = orders.send("POST", "/claims", { body: {}, headers: { Prefer: "wait=10" } });
  await scheduler.wait(100);
  expect(await toEast(orders)).toAnswer(200);
  const posted = Date.now();
  await orders.post("a");
  expect(await waiting).toAnswer(201);
  expect(Date.now() - posted).toBeLessThan(5000);
});

test("a PUT that finds its queue deleted meanwhile creates it", async () => {
  const orders = await owner.queue("orders", regional.flavor("west"));
  let isDeleted = false;
  interceptObjects("QUEUES", `${owner.id}/orders@weur`, (stub) => ({
    callIfHere: async (call) => {
      if (call.method === "metadata" && !isDeleted) {
        isDeleted = true;
        await regional.anotherWorker().missingQueue().remove();
      }
      return stub.callIfHere(call);
    },
  }));
  expect(await orders.send("PUT", "", { body: regional.flavor("east") })).toAnswer(201);
  expect(isDeleted).toBe(true);
  expect(await regionOf(orders)).toBe("enam");
});
