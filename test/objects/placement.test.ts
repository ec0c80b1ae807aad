/** A queue is in exactly one object, whatever Workers have cached and whatever calls fail (ADR 14). Runs with POOLING. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { placeOf } from "../support/drivers/pools.ts";
import { regionOf, RegionalProject, REGIONS, type Where } from "../support/drivers/regions.ts";
import type { Answer, Project, Queue } from "../support/drivers/zaqar-client.ts";
import type { ProjectRpc } from "../../src/objects/rpc/project.ts";
import { countCalls, interceptObjects } from "../support/objects/calls.ts";
import { projectStub, queueStub } from "../support/objects/stubs.ts";

let regional: RegionalProject;
let owner: Project;

beforeEach(async () => {
  regional = await RegionalProject.create();
  owner = regional.owner;
});

describe("a Worker that remembers a former place", () => {
  test.each([
    ["west", "east"],
    ["west", "home"],
    ["home", "west"],
  ] as const)("finds a queue that has gone from %s to %s", async (from, to) => {
    const orders = await owner.queue("orders", regional.flavor(from));
    await orders.post("before");
    const others = regional.anotherWorker();
    await others.missingQueue().remove();
    await others.queue("orders", regional.flavor(to));
    await others.missingQueue().post("after");
    expect(await orders.list()).toHoldBodies("after");
    await orders.post("more");
    expect(await others.missingQueue().list()).toHoldBodies("after", "more");
    expect(await regionOf(orders)).toBe(REGIONS[to]);
  });

  test("does not bring back a queue that was deleted", async () => {
    const orders = await owner.queue("orders", regional.flavor("west"));
    await orders.post("before");
    await regional.anotherWorker().missingQueue().remove();
    expect(await orders.list()).toHoldBodies();
    expect(await orders.stats()).toMatchObject({ total: 0 });
    expect(await owner.queueNames()).toEqual([]);
    expect(await regionOf(orders)).toBeNull();
  });
});

describe("at once", () => {
  test("many Workers create one queue", async () => {
    const wishes: readonly Where[] = ["west", "east", "home", "west", "east", "home"];
    const answers = await Promise.all(
      wishes.map((where) =>
        regional.anotherWorker().send("PUT", "/v2/queues/orders", { body: regional.flavor(where) }),
      ),
    );
    // A late flavor moves the queue, which is empty, or meets its creation.
    for (const { status } of answers) expect([201, 204, 409]).toContain(status);
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(1);
    const orders = owner.missingQueue();
    expect(await regionOf(orders)).toBe((await placeOf(orders))?.region);
    expect(await owner.queueNames()).toEqual(["orders"]);
  });

  test("queues are created, filled and deleted, and each is in one place", { timeout: 60_000 }, async () => {
    const workers = Array.from({ length: 4 }, () => regional.anotherWorker());
    const orders = owner.missingQueue();
    for (let round = 0; round < 15; round++) {
      const work = workers.flatMap((worker, index) => {
        const queue = worker.missingQueue();
        const where = (["west", "east", "home"] as const)[(round + index) % 3] ?? "home";
        return [
          queue.send("PUT", "", { body: regional.flavor(where) }),
          ...(index % 2 === 0 ? [queue.send("DELETE", "")] : []),
          queue.send("GET", "/stats"),
        ];
      });
      for (const { status, text } of await Promise.all(work)) expect(status, text).not.toBe(503);
      expect(await regionOf(orders)).toBe((await placeOf(orders))?.region ?? null);
      // Everybody finds a message that is posted now.
      await owner.send("PUT", "/v2/queues/orders", { body: regional.flavor("west") });
      const [id = ""] = await orders.post(`round ${round}`);
      for (const worker of workers) expect(await worker.missingQueue().get(id)).toMatchObject({ id });
      await orders.remove();
    }
  });
});

test("a late deletion in a former region does not remove a queue from the index", async () => {
  const orders = await owner.queue("orders", regional.flavor("west"));
  const { promise: created, resolve: go } = Promise.withResolvers<void>();
  let calls = 0;
  interceptObjects("PROJECTS", owner.id, (stub) => ({
    leave: async (request) => {
      if (++calls === 2) await created;
      return stub.leave(request);
    },
  }));
  const deletions = [orders.send("DELETE", ""), regional.anotherWorker().missingQueue().send("DELETE", "")];
  await Promise.race(deletions);
  await owner.queue("orders", regional.flavor("east"));
  go();
  for (const answer of await Promise.all(deletions)) expect(answer).toAnswer(204);
  expect(calls).toBe(2);
  expect(await owner.queueNames()).toEqual(["orders"]);
  expect(await regionOf(orders)).toBe("enam");
});

test("the room of a queue under the quota is kept while it moves", async () => {
  const limited = regional.anotherWorker({ POOLING: "true", QUOTA_QUEUES: "1" });
  const orders = await limited.queue("orders", regional.flavor("west"));
  const create = () => limited.send("PUT", "/v2/queues/other", { body: regional.flavor("home") });
  let meanwhile: Answer | null = null;
  interceptObjects("PROJECTS", owner.id, (stub) => ({
    vacate: async (request) => {
      meanwhile ??= await create();
      return stub.vacate(request);
    },
  }));
  expect(await orders.send("PUT", "", { body: regional.flavor("east") })).toAnswer(204);
  expect(meanwhile).toAnswer(403);
  expect(await regionOf(orders)).toBe("enam");
  expect(await owner.queueNames()).toEqual(["orders"]);
  await orders.remove();
  expect(await create()).toAnswer(201);
});

describe("when a call is lost", () => {
  test("a placement that was not released is used again, only by a queue of its flavor", async () => {
    const orders = await owner.queue("orders", regional.flavor("west"));
    const end = interceptObjects("PROJECTS", owner.id, () => ({
      vacate: () => Promise.reject(new Error("The call was lost.")),
    }));
    expect(await orders.send("DELETE", "")).toAnswer(503);
    end();
    expect(await regionOf(orders)).toBeNull();
    expect(await placeOf(orders)).toMatchObject({ region: "weur" });
    expect(await orders.list()).toHoldBodies();
    await owner.queue("orders", regional.flavor("east"));
    expect(await regionOf(orders)).toBe("enam");
    expect(await placeOf(orders)).toMatchObject({ region: "enam", pool: "east" });
  });

  test("a deletion that is repeated gives the place up", async () => {
    const orders = await owner.queue("orders", regional.flavor("west"));
    const end = interceptObjects("PROJECTS", owner.id, () => ({
      vacate: () => Promise.reject(new Error("The call was lost.")),
    }));
    expect(await orders.send("DELETE", "")).toAnswer(503);
    end();
    await orders.remove();
    expect(await placeOf(orders)).toBeNull();
  });

  test("a call that gives a place up and comes late does no harm", async () => {
    const orders = await owner.queue("orders", regional.flavor("west"));
    const requests: Parameters<ProjectRpc["vacate"]>[0][] = [];
    const end = interceptObjects("PROJECTS", owner.id, (stub) => ({
      vacate: (request) => {
        requests.push(request);
        return stub.vacate(request);
      },
    }));
    await orders.remove();
    end();
    await owner.queue("orders", regional.flavor("west"));
    await orders.post("a");
    expect(requests).toHaveLength(1);
    await runInDurableObject(projectStub(orders), async (object) => {
      for (const request of requests) await (object as unknown as ProjectRpc).vacate(request);
    });
    expect(await placeOf(orders)).toMatchObject({ region: "weur" });
    expect(await regional.anotherWorker().missingQueue().list()).toHoldBodies("a");
  });

  test("a queue that was deleted to be in another region is created there by the next try", async () => {
    const orders = await owner.queue("orders", regional.flavor("west"));
    let lost = 0;
    const end = interceptObjects("QUEUES", `${owner.id}/orders@enam`, () => ({
      callIfHere: () => {
        lost++;
        return Promise.reject(new Error("The call was lost."));
      },
    }));
    const operation = { op: "add", path: "/metadata/_flavor", value: regional.flavorOf("east") };
    expect(await orders.sendPatch([operation])).toAnswer(503);
    end();
    expect(lost).toBeGreaterThan(0);
    expect(await orders.send("PUT", "", { body: regional.flavor("east") })).toAnswer(201);
    expect(await regionOf(orders)).toBe("enam");
  });
});

describe("a queue from before there were pools", () => {
  /** Removes the placement of the queue. */
  async function old(): Promise<Queue> {
    const queue = await regional.anotherWorker({}).queue("orders", { note: 1 });
    await runInDurableObject(projectStub(queue), (_, state) => void state.storage.sql.exec("DELETE FROM placement"));
    return owner.missingQueue();
  }

  test("stays at home and goes on", async () => {
    const orders = await old();
    await orders.post("a");
    expect(await orders.list()).toHoldBodies("a");
    expect(await placeOf(orders)).toEqual({ region: "", pool: null });
    await evictDurableObject(queueStub(orders));
    expect(await orders.list()).toHoldBodies("a");
    await orders.remove();
    expect(await regionOf(orders)).toBeNull();
    expect(await placeOf(orders)).toBeNull();
  });

  test("moves when it gets a flavor, unless it holds messages", async () => {
    const orders = await old();
    await orders.post("a");
    const operation = { op: "add", path: "/metadata/_flavor", value: regional.flavorOf("east") };
    expect(await orders.sendPatch([operation])).toRefuse(409, "Resource conflict");
    await orders.purge();
    expect(await orders.sendPatch([operation])).toAnswer(200);
    expect(await regionOf(orders)).toBe("enam");
    expect(await orders.metadata()).toMatchObject({ note: 1, ...regional.flavor("east") });
  });

  test("stays where it is when the flavor's pool is there too", async () => {
    const orders = await old();
    await orders.post("a");
    await orders.patch({ op: "add", path: "/metadata/_flavor", value: regional.flavorOf("home") });
    expect(await placeOf(orders)).toEqual({ region: "", pool: "home" });
    expect(await orders.list()).toHoldBodies("a");
  });

  test("whose data is lost is 503, and not created elsewhere", async () => {
    const orders = await old();
    await evictDurableObject(queueStub(orders));
    await runInDurableObject(queueStub(orders), async (_, state) => state.storage.deleteAll());
    await evictDurableObject(queueStub(orders));
    expect(await orders.send("GET", "/messages")).toAnswer(503);
    expect(await orders.send("POST", "/messages", { body: { messages: [{ body: 1 }] } })).toAnswer(503);
  });
});

