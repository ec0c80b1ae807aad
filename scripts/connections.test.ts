/**
 * WebSocket connections over real sockets and on workerd: frames that are too large or too many, bytes that are no frames,
 * clients that read nothing or vanish. The process lives, and other connections go on.
 */
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { memory } from "../bench/process-facts.ts";
import { Server } from "../bench/server.ts";
import { Start } from "./started.ts";

const MIB = 1_048_576;
/** The runtime's own limit of a frame. */
const RUNTIME_FRAME_MAX = 32 * MIB;
/** Replies are paced: a burst, and then so many bytes a second (src/websocket/connection.ts). */
const [REPLY_BURST, REPLY_RATE] = [16 * MIB, 4 * MIB];

const folder = mkdtempSync(join(tmpdir(), "sukkal-connections-"));
let service: Server;

before(async () => {
  service = await Server.start({ dataDir: join(folder, "data") });
});

after(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

const HEADERS = { "Client-ID": randomUUID(), "X-Project-ID": "shop" };

function frame(action: string, body: object): string {
  return JSON.stringify({ action, headers: HEADERS, body });
}

/** A client as Node's own, whose replies are counted by status. */
class Client {
  readonly statuses = new Map<number, number>();
  readonly closed: Promise<number>;
  private readonly socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { status } = (JSON.parse(String(data)) as { headers: { status: number } }).headers;
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    });
    this.closed = new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
  }

  static async open(port = service.port): Promise<Client> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v2/websocket`);
    const client = new Client(socket);
    await once(socket, "open");
    return client;
  }

  get replies(): number {
    return [...this.statuses.values()].reduce((sum, count) => sum + count, 0);
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.socket.send(data);
  }

  async until(replies: number): Promise<void> {
    for (let waited = 0; this.replies < replies; waited += 5) {
      assert.ok(waited < 20_000, `${this.replies} of ${replies} replies`);
      await sleep(5);
    }
  }

  close(): void {
    this.socket.close();
  }
}

/** The same process still answers, over an old connection and over a new one. */
async function assertAlive(old: Client): Promise<void> {
  const fresh = await Client.open();
  for (const client of [old, fresh]) {
    const answered = client.replies;
    client.send(frame("queue_get", { queue_name: "alive" }));
    await client.until(answered + 1);
  }
  fresh.close();
  assert.doesNotThrow(() => process.kill(service.pid, 0));
}

describe("a frame", () => {
  test("of 33 MiB, beyond what the runtime takes, ends its own connection only", async () => {
    const other = await Client.open();
    const client = await Client.open();
    client.send(new Uint8Array(RUNTIME_FRAME_MAX + MIB));
    assert.equal(await client.closed, 1009);
    await assertAlive(other);
  });

  test("of 32 MiB, beyond the service's limit, does so too", async () => {
    const other = await Client.open();
    for (const data of [new Uint8Array(RUNTIME_FRAME_MAX), "x".repeat(RUNTIME_FRAME_MAX)]) {
      const client = await Client.open();
      client.send(data);
      assert.equal(await client.closed, 1009);
    }
    await assertAlive(other);
  });
});

test("10,000 frames at once are answered one by one, or end their connection", async () => {
  const other = await Client.open();
  const client = await Client.open();
  for (let count = 0; count < 10_000; count++) client.send(frame("queue_get", { queue_name: "q" }));
  const outcome = await Promise.race([client.closed, client.until(10_000).then(() => "answered")]);
  assert.ok(outcome === "answered" || outcome === 1008, String(outcome));
  for (const status of client.statuses.keys()) assert.ok([200, 503].includes(status), String(status));
  await assertAlive(other);
});

/** A connection whose bytes the test writes itself. */
async function openRaw(): Promise<Socket> {
  return (await upgrade()).socket;
}

async function upgrade(extra: readonly string[] = []): Promise<{ readonly socket: Socket; readonly answer: string }> {
  const socket = connect({ host: "127.0.0.1", port: service.port });
  const key = randomBytes(16).toString("base64");
  const head = [
    "GET /v2/websocket HTTP/1.1",
    "Host: sukkal.test",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
    ...extra,
  ];
  socket.on("error", () => undefined);
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  const [data] = (await once(socket, "data")) as [Buffer];
  const answer = data.toString("latin1");
  assert.match(answer, /^HTTP\/1\.1 101 /);
  return { socket, answer };
}

/** RFC 6455, 5.2. */
function encodeFrame(payload: Buffer, { first = 0x81, isMasked = true, length = payload.length } = {}): Buffer {
  const mask = isMasked ? randomBytes(4) : Buffer.alloc(0);
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = (isMasked ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  const body = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([head, mask, body]);
}

const TEXT = Buffer.from(frame("queue_get", { queue_name: "q" }));

describe("bytes that break the protocol harm nobody else:", () => {
  const cases: readonly (readonly [string, readonly Buffer[]])[] = [
    ["noise", [randomBytes(4096)]],
    ["a frame without a mask", [encodeFrame(TEXT, { isMasked: false })]],
    ["an unknown opcode", [encodeFrame(TEXT, { first: 0x83 })]],
    ["a reserved bit", [encodeFrame(TEXT, { first: 0xc1 })]],
    ["a continuation of nothing", [encodeFrame(TEXT, { first: 0x80 })]],
    ["a frame of 2^62 bytes", [encodeFrame(TEXT, { length: 2 ** 62 })]],
    ["a ping of 200 bytes", [encodeFrame(Buffer.alloc(200), { first: 0x89 })]],
    ["a closing with half a code", [encodeFrame(Buffer.alloc(1), { first: 0x88 })]],
    ["a closing with a code that is reserved", [encodeFrame(Buffer.from([0x03, 0xed]), { first: 0x88 })]],
    ["a text that is not UTF-8", [encodeFrame(Buffer.from([0xff, 0xfe, 0xfd]))]],
    ["a text with half a surrogate pair", [encodeFrame(Buffer.from("22eda08022", "hex"))]],
    ["half a frame", [encodeFrame(TEXT).subarray(0, 20)]],
    [
      "a thousand fragments, and no end",
      Array.from({ length: 1000 }, (_, index) =>
        encodeFrame(Buffer.alloc(100, "x"), { first: index === 0 ? 0x01 : 0x00 }),
      ),
    ],
  ];

  for (const [name, bytes] of cases) {
    test(name, async () => {
      const other = await Client.open();
      const socket = await openRaw();
      for (const part of bytes) socket.write(part);
      await sleep(50);
      socket.destroy();
      await assertAlive(other);
    });
  }

  test("a frame in fragments is a frame, and a ping between them is answered", async () => {
    const socket = await openRaw();
    socket.write(encodeFrame(TEXT.subarray(0, 10), { first: 0x01 }));
    socket.write(encodeFrame(Buffer.from("hello"), { first: 0x89 }));
    const [pong] = (await once(socket, "data")) as [Buffer];
    assert.deepEqual(pong, Buffer.from([0x8a, 5, ...Buffer.from("hello")]));
    socket.write(encodeFrame(TEXT.subarray(10), { first: 0x80 }));
    const [reply] = (await once(socket, "data")) as [Buffer];
    assert.match(reply.toString(), /"status":200/);
    socket.destroy();
  });
});

test("compression that a client offers is not accepted: 31 KB could become a frame of 32 MiB", async () => {
  const offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
  const { socket, answer } = await upgrade([offer]);
  assert.doesNotMatch(answer, /^Sec-WebSocket-Extensions:/im);
  socket.destroy();
});

describe("a closing with a code that nobody may send is answered, and frees the connection:", () => {
  for (const code of [0, 999, 1004, 5000, 65_535]) {
    test(String(code), async () => {
      const socket = await openRaw();
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(code);
      socket.write(encodeFrame(payload, { first: 0x88 }));
      const ended = once(socket, "end");
      const [answer] = (await once(socket, "data", { signal: AbortSignal.timeout(2000) })) as [Buffer];
      assert.deepEqual(answer, Buffer.from([0x88, 0]));
      await ended;
    });
  }
});

test("clients that reset their connections in the middle of frames and replies harm nobody else", async () => {
  const other = await Client.open();
  for (let round = 0; round < 100; round++) {
    const socket = await openRaw();
    const post = frame("message_post", { queue_name: "resets", messages: [{ body: "x".repeat(1000), ttl: 60 }] });
    socket.write(encodeFrame(Buffer.from(post)));
    socket.write(encodeFrame(TEXT).subarray(0, round));
    if (round % 2 === 0) await sleep(1);
    socket.resetAndDestroy();
  }
  await assertAlive(other);
});

test(
  "a client that reads nothing costs no more memory than its replies' pace",
  { skip: memory(process.pid) === null },
  async () => {
    const other = await Client.open();
    other.send(frame("message_post", { queue_name: "large", messages: [{ body: "x".repeat(200_000) }] }));
    await other.until(1);
    const socket = await openRaw();
    socket.pause();
    const resident = (): number => memory(service.pid)?.resident ?? 0;
    const start = resident();
    const list = encodeFrame(Buffer.from(frame("message_list", { queue_name: "large", echo: true })));
    const seconds = 5;
    // Far more than the pace lets through: a thousand replies are 190 MiB.
    for (let count = 0; count < 990; count++) socket.write(list);
    await sleep(seconds * 1000);
    const grown = resident() - start;
    // Texts are in memory more than once on their way.
    const most = 2 * (REPLY_BURST + seconds * REPLY_RATE) + 32 * MIB;
    assert.ok(grown < most, `${Math.round(grown / MIB)} MiB`);
    await assertAlive(other);
    socket.destroy();
  },
);

test("a stop answers the frames that wait, tells clients to connect again, and does not take long", async () => {
  const start = new Start({ AUTH_STRATEGY: "none", DATA_DIR: join(folder, "stopped") });
  await start.ready();
  const clients = await Promise.all(Array.from({ length: 20 }, () => Client.open(start.port)));
  for (const client of clients) client.send(frame("queue_get", { queue_name: "q" }));
  for (const client of clients) await client.until(1);
  for (const client of clients) client.send(frame("message_post", { queue_name: "q", messages: [{ body: 1 }] }));
  const began = performance.now();
  assert.equal(await start.end("SIGTERM"), 0);
  // The runtime waits for five seconds for connections that are left.
  assert.ok(performance.now() - began < 3000);
  for (const client of clients) {
    assert.equal(await client.closed, 1012);
    assert.equal(client.statuses.get(201), 1);
  }
});
