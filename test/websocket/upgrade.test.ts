/** Upgrade requests: the paths, the allowed origins, and the hub that gets the connection. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import "../support/drivers/matchers.ts";
import { request } from "../support/drivers/request.ts";
import { connect, Connection, upgrade } from "../support/drivers/web-socket.ts";

const { HUBS } = env as unknown as ObjectBindings;

describe("a connection is opened", () => {
  test.each(["/", "/?any=query", "/v2", "/v2/", "/v2/websocket"])("at %s", async (path) => {
    const socket = await Connection.open({ "X-Project-ID": "p", "Client-ID": crypto.randomUUID() }, path);
    expect(await socket.ask("queue_get", { queue_name: "nothing" })).toMatchObject({
      body: {},
      headers: { status: 200 },
    });
    socket.close();
  });

  test("however the header is spelt, and without the headers that HTTP needs", async () => {
    const { webSocket, status } = await upgrade("/v2/websocket", { Upgrade: "WebSocket" });
    expect(status).toBe(101);
    webSocket?.accept();
    webSocket?.close();
  });

  test("without a sub-protocol, whatever the client offers", async () => {
    const { webSocket, status, headers } = await upgrade("/", { "Sec-WebSocket-Protocol": "zaqar, v2" });
    expect([status, headers.get("Sec-WebSocket-Protocol")]).toEqual([101, null]);
    webSocket?.accept();
    webSocket?.close();
  });

  test.each(["/v2/queues", "/v2/websocket/", "/v1/websocket"])("nowhere else: not at %s", async (path) => {
    const { webSocket, status } = await upgrade(path);
    expect(webSocket).toBeNull();
    expect(status).toBeGreaterThanOrEqual(400);
  });
});

test("a request that is no upgrade is told what is missing, without a credential and without a client", async () => {
  const answer = await request("GET", "/v2/websocket");
  expect(answer).toRefuse(426, "426 Upgrade Required");
  expect(answer.headers.get("Upgrade")).toBe("websocket");
});

describe("where no credential is needed, a page", () => {
  test("of another origin may not connect", async () => {
    for (const origin of ["https://elsewhere.test", "null"]) {
      const response = await upgrade("/v2/websocket", { Origin: origin });
      expect(response.webSocket).toBeNull();
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ title: "Not authorized" });
    }
  });

  test("of the service's own origin may", async () => {
    const { webSocket } = await upgrade("/v2/websocket", { Origin: "http://zaqar.test" });
    expect(webSocket).not.toBeNull();
    webSocket?.accept();
    webSocket?.close();
  });
});

describe("where no credential is needed, a proxy that authenticates can state who connects:", () => {
  const upgraded = async (headers: Readonly<Record<string, string>>, frames: Readonly<Record<string, string>>) =>
    Connection.open({ "Client-ID": crypto.randomUUID(), ...frames }, "/v2/websocket", headers);
  const Q = { queue_name: "q" };

  test.each(["X-Project-ID", "X-Tenant-ID", "X-Tenant"])(
    "the %s of the upgrade holds for every frame",
    async (header) => {
      const [mine, other] = [`project-${crypto.randomUUID()}`, `project-${crypto.randomUUID()}`];
      const socket = await upgraded({ [header]: mine }, { "X-Project-ID": mine });
      expect((await socket.ask("queue_create", Q)).headers.status).toBe(201);
      for (const [project, status] of [
        [other, 403],
        ["", 200],
        [mine, 200],
      ] as const) {
        expect((await socket.ask("queue_list", {}, { "X-Project-ID": project })).headers.status).toBe(status);
      }
      await socket.ask("authenticate", {}, { "X-Auth-Token": "x", "X-Project-ID": other });
      expect((await socket.ask("queue_list", {}, { "X-Project-ID": other })).headers.status).toBe(403);
    },
  );

  test("the roles of the upgrade hold, whatever frames claim", async () => {
    const project = `project-${crypto.randomUUID()}`;
    const socket = await upgraded({ "X-Project-ID": project, "X-Roles": "reader" }, { "X-Project-ID": project });
    expect((await socket.ask("queue_create", Q, { "X-Roles": "admin" })).headers.status).toBe(403);
    expect((await socket.ask("queue_get", Q, { "X-Roles": "admin" })).headers.status).toBe(200);
  });

  test("roles are kept up to 7,000 characters with project and user, and more are refused", async () => {
    const roles = (size: number): string => Array.from({ length: size }, () => "reader").join(",");
    const project = `project-${crypto.randomUUID()}`;
    const socket = await upgraded({ "X-Project-ID": project, "X-Roles": roles(700) }, { "X-Project-ID": project });
    expect((await socket.ask("queue_get", Q)).headers.status).toBe(200);
    const { webSocket, status } = await upgrade("/v2/websocket", { "X-Project-ID": project, "X-Roles": roles(800) });
    expect(webSocket).toBeNull();
    expect(status).toBe(400);
  });

  test("an empty project is refused", async () => {
    const { webSocket, status } = await upgrade("/v2/websocket", { "X-Project-ID": "" });
    expect(webSocket).toBeNull();
    expect(status).toBe(400);
  });
});

test("a full hub passes connections on to another", async () => {
  const sockets: Connection[] = [];
  onTestFinished(() => sockets.forEach((socket) => socket.close()));
  for (let opened = 0; opened < 140; opened++) sockets.push(await connect());
  expect(await count("hub/0")).toBe(128);
  expect(await count("hub/1")).toBeGreaterThanOrEqual(12);
  expect(await count("hub/2")).toBe(0);
  for (const socket of sockets) expect((await socket.ask("queue_get", { queue_name: "a" })).headers.status).toBe(200);
});

function count(hub: string): Promise<number> {
  return runInDurableObject(HUBS.getByName(hub), (_, state) => state.getWebSockets().length);
}
