/** Authentication by frame (Zaqar: zaqar/transport/websocket/protocol.py): tokens of Keystone, and the end of their life. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { freshProject } from "../../support/drivers/authenticated-client.ts";
import { authenticate, client, NOT_AUTHENTICATED, statusOf, stranger } from "../../support/drivers/proven-client.ts";
import { hub, restartHub } from "../../support/objects/hub.ts";
import { clock, freezeClock } from "../../support/clock.ts";
import { bindKeystone } from "../../support/fakes/keystone-binding.ts";
import type { IssuedToken, KeystoneStandIn } from "../../support/fakes/keystone.ts";
import type { Connection } from "../../support/drivers/web-socket.ts";

freezeClock();

const Q = { queue_name: "orders" };
const FAILED = { body: { error: "Authentication failed.", code: "unauthenticated" }, headers: { status: 401 } };

let keystone: KeystoneStandIn;

beforeEach(async () => {
  await restartHub();
  keystone = bindKeystone();
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "log").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function user(token: IssuedToken = {}): Promise<Connection> {
  const { project = freshProject() } = token;
  return client(project, keystone.issue({ ...token, project }));
}

describe("authenticate", () => {
  test("lets the client act in the token's project, and repeats nothing of the frame", async () => {
    const project = freshProject();
    const socket = await stranger(project);
    const reply = await authenticate(socket, keystone.issue({ project }));
    expect(reply).toEqual({
      request: { action: "authenticate", body: {}, headers: {}, api: "v2" },
      body: { message: "Authentified." },
      headers: { status: 200 },
    });
    expect(statusOf(await socket.ask("queue_create", Q))).toBe(201);
    expect((await (await user({ project })).ask("queue_list")).body).toEqual({ queues: [{ name: "orders" }] });
  });

  test("works in MessagePack", async () => {
    const project = freshProject();
    const socket = await stranger(project);
    const reply = await socket.askInBinary("authenticate", {}, { "X-Auth-Token": keystone.issue({ project }) });
    expect(reply).toMatchObject({ body: { message: "Authentified." }, headers: { status: 200 } });
  });

  test("may be repeated after it has failed", async () => {
    const project = freshProject();
    const socket = await stranger(project);
    for (const token of [
      "nonsense",
      "sk_0123456789abcdef.p_0",
      keystone.issue({ project, expiresAt: Date.now() - 1 }),
    ]) {
      const reply = await authenticate(socket, token);
      expect(reply).toMatchObject({ ...FAILED, request: { action: "authenticate", body: {}, headers: {} } });
      expect(await socket.ask("queue_list")).toMatchObject(NOT_AUTHENTICATED);
    }
    expect(statusOf(await authenticate(socket, keystone.issue({ project })))).toBe(200);
    expect(statusOf(await socket.ask("queue_list"))).toBe(200);
  });

  test("without a token violates the schema; with two credentials it fails", async () => {
    const socket = await stranger();
    expect(statusOf(await socket.ask("authenticate"))).toBe(400);
    expect(statusOf(await socket.ask("authenticate", {}, { "X-Auth-Token": 1 }))).toBe(400);
    const token = keystone.issue({ project: freshProject() });
    expect(await authenticate(socket, token, { Authorization: `Bearer ${token}` })).toMatchObject(FAILED);
  });

  test("is 503 while Keystone cannot be asked, and the client may try again", async () => {
    const project = freshProject();
    const socket = await stranger(project);
    keystone.outage = "unreachable";
    const token = keystone.issue({ project });
    expect(statusOf(await authenticate(socket, token))).toBe(503);
    keystone.outage = null;
    expect(statusOf(await authenticate(socket, token))).toBe(200);
  });

  test("is waited for by the frames behind it, and by nobody else's", async () => {
    const project = freshProject();
    const other = await user();
    const socket = await stranger(project);
    const { promise, resolve: open } = Promise.withResolvers<undefined>();
    keystone.gate = promise;
    socket.post("authenticate", undefined, { "X-Auth-Token": keystone.issue({ project }) });
    socket.post("queue_create", Q);
    socket.post("nope");
    expect(statusOf(await other.ask("queue_list"))).toBe(200);
    expect(socket.hasReply).toBe(false);
    open(undefined);
    expect((await socket.reply()).request.action).toBe("authenticate");
    expect(statusOf(await socket.reply())).toBe(201);
    expect(statusOf(await socket.reply())).toBe(400);
  });
});

test("a thousand frames may wait; with one more the connection is closed, and its hub goes on", async () => {
  const other = await user();
  const sockets = [await stranger(), await stranger()];
  const { promise, resolve: open } = Promise.withResolvers<undefined>();
  keystone.gate = promise;
  for (const [index, socket] of sockets.entries()) {
    socket.post("authenticate", undefined, { "X-Auth-Token": keystone.issue({ project: freshProject() }) });
    for (let count = 1; count < 1000 + index; count++) socket.post("nope");
  }
  expect(await sockets[1]?.closed).toEqual({ code: 1008, reason: "Too many frames are waiting." });
  expect(statusOf(await other.ask("queue_list"))).toBe(200);
  open(undefined);
  for (let count = 0; count < 1000; count++) await sockets[0]?.reply();
  expect((await sockets[0]?.ask("nope"))?.headers.status).toBe(400);
});

describe("a connection", () => {
  test("is bound to the project of its token", async () => {
    const project = freshProject();
    const socket = await user({ project });
    const elsewhere = { "X-Project-ID": freshProject() };
    expect(await socket.ask("queue_create", Q, elsewhere)).toMatchObject({
      body: { error: expect.stringMatching(/another project/) as string, code: "project-mismatched" },
      headers: { status: 403 },
    });
    // An empty header names no project.
    expect(statusOf(await socket.ask("queue_create", Q, { "X-Project-ID": "" }))).toBe(201);
  });

  test("cannot be authenticated for another project than the frame names", async () => {
    const socket = await stranger();
    expect(statusOf(await authenticate(socket, keystone.issue({ project: freshProject() })))).toBe(403);
    expect(await socket.ask("queue_list")).toMatchObject(NOT_AUTHENTICATED);
  });

  test("has the roles of its token, whatever its frames claim", async () => {
    const socket = await user({ roles: ["Reader"] });
    expect(statusOf(await socket.ask("queue_create", Q, { "X-Roles": "admin" }))).toBe(403);
    expect(statusOf(await socket.ask("queue_get", Q))).toBe(200);
  });

  test("of a token without a project may do nothing", async () => {
    const socket = await stranger("");
    expect(statusOf(await authenticate(socket, keystone.issue({ roles: ["admin"] })))).toBe(200);
    for (const action of ["queue_list", "queue_get"]) {
      expect(statusOf(await socket.ask(action, Q))).toBe(403);
      expect(statusOf(await socket.ask(action, Q, { "X-Project-ID": "p" }))).toBe(403);
    }
  });

  test("of a token with access rules may make the requests of those only", async () => {
    const rules = [
      { service: "messaging", method: "GET", path: "/v2/queues" },
      { service: "messaging", method: "*", path: "**" },
      { service: "messaging", method: "POST", path: "/v2/queues/orders/messages" },
      { service: "messaging", method: "DELETE", path: "/v2/queues/orders/messages/*" },
      { service: "compute", method: "PUT", path: "/v2/queues/*" },
    ];
    const socket = await user({ accessRules: rules });
    const post = { ...Q, messages: [{ body: 1 }] };
    expect(statusOf(await socket.ask("queue_list"))).toBe(200);
    expect(statusOf(await socket.ask("message_post", post))).toBe(201);
    expect(statusOf(await socket.ask("message_delete", { ...Q, message_id: "a" }))).toBe(204);
    expect(statusOf(await socket.ask("message_post", { ...post, queue_name: "others" }))).toBe(403);
    for (const action of [
      "queue_create",
      "queue_get",
      "queue_delete",
      "queue_get_stats",
      "queue_purge",
      "message_list",
    ]) {
      expect(statusOf(await socket.ask(action, Q))).toBe(403);
    }
    expect(statusOf(await socket.ask("message_delete_many", { ...Q, pop: 1 }))).toBe(403);
    expect(statusOf(await socket.ask("claim_create", Q))).toBe(403);
  });

  test("may be authenticated again: by a good credential it changes, by a bad one it stays", async () => {
    const [first, second] = [freshProject(), freshProject()];
    const socket = await user({ project: first });
    expect(await authenticate(socket, "nonsense")).toMatchObject(FAILED);
    expect(statusOf(await socket.ask("queue_create", Q))).toBe(201);
    const token = keystone.issue({ project: second, roles: ["reader"] });
    expect(statusOf(await authenticate(socket, token, { "X-Project-ID": second }))).toBe(200);
    expect(statusOf(await socket.ask("queue_list"))).toBe(403);
    expect((await socket.ask("queue_list", undefined, { "X-Project-ID": second })).body).toEqual({ queues: [] });
    expect(statusOf(await socket.ask("queue_create", Q, { "X-Project-ID": second }))).toBe(403);
  });

  test("keeps neither token nor key", async () => {
    const project = freshProject();
    const token = keystone.issue({ project });
    await client(project, token);
    const kept = await runInDurableObject(hub(), (_, state) =>
      state.getWebSockets().map((each) => JSON.stringify(each.deserializeAttachment())),
    );
    expect(kept.some((text) => text.includes(project))).toBe(true);
    expect(kept.some((text) => text.includes(token))).toBe(false);
  });

  test("keeps up to 7,000 characters of roles and access rules; with more it is refused, and stays what it was", async () => {
    const project = freshProject();
    const socket = await user({ project });
    const rules = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        service: "messaging",
        method: "GET",
        path: `/v2/queues/${index}é`,
      }));
    const many = keystone.issue({ project, roles: ["reader"], accessRules: rules(200) });
    expect(await authenticate(socket, many)).toMatchObject({
      body: { error: expect.stringMatching(/more roles and access rules/) as string, code: "credential-too-large" },
      headers: { status: 403 },
    });
    expect(statusOf(await socket.ask("queue_create", Q))).toBe(201);
    const fewer = keystone.issue({ project, roles: ["reader"], accessRules: rules(90) });
    expect(statusOf(await authenticate(socket, fewer))).toBe(200);
    expect(statusOf(await socket.ask("queue_create", Q))).toBe(403);
  });

  // Beyond Latin-1 the runtime keeps two bytes for each character.
  test.each([
    ["é", 6700, 7000],
    ["ł", 3200, 3500],
  ])("that keeps as many %s as it may has room for eight long waits", async (letter, most, more) => {
    const project = freshProject();
    const socket = await stranger(project);
    const token = (size: number) => keystone.issue({ project, roles: ["member", letter.repeat(size)] });
    expect(statusOf(await authenticate(socket, token(more)))).toBe(403);
    expect(statusOf(await authenticate(socket, token(most)))).toBe(200);
    const wait = (size: number) =>
      socket.ask("claim_create", { ...Q, ttl: 60, grace: 60, wait: 20 }, { "X-Roles": "r".repeat(size) });
    expect(statusOf(await socket.ask("queue_create", Q))).toBe(201);
    // Claimed at once, without a wait.
    expect(statusOf(await wait(600))).toBe(204);
    for (let count = 0; count < 8; count++) expect(statusOf(await wait(450))).toBe(202);
  });

  test("is one of three of its project in a hub", async () => {
    const project = freshProject();
    for (let count = 0; count < 3; count++) await user({ project });
    const fourth = await stranger(project);
    const token = keystone.issue({ project });
    expect(await authenticate(fourth, token)).toMatchObject({
      body: { error: "The project has as many connections as it may.", code: "connections-too-many" },
      headers: { status: 403 },
    });
    expect(statusOf(await authenticate(await stranger(), keystone.issue({}), { "X-Project-ID": "" }))).toBe(200);
  });
});

describe("when its token expires, a connection is closed with 4003", () => {
  const EXPIRED = { code: 4003, reason: "Authentication expired." };
  const inAMinute = () => ({ expiresAt: Date.now() + 60_000 });

  test.each([false, true])("at the time, by the alarm (hub evicted: %s)", async (isEvicted) => {
    const socket = await user(inAMinute());
    const other = await user({ expiresAt: Date.now() + 120_000 });
    if (isEvicted) await evictDurableObject(hub());
    clock.advance({ ms: 59_999 });
    await runDurableObjectAlarm(hub());
    expect(statusOf(await socket.ask("queue_list"))).toBe(200);
    if (isEvicted) await evictDurableObject(hub());
    clock.advance({ ms: 1 });
    expect(await runDurableObjectAlarm(hub())).toBe(true);
    expect(await socket.closed).toEqual(EXPIRED);
    expect(statusOf(await other.ask("queue_list"))).toBe(200);
    clock.advance({ seconds: 60 });
    if (isEvicted) await evictDurableObject(hub());
    expect(await runDurableObjectAlarm(hub())).toBe(true);
    expect(await other.closed).toEqual(EXPIRED);
  });

  test.each([false, true])(
    "instead of an answer to a frame, should the alarm be late (hub evicted: %s)",
    async (isEvicted) => {
      const socket = await user(inAMinute());
      if (isEvicted) await evictDurableObject(hub());
      clock.advance({ seconds: 60 });
      socket.post("queue_create", Q);
      expect(await socket.closed).toEqual(EXPIRED);
      expect(socket.hasReply).toBe(false);
    },
  );

  test("later, if it was renewed", async () => {
    const project = freshProject();
    const socket = await user({ project, ...inAMinute() });
    expect(statusOf(await authenticate(socket, keystone.issue({ project, expiresAt: Date.now() + 90_000 })))).toBe(200);
    clock.advance({ seconds: 60 });
    await runDurableObjectAlarm(hub());
    expect(statusOf(await socket.ask("queue_list"))).toBe(200);
    clock.advance({ seconds: 30 });
    await runDurableObjectAlarm(hub());
    expect(await socket.closed).toEqual(EXPIRED);
  });
});

test("a connection outlives the sleep of its hub, with its identity and its order", async () => {
  const project = freshProject();
  const socket = await user({ project });
  await socket.ask("queue_create", Q);
  await evictDurableObject(hub());
  socket.post("message_post", { ...Q, messages: [{ body: 1 }] });
  socket.post("nope");
  socket.postInBinary("queue_list");
  expect(statusOf(await socket.reply())).toBe(201);
  expect(statusOf(await socket.reply())).toBe(400);
  expect((await socket.reply()).body).toEqual({ queues: [{ name: "orders" }] });
  expect(statusOf(await socket.ask("queue_list", undefined, { "X-Project-ID": freshProject() }))).toBe(403);
});

test("a connection that performs nothing for a day is closed", async () => {
  const token = { expiresAt: Date.now() + 7 * 86_400_000 };
  const [idle, busy] = [await user(token), await user(token)];
  clock.advance({ hours: 12 });
  expect(statusOf(await busy.ask("queue_list"))).toBe(200);
  await evictDurableObject(hub());
  clock.advance({ hours: 12 });
  await runDurableObjectAlarm(hub());
  expect(await idle.closed).toEqual({ code: 1001, reason: "Nothing was sent for too long." });
  expect(statusOf(await busy.ask("queue_list"))).toBe(200);
});
