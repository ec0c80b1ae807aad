/** API keys in frames: what they permit, and that a revocation takes effect on open connections. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ACCESS_SETTINGS } from "../../support/access-settings.ts";
import { freshProject } from "../../support/drivers/authenticated-client.ts";
import { authenticate, client, makeKey, revokeKey, statusOf, stranger } from "../../support/drivers/proven-client.ts";
import { hub, restartHub } from "../../support/objects/hub.ts";
import { clock, freezeClock } from "../../support/clock.ts";
import { interceptObjects } from "../../support/objects/calls.ts";
import { broken } from "../../support/objects/queue-outbox.ts";

freezeClock();
beforeEach(async () => {
  await restartHub();
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const Q = { queue_name: "orders" };

test("a key may come as X-Auth-Token or as Authorization", async () => {
  const project = freshProject();
  const { key } = await makeKey({ project_id: project });
  await (await client(project, key)).ask("queue_create", Q);
  const socket = await stranger(project);
  expect(statusOf(await socket.ask("authenticate", {}, { Authorization: `Bearer ${key}` }))).toBe(200);
  expect((await socket.ask("queue_list")).body).toEqual({ queues: [{ name: "orders" }] });
});

test("a key has its roles", async () => {
  const project = freshProject();
  const socket = await client(project, (await makeKey({ project_id: project, roles: ["reader"] })).key);
  expect(statusOf(await socket.ask("queue_create", Q))).toBe(403);
  expect(statusOf(await socket.ask("queue_get", Q))).toBe(200);
});

test("a key covers queues of its prefix only", async () => {
  const project = freshProject();
  const socket = await client(project, (await makeKey({ project_id: project, queue_prefix: "ord" })).key);
  expect(statusOf(await socket.ask("queue_create", Q))).toBe(201);
  expect(statusOf(await socket.ask("queue_create", { queue_name: "invoices" }))).toBe(403);
  await (await client(project, (await makeKey({ project_id: project })).key)).ask("queue_create", { queue_name: "a" });
  expect((await socket.ask("queue_list")).body).toEqual({ queues: [{ name: "orders" }] });
});

test("the operator's key has no project, and so nothing to do here", async () => {
  const socket = await stranger();
  expect(statusOf(await authenticate(socket, ACCESS_SETTINGS.ADMIN_API_KEY, { "X-Project-ID": "" }))).toBe(200);
  expect(statusOf(await socket.ask("queue_list", undefined, { "X-Project-ID": "" }))).toBe(403);
  expect(statusOf(await socket.ask("queue_list"))).toBe(403);
});

test("a key that nobody made is refused", async () => {
  const socket = await stranger();
  for (const key of [`sk_0123456789abcdef.p_${"0".repeat(64)}`, `sk_admin_${"f".repeat(32)}`]) {
    expect(statusOf(await authenticate(socket, key))).toBe(401);
  }
});

describe("a key that is revoked", () => {
  test.each([false, true])("ends the connection within 30 s, by a frame (hub evicted: %s)", async (isEvicted) => {
    const project = freshProject();
    const key = await makeKey({ project_id: project });
    const socket = await client(project, key.key);
    await revokeKey(key);
    clock.advance({ seconds: 29 });
    expect(statusOf(await socket.ask("queue_create", Q))).toBe(201);
    if (isEvicted) await evictDurableObject(hub());
    clock.advance({ seconds: 1 });
    socket.post("queue_delete", Q);
    expect(await socket.closed).toEqual({ code: 4003, reason: "Authentication expired." });
    expect(socket.hasReply).toBe(false);
  });

  test("may be accepted for 30 s more, and such a connection ends within 60 s", async () => {
    const project = freshProject();
    const key = await makeKey({ project_id: project });
    await client(project, key.key);
    await revokeKey(key);
    clock.advance({ seconds: 29 });
    const socket = await client(project, key.key);
    clock.advance({ seconds: 29 });
    expect(statusOf(await socket.ask("queue_list"))).toBe(200);
    clock.advance({ seconds: 1 });
    socket.post("queue_list");
    expect(await socket.closed).toEqual({ code: 4003, reason: "Authentication expired." });
    expect(statusOf(await authenticate(await stranger(project), key.key))).toBe(401);
  });

  test("leaves the connections of other keys alone", async () => {
    const project = freshProject();
    const [key, other] = [await makeKey({ project_id: project }), await makeKey({ project_id: project })];
    const socket = await client(project, other.key);
    await revokeKey(key);
    clock.advance({ seconds: 60 });
    expect(statusOf(await socket.ask("queue_list"))).toBe(200);
    clock.advance({ seconds: 60 });
    expect(statusOf(await socket.ask("queue_list"))).toBe(200);
  });
});

test("while a key cannot be checked again, frames are 503, and the connection stays", async () => {
  const project = freshProject();
  const socket = await client(project, (await makeKey({ project_id: project })).key);
  clock.advance({ seconds: 30 });
  const mend = interceptObjects("PROJECTS", project, () => ({ key: broken }));
  expect(await socket.ask("queue_list")).toMatchObject({
    body: { exception: expect.stringMatching(/^The credentials could not be checked\. /) as string },
    headers: { status: 503 },
  });
  mend();
  expect(statusOf(await socket.ask("queue_list"))).toBe(200);
});

test("a key that expires ends its connection at the time, also while the hub sleeps", async () => {
  const project = freshProject();
  const expires = new Date(Date.now() + 60_000).toISOString();
  const socket = await client(project, (await makeKey({ project_id: project, expires_at: expires })).key);
  await evictDurableObject(hub());
  clock.advance({ seconds: 60 });
  await runDurableObjectAlarm(hub());
  expect(await socket.closed).toEqual({ code: 4003, reason: "Authentication expired." });
});
