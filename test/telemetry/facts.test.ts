/** The events that operators read: what each change of a queue, key or quota logs, and who asked for it. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { makeKey, operator, startWithKeys } from "../support/drivers/api-keys.ts";
import { freshProject } from "../support/drivers/authenticated-client.ts";
import { bury, ended, redrive } from "../support/drivers/redrives.ts";
import { connect } from "../support/drivers/web-socket.ts";
import { project } from "../support/drivers/zaqar-client.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { captureLog, parseLine } from "../support/log.ts";
import { queueStub } from "../support/objects/stubs.ts";

const log = captureLog();
interceptCalls();
freezeClock();

const OPERATOR = { "X-Roles": "admin" };

describe("a deletion and a purge", () => {
  test.each([
    ["queue", "/v2/queues/jobs"],
    ["topic", "/v2/topics/jobs"],
  ])("of a %s are logged with the request, if there was one", async (kind, path) => {
    const owner = project();
    const nothing = [
      await owner.send("POST", `${path}/purge`, { body: { resource_types: ["messages"] } }),
      await owner.send("DELETE", path),
    ];
    expect(nothing.map(({ status }) => status)).toEqual([204, 204]);
    expect(log.about(owner.id)).toEqual([]);
    await owner.send("PUT", path);
    await owner.send("POST", `${path}/purge`, { body: { resource_types: ["messages", "subscriptions"] } });
    const answer = await owner.send("DELETE", path);
    const common = { project: owner.id, [kind]: "jobs" };
    expect(log.about(owner.id)).toEqual([
      { event: `${kind}.purged`, ...common, operation: `${kind}_purge`, resources: ["messages", "subscriptions"] },
      { event: `${kind}.deleted`, ...common, operation: `${kind}_delete` },
    ]);
    expect(parseLine(log.lines.at(-1) ?? "")).toMatchObject({
      level: "info",
      request: answer.headers.get("X-OpenStack-Request-Id"),
    });
  });

  test("by a frame are logged too", async () => {
    const owner = project();
    await owner.queue("jobs");
    const socket = await connect(owner.id);
    await socket.ask("queue_delete", { queue_name: "jobs" });
    expect(log.about(owner.id)).toEqual([
      { event: "queue.deleted", project: owner.id, queue: "jobs", operation: "queue_delete" },
    ]);
  });
});

test("a redrive logs its start, its end with the number of messages, and its cancellation", async () => {
  const owner = project();
  const dead = await bury(owner, "orders", "a", "b");
  const before = log.about(owner.id).length;
  await redrive(dead, { max_messages: 10 });
  await ended(dead);
  await expect.poll(() => log.about("redrive.finished").length).toBeGreaterThan(0);
  expect(await dead.send("DELETE", "/redrive")).toAnswer(204);
  await dead.post("c", "d", "e");
  await redrive(dead, { messages_per_second: 1, target: "elsewhere" });
  await dead.send("DELETE", "/redrive");
  const common = { project: owner.id, queue: "dead" };
  const facts = log.about(owner.id).slice(before);
  const byName = facts.filter(({ event }) => String(event).startsWith("redrive."));
  const finished = byName.filter(({ event }) => event === "redrive.finished");
  expect(finished).toEqual([{ event: "redrive.finished", ...common, operation: "redrive", moved: 2 }]);
  expect(byName.filter(({ event }) => event !== "redrive.finished")).toEqual([
    { event: "redrive.started", ...common, operation: "redrive_create", max_messages: 10 },
    { event: "redrive.started", ...common, operation: "redrive_create", target: "elsewhere", messages_per_second: 1 },
    { event: "redrive.canceled", ...common, operation: "redrive_delete" },
  ]);
});

test("dead letters are one line per window, the rest by the alarm", async () => {
  const owner = project();
  const orders = await owner.queue("orders", { _max_claim_count: 1, _dead_letter_queue: "dead" });
  const die = async (count: number): Promise<void> => {
    await orders.post(...Array.from({ length: count }, () => "a"));
    await (await orders.claim({ limit: count })).release();
    await orders.claim({ limit: count });
  };
  for (const count of [3, 2, 4]) await die(count);
  await expect.poll(async () => (await owner.missingQueue("dead").stats()).total).toBe(9);
  const line = { event: "messages.dead_lettered", project: owner.id, queue: "orders", operation: "dead letters" };
  const facts = { ...line, target: "dead", reason: "claims" };
  await expect.poll(() => log.about(owner.id)).toEqual([{ ...facts, count: 3 }]);
  // The alarm was armed by the claims.
  clock.advance({ seconds: 10 });
  expect(await runDurableObjectAlarm(queueStub(orders))).toBe(true);
  expect(log.about(owner.id)).toEqual([
    { ...facts, count: 3 },
    { ...facts, count: 6 },
  ]);
});

describe("a notification", () => {
  test("that is given up is a line, and no other is", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver(404, 204)];
    const subscription = await orders.subscribe(hook.url);
    await orders.post("a");
    await orders.post("b");
    await expect.poll(() => hook.received.length).toBe(2);
    await expect.poll(() => log.about(orders.project.id)).toHaveLength(1);
    expect(log.about(orders.project.id)).toEqual([
      {
        event: "delivery.given_up",
        project: orders.project.id,
        queue: "orders",
        operation: "delivery attempt",
        subscription,
        notification: hook.received[0]?.headers["webhook-id"],
        attempts: 1,
        outcome: "refused",
        receiver_status: 404,
      },
    ]);
  });

  test("with a 410 ends the subscription, in one line", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver(410)];
    const subscription = await orders.subscribe(hook.url);
    await orders.post("a", "b", "c");
    await expect.poll(() => log.about(orders.project.id)).toHaveLength(1);
    await orders.post("d");
    expect(log.about(orders.project.id)).toEqual([
      {
        event: "subscription.gone",
        project: orders.project.id,
        queue: "orders",
        operation: "delivery attempt",
        subscription,
      },
    ]);
  });
});

test("a key is logged by its id when it is created and revoked", async () => {
  const service = startWithKeys();
  const { id, key, project_id } = await makeKey(service, { roles: ["member"] });
  expect(await operator(service).send("DELETE", `/v2/keys/${id}`)).toAnswer(204);
  expect(await operator(service).send("DELETE", `/v2/keys/${id}`)).toAnswer(404);
  expect(log.about(project_id)).toEqual([
    { event: "key.created", operation: "key_create", key: id, target_project: project_id, roles: ["member"] },
    { event: "key.revoked", operation: "key_delete", key: id, target_project: project_id },
  ]);
  expect(log.lines.join()).not.toContain(key.slice(key.lastIndexOf("_") + 1));
});

describe("quotas", () => {
  test("are logged when they are changed and reset", async () => {
    const [owner, other] = [project(), freshProject()];
    const path = `/v2/quotas/${other}`;
    await owner.send("PUT", path, { headers: OPERATOR, body: { queues: 2 } });
    await owner.send("DELETE", path, { headers: OPERATOR });
    const common = { project: owner.id, target_project: other };
    expect(log.about(other)).toEqual([
      { event: "quota.changed", operation: "quota_update", ...common, quotas: { queues: 2 } },
      { event: "quota.reset", operation: "quota_delete", ...common },
    ]);
  });

  test("are logged when they are exceeded", async () => {
    const owner = project();
    const quotas = { queues: 1, requests_per_second: 3 };
    await owner.send("PUT", `/v2/quotas/${owner.id}`, { headers: OPERATOR, body: quotas });
    clock.advance({ seconds: 60 });
    await owner.send("GET", "/v2/quotas");
    await owner.queue("a");
    expect(await owner.send("PUT", "/v2/queues/b")).toAnswer(403);
    await owner.send("GET", "/v2/queues");
    expect((await owner.send("GET", "/v2/queues")).status).toBe(503);
    const facts = log.about(owner.id).filter(({ event }) => event !== "quota.changed");
    expect(facts).toEqual([
      { event: "quota.exceeded", project: owner.id, queue: "b", operation: "queue_create", quota: "queues", limit: 1 },
      { event: "quota.exceeded", project: owner.id, operation: "queue_list", quota: "requests_per_second", limit: 3 },
      { event: "request", project: owner.id, operation: "queue_list", status: 503, code: "requests-too-many" },
    ]);
  });
});
