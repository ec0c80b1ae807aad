/** Without pools, no call and no row is made for them. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Sql } from "../../src/storage/sql.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";
import { countCalls } from "../support/objects/calls.ts";
import { projectStub, queueStub } from "../support/objects/stubs.ts";

/** The rows that an object has written since it woke. */
function rowsOf(stub: DurableObjectStub): Promise<number> {
  type Shape = { readonly store?: { readonly sql: Sql }; readonly host?: { readonly store: { readonly sql: Sql } } };
  return runInDurableObject(stub, (instance) => {
    const { store, host } = instance as unknown as Shape;
    return (store ?? host?.store)?.sql.rowsWritten ?? -1;
  });
}

async function rowsFor(queue: Queue, work: () => Promise<unknown>): Promise<{ queue: number; project: number }> {
  const stubs = [queueStub(queue), projectStub(queue)] as const;
  const before = await Promise.all(stubs.map(rowsOf));
  await work();
  const [ofQueue = 0, ofProject = 0] = await Promise.all(stubs.map(rowsOf));
  return { queue: ofQueue - (before[0] ?? 0), project: ofProject - (before[1] ?? 0) };
}

test("a queue is created, used and deleted by the same calls as ever", async () => {
  const owner = project();
  // The object is awake, so calls that it makes once are not counted.
  await owner.queue("other");
  const calls = countCalls();
  const orders = await owner.queue("orders");
  await orders.post("a", "b");
  await orders.list();
  const claim = await orders.claim({ limit: 1 });
  await orders.delete(claim.messages[0]?.id ?? "", { claim });
  await orders.pop(1);
  await orders.patch({ op: "add", path: "/metadata/_flavor", value: "gold" });
  await orders.remove();
  const [ofQueue, ofProject] = [`QUEUES ${owner.id}/orders`, `PROJECTS ${owner.id}`];
  expect(calls()).toEqual([
    `${ofQueue} create`,
    // Once per wake-up of an object without tables.
    `${ofProject} has`,
    `${ofProject} enter`,
    `${ofQueue} post`,
    `${ofQueue} list`,
    `${ofQueue} claim`,
    `${ofQueue} delete`,
    `${ofQueue} pop`,
    `${ofQueue} patch`,
    `${ofProject} enter`,
    `${ofQueue} remove`,
    `${ofProject} leave`,
  ]);
});

test("a queue of a missing name is asked once", async () => {
  const owner = project();
  await owner.queue("other");
  const calls = countCalls();
  await owner.missingQueue().list();
  await owner.missingQueue().stats();
  const [ofQueue, ofProject] = [`QUEUES ${owner.id}/orders`, `PROJECTS ${owner.id}`];
  expect(calls()).toEqual([`${ofQueue} list`, `${ofProject} has`, `${ofQueue} stats`]);
});

test("rows are written for messages alone", async () => {
  const owner = project();
  const orders = await owner.queue("orders");
  expect(await rowsFor(orders, () => owner.queue("other"))).toEqual({ queue: 0, project: 1 });
  await orders.post("first");
  expect(await rowsFor(orders, () => orders.post("a", "b", "c"))).toEqual({ queue: 1, project: 0 });
  expect(await rowsFor(orders, () => orders.list())).toEqual({ queue: 0, project: 0 });
  expect(await rowsFor(orders, () => orders.claim({ limit: 2 }))).toEqual({ queue: 1, project: 0 });
});
