/** API keys in use: what each permits and for how long, and that no key can create one with more rights. */
import { beforeEach, describe, expect, test } from "vitest";
import { clientWith, freshProject } from "../support/drivers/authenticated-client.ts";
import { clock, freezeClock } from "../support/clock.ts";
import type { Claim } from "../support/drivers/zaqar-client.ts";
import { bury, ended, order, redrive } from "../support/drivers/redrives.ts";
import { holder, makeKey, operator, startWithKeys, withKey } from "../support/drivers/api-keys.ts";
import type { Service } from "../support/drivers/service.ts";

freezeClock();

let service: Service;

beforeEach(() => {
  service = startWithKeys();
});

describe("a key", () => {
  test("gives access to its own project, whatever project the client names, in either header", async () => {
    const key = await makeKey(service);
    const lists = async (headers: Record<string, string>): Promise<unknown> => {
      const answer = await clientWith(service, headers, "another").send("GET", "/v2/queues");
      return answer.json;
    };
    await holder(service, key).queue("jobs");
    for (const headers of [{ Authorization: `Bearer ${key.key}` }, { "X-Auth-Token": key.key }]) {
      expect(await lists({ ...headers, "X-Roles": "admin" })).toMatchObject({ queues: [{ name: "jobs" }] });
    }
  });

  test.each([
    ["reader", 200, 403, 403],
    ["member", 200, 201, 403],
    ["admin", 200, 201, 200],
  ])("of a %s reads with %i, writes with %i, lists keys with %i", async (role, reads, writes, lists) => {
    const owner = await withKey(service, { roles: [role] });
    expect(await owner.send("GET", "/v2/queues")).toAnswer(reads);
    expect(await owner.send("PUT", "/v2/queues/jobs")).toAnswer(writes);
    expect(await owner.send("GET", "/v2/keys")).toAnswer(lists);
    expect(await owner.send("PUT", "/v2/quotas/other", { body: {} })).toRefuse(403, "Not authorized");
  });

  test("is refused from the moment it expires, also while it is cached", async () => {
    const owner = await withKey(service, { expires_at: new Date(Date.now() + 10_000).toISOString() });
    clock.advance({ ms: 9999 });
    expect(await owner.send("GET", "/v2/queues")).toAnswer(200);
    clock.advance({ ms: 1 });
    expect(await owner.send("GET", "/v2/queues")).toAnswer(401);
  });

  test("is refused everywhere within 60 s of its revocation", async () => {
    const key = await makeKey(service);
    const elsewhere = startWithKeys();
    expect(await holder(service, key).send("GET", "/v2/queues")).toAnswer(200);
    expect(await operator(elsewhere).send("DELETE", `/v2/keys/${key.id}`)).toAnswer(204);
    expect(await holder(elsewhere, key).send("GET", "/v2/queues"), "where it is not remembered").toAnswer(401);
    clock.advance({ seconds: 60 });
    expect(await holder(service, key).send("GET", "/v2/queues"), "where it was").toAnswer(401);
  });

  test("shows when it was used last, to within ten minutes", async () => {
    const key = await makeKey(service);
    const used = async (): Promise<unknown> => {
      const answer = await operator(service).send("GET", `/v2/keys/${key.id}`);
      return (answer.json as { last_used_at: unknown }).last_used_at;
    };
    const first = `${new Date(Date.now()).toISOString().slice(0, 19)}Z`;
    expect(await used()).toBeNull();
    await holder(service, key).send("GET", "/v2/queues");
    expect(await used()).toBe(first);
    clock.advance({ seconds: 599 });
    await holder(service, key).send("GET", "/v2/queues");
    expect(await used()).toBe(first);
    // A cached key is not looked up, so its use is not recorded.
    clock.advance({ seconds: 30 });
    await holder(service, key).send("GET", "/v2/queues");
    expect(await used()).not.toBe(first);
  });
});

