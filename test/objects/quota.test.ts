/** The reservation of a queue that is about to be created: it counts once, and is released if the creation fails. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { QueueName } from "../../src/domain/id.ts";
import { EMPTY_OBJECT } from "../../src/domain/json.ts";
import { queueNamed, type Place } from "../../src/domain/place.ts";
import type { ProjectRpc } from "../../src/objects/rpc/project.ts";
import type { QueueRpc } from "../../src/objects/rpc/queue.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { projectStub, queueStub } from "../support/objects/stubs.ts";
import { project } from "../support/drivers/zaqar-client.ts";

freezeClock();

const QUOTAS = {
  queues: 1,
  messages_per_queue: -1,
  bytes_per_queue: -1,
  subscriptions_per_queue: -1,
  requests_per_second: -1,
};

function placeNamed(name: string): Place {
  return queueNamed(name as QueueName);
}

function projectObject(): ProjectRpc {
  return projectStub(project().missingQueue("a")) as unknown as ProjectRpc;
}

test("room is reserved once per name, and used when the name enters the index", async () => {
  const object = projectObject();
  const admits = (name: string): Promise<boolean> => object.admitsQueue({ limit: 2, place: placeNamed(name) });
  expect(await admits("a")).toBe(true);
  expect(await admits("a")).toBe(true);
  expect(await admits("b")).toBe(true);
  expect(await admits("c")).toBe(false);
  await object.enter({ place: placeNamed("a"), metadata: EMPTY_OBJECT });
  expect(await admits("c")).toBe(false);
  await object.releaseQueue({ place: placeNamed("b") });
  expect(await admits("c")).toBe(true);
});

test("a reservation ends after a minute", async () => {
  const object = projectObject();
  expect(await object.admitsQueue({ limit: 1, place: placeNamed("a") })).toBe(true);
  clock.advance({ ms: 59_999 });
  expect(await object.admitsQueue({ limit: 1, place: placeNamed("b") })).toBe(false);
  clock.advance({ ms: 1 });
  expect(await object.admitsQueue({ limit: 1, place: placeNamed("b") })).toBe(true);
});

test("a caller that names nothing is counted with the others, and reserves nothing", async () => {
  const object = projectObject();
  expect(await object.admitsQueue({ limit: 1 })).toBe(true);
  expect(await object.admitsQueue({ limit: 1, place: placeNamed("a") })).toBe(true);
  expect(await object.admitsQueue({ limit: 1 })).toBe(false);
});

test("a creation that fails releases its reservation", async () => {
  const owner = project();
  const create = (object: QueueRpc) => object.create({ metadata: EMPTY_OBJECT, quotas: QUOTAS });
  const at = (name: string) => queueStub(owner.missingQueue(name)) as unknown as QueueRpc;
  await runInDurableObject(queueStub(owner.missingQueue("a")), async (instance, { storage }) => {
    storage.sql.exec("CREATE TABLE queue (in_the_way TEXT)");
    await expect(create(instance as unknown as QueueRpc)).rejects.toThrow("table queue already exists");
  });
  expect(await create(at("b"))).toEqual({ ok: true, value: { created: true } });
  expect(await create(at("c"))).toMatchObject({ ok: false });
});

test("without a quota no room is reserved", async () => {
  const owner = project();
  const stub = queueStub(owner.missingQueue("a"));
  interceptObjects("PROJECTS", owner.id, () => ({ admitsQueue: () => Promise.reject(new Error("asked")) }));
  const quotas = { ...QUOTAS, queues: -1 };
  const created = await (stub as unknown as QueueRpc).create({ metadata: EMPTY_OBJECT, quotas });
  expect(created).toEqual({ ok: true, value: { created: true } });
});