describe("an object that is called by a Worker without pools", () => {
  test("creates a queue at home", async () => {
    await regional.anotherWorker({}).missingQueue().post("a");
    expect(await placeOf(owner.missingQueue())).toEqual({ region: "", pool: null });
  });

  test("creates none that is elsewhere", async () => {
    const orders = await owner.queue("orders", regional.flavor("west"));
    const answer = await regional.anotherWorker({}).send("POST", "/v2/queues/orders/messages", {
      body: { messages: [{ body: "a" }] },
    });
    expect(answer).toAnswer(503);
    expect(await regionOf(orders)).toBe("weur");
  });
});

test("an object that has slept knows that it has the queue", async () => {
  const orders = await owner.queue("orders", regional.flavor("west"));
  await orders.post("a");
  await evictDurableObject(queueStub(orders, `${owner.id}/orders@weur`));
  expect(await regional.anotherWorker().missingQueue().list()).toHoldBodies("a");
});

describe("calls", () => {
  test("to a queue at home are one each, and name the method that is meant", async () => {
    const orders = await owner.queue("orders", regional.flavor("home"));
    const worker = regional.anotherWorker().missingQueue();
    await worker.post("first");
    const calls = countCalls();
    await worker.post("a");
    await worker.list();
    const claim = await worker.claim({ limit: 1 });
    await claim.release();
    await worker.stats();
    await worker.metadata();
    expect(calls()).toEqual(Array.from({ length: 6 }, () => `QUEUES ${owner.id}/orders callIfHere`));
    expect(await regionOf(orders)).toBe("");
  });

  // Without pools they are `create`, `has` and `enter`.
  test.each([
    ["home", 6],
    ["west", 7],
  ] as const)("that create a queue in %s are %d", async (where, count) => {
    await owner.queue("other", regional.flavor(where));
    const calls = countCalls();
    await owner.queue("orders", regional.flavor(where));
    expect(calls()).toHaveLength(count);
  });

  test("to a queue elsewhere are one each, once a Worker has found it", async () => {
    await owner.queue("orders", regional.flavor("west"));
    const worker = regional.anotherWorker().missingQueue();
    const first = countCalls();
    await worker.post("first");
    expect(first().filter((call) => !call.includes("has"))).toEqual([
      `PROJECTS ${owner.id} quotas`,
      `QUEUES ${owner.id}/orders callIfHere`,
      `PROJECTS ${owner.id} placement`,
      `QUEUES ${owner.id}/orders@weur post`,
    ]);
    const calls = countCalls();
    await worker.post("a");
    await worker.list();
    expect(calls()).toEqual(Array.from({ length: 2 }, () => `QUEUES ${owner.id}/orders@weur callIfHere`));
  });
});
