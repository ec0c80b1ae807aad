/** A connection that authenticates again, as another project: what it had begun for the former one ends. */
import { beforeEach, expect, test } from "vitest";
import { freshProject } from "../../support/drivers/authenticated-client.ts";
import { authenticate, client, makeKey, statusOf } from "../../support/drivers/proven-client.ts";
import { claimed } from "../../support/drivers/waits.ts";
import type { Connection, Reply } from "../../support/drivers/web-socket.ts";
import { freezeClock } from "../../support/clock.ts";
import { restartHub } from "../../support/objects/hub.ts";

freezeClock();
beforeEach(restartHub);

const Q = { queue_name: "orders" };

/** A connection, another one of the same project, and a way for the first to authenticate as another project. */
async function connections() {
  const [first, second] = [freshProject(), freshProject()];
  const key = await makeKey({ project_id: first });
  const other = await makeKey({ project_id: second });
  const [socket, former] = [await client(first, key.key), await client(first, key.key)];
  const change = async () => {
    expect(statusOf(await authenticate(socket, other.key, { "X-Project-ID": second }))).toBe(200);
    return { "X-Project-ID": second };
  };
  return { first, socket, former, change };
}

function post(socket: Connection, text: string, headers = {}): Promise<Reply> {
  return socket.ask("message_post", { ...Q, messages: [{ body: text }] }, headers);
}

test("its subscriptions get nothing any more, and end", async () => {
  const { socket, former, change } = await connections();
  await socket.subscribe("orders");
  await post(former, "before");
  expect(await socket.pushed()).toMatchObject({ body: "before" });
  await change();
  await post(former, "after");
  expect((await former.ask("subscription_list", Q)).body).toEqual({ subscriptions: [] });
  expect(socket.hasReply).toBe(false);
});

test("with a key of another prefix, those of its queues end", async () => {
  const project = freshProject();
  const [all, some] = [
    await makeKey({ project_id: project }),
    await makeKey({ project_id: project, queue_prefix: "b" }),
  ];
  const [socket, former] = [await client(project, all.key), await client(project, all.key)];
  await socket.subscribe("orders");
  await socket.subscribe("bills");
  expect(statusOf(await authenticate(socket, some.key))).toBe(200);
  await post(former, "an order");
  await former.ask("message_post", { queue_name: "bills", messages: [{ body: "a bill" }] });
  expect(await socket.pushed()).toMatchObject({ body: "a bill" });
  expect((await former.ask("subscription_list", Q)).body).toEqual({ subscriptions: [] });
});

test("by another key of the same project, they stay", async () => {
  const { first, socket, former } = await connections();
  await socket.subscribe("orders");
  expect(statusOf(await authenticate(socket, (await makeKey({ project_id: first })).key))).toBe(200);
  await post(former, "after");
  expect(await socket.pushed()).toMatchObject({ body: "after" });
});

test.each(["its project", "no project"])("a wait, whose frame named %s, ends without a claim", async (named) => {
  const { first, socket, former, change } = await connections();
  await former.ask("queue_create", Q);
  const begun = { ...Q, ttl: 60, grace: 60, wait: 20 };
  const reply = await socket.ask("claim_create", begun, { "X-Project-ID": named === "no project" ? "" : first });
  expect(statusOf(reply)).toBe(202);
  const second = await change();
  expect(statusOf(await post(socket, "of the second", second))).toBe(201);
  await post(former, "of the first");
  expect(await claimed(socket)).toMatchObject({ claim_id: null, messages: [] });
  expect((await former.ask("claim_create", Q)).body).toMatchObject({ messages: [{ body: "of the first" }] });
});
