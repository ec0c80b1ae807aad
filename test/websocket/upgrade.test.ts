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