describe("a queue prefix", () => {
  test("hides every queue without it", async () => {
    const project = freshProject();
    const everything = await withKey(service, { project_id: project });
    for (const name of ["orders", "orders-eu", "Orders-x", "zz"]) await everything.queue(name);
    const confined = await withKey(service, { project_id: project, queue_prefix: "orders" });
    expect(await confined.queueNames()).toEqual(["orders", "orders-eu"]);
    expect((await confined.queues({ with_count: true })).count).toBe(2);
    expect((await confined.send("GET", "/v2/quotas")).json).toMatchObject({ quotas: { queues: { used: 2 } } });
    expect(
      await confined.send("POST", "/v2/queues/orders-eu/messages", { body: { messages: [{ body: 1 }] } }),
    ).toAnswer(201);
    for (const path of ["/v2/queues/zz", "/v2/queues/order", "/v2/queues/Orders-x/stats", "/v2/queues/zz/messages"]) {
      expect(await confined.send("GET", path)).toRefuse(403, "Not authorized");
    }
    expect(await confined.send("POST", "/v2/queues/zz/share", { body: {} })).toRefuse(403, "Not authorized");
    expect(await confined.send("GET", "/v2/quotas?queue=zz")).toRefuse(403, "Not authorized");
  });

  test("hides every topic without it", async () => {
    const project = freshProject();
    const everything = await withKey(service, { project_id: project });
    for (const name of ["orders", "orders-eu", "zz"]) await everything.topic(name);
    const confined = await withKey(service, { project_id: project, queue_prefix: "orders" });
    const listed = await confined.send("GET", "/v2/topics");
    expect(listed.json).toMatchObject({ topics: [{ name: "orders" }, { name: "orders-eu" }] });
    expect((await confined.send("GET", "/v2/quotas")).json).toMatchObject({ quotas: { queues: { used: 2 } } });
    expect(await confined.send("DELETE", "/v2/topics/orders-eu")).toAnswer(204);
    for (const path of [
      "/v2/topics/zz",
      "/v2/topics/order/stats",
      "/v2/topics/zz/messages",
      "/v2/topics/zz/subscriptions",
    ])
      expect(await confined.send("GET", path)).toRefuse(403, "Not authorized");
  });

  test("applies to the dead-letter queue too", async () => {
    const confined = await withKey(service, { queue_prefix: "orders" });
    const outside = { _max_claim_count: 1, _dead_letter_queue: "elsewhere" };
    expect(await confined.send("PUT", "/v2/queues/orders", { body: outside })).toRefuse(403, "Not authorized");
    const orders = await confined.queue("orders", { ...outside, _dead_letter_queue: "orders-dead" });
    const path = "/metadata/_dead_letter_queue";
    expect(await orders.sendPatch([{ op: "replace", path, value: "elsewhere" }])).toRefuse(403, "Not authorized");
    expect(await orders.sendPatch([{ op: "add", path, value: "orders-too" }])).toAnswer(200);
    expect(await orders.sendPatch([{ op: "remove", path }])).toAnswer(200);
  });

  test("applies to the target of a redrive, named or not", async () => {
    const owner = await withKey(service);
    const confined = await withKey(service, { project_id: owner.id, queue_prefix: "dead" });
    await bury(owner, "orders", "a");
    await bury(owner, "dead-before", "b");
    const dead = confined.missingQueue("dead");
    expect(await order(dead, { target: "orders" })).toRefuse(403, "Not authorized");
    expect(await order(confined.missingQueue("orders"), { target: "dead" })).toRefuse(403, "Not authorized");
    await redrive(dead);
    expect(await ended(dead)).toMatchObject({ status: "done", moved: 1 });
    expect(await dead.list()).toHoldBodies("a");
    expect(await owner.missingQueue("dead-before").list()).toHoldBodies("b");
  });
});

test.each(["messages:delete_all", "messages:create"])("a redrive needs what the rule %s permits", async (rule) => {
  const strict = startWithKeys({ POLICY_RULES: JSON.stringify({ [rule]: ["admin"] }) });
  const member = await withKey(strict);
  await member.queue("dead");
  expect(await order(member.missingQueue("dead"))).toRefuse(403, "Not authorized");
});

