/** The limits of connections, on both sides of each, and that a frame above one affects no other connection. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { SETTINGS } from "../support/changed-settings.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { claimed, queueAndSocket, wait } from "../support/drivers/waits.ts";
import { connect, Connection, upgrade } from "../support/drivers/web-socket.ts";
import { alarmOf, hub, restartHub } from "../support/objects/hub.ts";

freezeClock();
beforeEach(restartHub);

const MAX = Number(SETTINGS.WEBSOCKET_MAX_FRAME);
const PER_SECOND = Number(SETTINGS.WEBSOCKET_ACTIONS_PER_SECOND);
const TOO_LARGE = { code: 1009, reason: "The frame is too large." };

/** A frame of the given number of bytes. */
function frameOf(bytes: number, filler: string, { headers }: Connection): string {
  const frame = (more: string): string =>
    JSON.stringify({ action: "queue_get", headers, body: { queue_name: "q", more } });
  const width = new TextEncoder().encode(filler).length;
  const room = bytes - frame("").length;
  return frame(filler.repeat(room / width) + "x".repeat(room % width));
}

describe("a frame", () => {
  test.each(["x", "é", "€", "😀"])("of %s may have 4,000 bytes, and one more closes its connection", async (filler) => {
    const [socket, other] = [await connect(), await connect()];
    socket.transmit(frameOf(MAX, filler, socket));
    expect((await socket.reply()).headers.status).toBe(200);
    socket.transmit(frameOf(MAX + 1, filler, socket));
    expect(await socket.closed).toEqual(TOO_LARGE);
    expect((await other.ask("queue_list")).headers.status).toBe(200);
  });

  test("in binary, too", async () => {
    const socket = await connect();
    socket.transmit(new Uint8Array(MAX));
    expect((await socket.reply()).headers.status).toBe(400);
    socket.transmit(new Uint8Array(MAX + 1));
    expect(await socket.closed).toEqual(TOO_LARGE);
  });

  test("is not answered behind one that has closed the connection", async () => {
    const socket = await connect();
    socket.transmit("x".repeat(MAX + 1));
    socket.post("queue_create", { queue_name: "q" });
    expect(await socket.closed).toEqual(TOO_LARGE);
    const other = await connect(String(socket.headers["X-Project-ID"]));
    expect((await other.ask("queue_list")).body).toEqual({ queues: [] });
  });
});

describe("actions", () => {
  test("beyond those of a second are 503, one by one, and the connection goes on", async () => {
    const socket = await connect();
    const other = await connect();
    const list = async (from: Connection): Promise<number> => (await from.ask("queue_list")).headers.status;
    for (let count = 0; count < PER_SECOND; count++) expect(await list(socket)).toBe(200);
    expect(await socket.ask("queue_list")).toMatchObject({
      request: { action: "queue_list" },
      body: {
        exception: expect.stringMatching(/more than its 10 actions per second/) as string,
        error: null,
        code: "actions-too-many",
      },
      headers: { status: 503 },
    });
    // Each connection has its own limit.
    expect(await list(other)).toBe(200);
    clock.advance({ ms: 1000 / PER_SECOND });
    expect(await list(socket)).toBe(200);
    expect(await list(socket)).toBe(503);
    clock.advance({ seconds: 3600 });
    for (let count = 0; count < PER_SECOND; count++) expect(await list(socket)).toBe(200);
    expect(await list(socket)).toBe(503);
  });

  test("that are refused before they are tried do not count", async () => {
    const socket = await connect();
    for (let count = 0; count < 2 * PER_SECOND; count++) {
      expect((await socket.ask("nope")).headers.status).toBe(400);
      expect((await socket.ask("queue_get", {})).headers.status).toBe(400);
    }
    expect((await socket.ask("queue_list")).headers.status).toBe(200);
  });
});

test("bytes of frames that wait are bounded too: as many as four of the largest", async () => {
  const socket = await connect();
  for (let count = 0; count < 6; count++) socket.transmit(frameOf(MAX, "x", socket));
  expect(await socket.closed).toEqual({ code: 1008, reason: "Too many frames are waiting." });
});

test("a connection that performs nothing for two minutes is closed; others of its hub are not", async () => {
  const [idle, busy] = [await connect(), await connect()];
  clock.advance({ seconds: 119 });
  await runDurableObjectAlarm(hub());
  expect((await busy.ask("queue_list")).headers.status).toBe(200);
  expect((await idle.ask("nope")).headers.status).toBe(400);
  clock.advance({ seconds: 1 });
  await runDurableObjectAlarm(hub());
  expect(await idle.closed).toEqual({ code: 1001, reason: "Nothing was sent for too long." });
  expect((await busy.ask("queue_list")).headers.status).toBe(200);
});

test("an alarm is set for the first connection that has to be closed, and for no other", async () => {
  const idle = hub("idle/0");
  const request = new Request("http://hub/", { headers: { Upgrade: "websocket" } });
  const sockets: WebSocket[] = [];
  for (let count = 0; count < 5; count++) {
    const { webSocket } = await idle.fetch(request);
    webSocket?.accept();
    if (webSocket !== null) sockets.push(webSocket);
    clock.advance({ seconds: 1 });
  }
  expect(await alarmOf(idle)).toBe(Date.now() + 115_000);
  expect(await alarmOf(hub("idle/1"))).toBeNull();
  sockets.forEach((socket) => socket.close());
});

test("a project that the upgrade names has two connections in a hub, and a third is refused", async () => {
  const headers = { "X-Project-ID": `project-${crypto.randomUUID()}` };
  const [first] = [await Connection.open({}, undefined, headers), await Connection.open({}, undefined, headers)];
  expect((await upgrade("/v2/websocket", headers)).status).toBe(403);
  await Connection.open({}, undefined, { "X-Project-ID": `project-${crypto.randomUUID()}` });
  first.close();
  await first.closed;
  await Connection.open({}, undefined, headers);
});

describe("the waits of a queue, of which there may be two,", () => {
  test("make room for others when their time is up, without a message in between", async () => {
    const [orders, socket] = await queueAndSocket();
    for (let round = 0; round < 2; round++) {
      await wait(socket);
      await wait(socket);
      expect(await socket.ask("claim_create", { queue_name: "orders", wait: 2 })).toMatchObject({
        headers: { status: 204 },
      });
      clock.advance({ seconds: 3 });
      await runDurableObjectAlarm(hub());
      for (let count = 0; count < 2; count++) expect(await claimed(socket)).toMatchObject({ claim_id: null });
    }
    const request = orders.send("POST", "/claims", { headers: { Prefer: "wait=2" } });
    await orders.post("a");
    expect((await request).headers.get("Preference-Applied")).toBe("wait=2");
  });
});