describe("a settlement needs", () => {
  /** A member's claim over two messages, in a service in which only admins pass the rule. */
  async function claimUnder(rule: string): Promise<Claim> {
    const strict = startWithKeys({ POLICY_RULES: JSON.stringify({ [rule]: ["admin"] }) });
    const orders = await (await withKey(strict)).queue();
    await orders.post("a", "b");
    return orders.claim();
  }

  test("what the rule claims:delete permits", async () => {
    const claim = await claimUnder("claims:delete");
    const [a = ""] = claim.messages.map(({ id }) => id);
    expect(await claim.sendSettlement({ release: [{ ids: [a] }] })).toRefuse(403, "Not authorized");
    expect((await claim.get())?.messages).toHaveLength(2);
  });

  test("what the rule messages:delete permits, if it deletes something", async () => {
    const claim = await claimUnder("messages:delete");
    const [a = "", b = ""] = claim.messages.map(({ id }) => id);
    const both = { delete: [a], release: [{ ids: [b] }] };
    expect(await claim.sendSettlement(both)).toRefuse(403, "Not authorized");
    expect((await claim.get())?.messages).toHaveLength(2);
    await claim.settle({ delete: [], release: [{ ids: [b] }] });
    expect(await claim.get()).toMatchObject({ messages: [{ body: "a" }] });
  });
});

describe("no key can create a key that may do more than itself", () => {
  test("an admin key makes keys of its own project, and sees no other", async () => {
    const admin = await withKey(service, { roles: ["admin"] });
    const other = await makeKey(service);
    const made = await admin.send("POST", "/v2/keys", { body: { roles: ["admin"] } });
    expect(made.json).toMatchObject({ project_id: admin.id, roles: ["admin"] });
    const project = other.project_id;
    expect(await admin.send("POST", "/v2/keys", { body: { project_id: project } })).toRefuse(403, "Not authorized");
    expect(await admin.send("GET", `/v2/keys?project_id=${project}`)).toRefuse(403, "Not authorized");
    expect(await admin.send("GET", `/v2/keys/${other.id}`)).toRefuse(404, "Not found");
    expect(await admin.send("DELETE", `/v2/keys/${other.id}`)).toRefuse(404, "Not found");
    expect(await holder(service, other).send("GET", "/v2/queues")).toAnswer(200);
  });

  test("a member that the policy lets create keys creates member keys, within its own prefix", async () => {
    const lax = startWithKeys({ POLICY_RULES: '{"keys:create": ["member"]}' });
    const member = await withKey(service, { queue_prefix: "orders" });
    const credential = await makeKey(service, { project_id: member.id, queue_prefix: "orders" });
    const makes = (body: object): Promise<unknown> =>
      holder(lax, credential)
        .send("POST", "/v2/keys", { body })
        .then(({ status }) => status);
    expect(await makes({ queue_prefix: "orders-eu" })).toBe(201);
    expect(await makes({ queue_prefix: "orders", roles: ["reader"] })).toBe(201);
    expect(await makes({ queue_prefix: "" })).toBe(403);
    expect(await makes({ queue_prefix: "order" })).toBe(403);
    expect(await makes({ queue_prefix: "orders", roles: ["admin"] })).toBe(400);
    const free = await makeKey(service);
    expect(await holder(lax, free).send("POST", "/v2/keys", { body: { roles: ["admin"] } })).toAnswer(403);
  });

  test("the operator's key belongs to no project", async () => {
    expect(await operator(service).send("GET", "/v2/queues")).toRefuse(403, "Not authorized");
    expect(await operator(service).send("PUT", "/v2/queues/jobs")).toRefuse(403, "Not authorized");
    expect(await operator(service).send("GET", "/v2/health")).toAnswer(200);
    expect(await operator(service).send("GET", "/v2/keys")).toRefuse(400, "Invalid API request");
  });
});
