/**
 * WebSocket clients that stop reading, and clients that leave while their hub sleeps, over real sockets and on workerd: they
 * cost little and leave nothing, and nobody else notices.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { frame, WebSocketClient } from "../bench/load/web-socket.ts";
import { memory } from "../bench/process-facts.ts";
import { Server } from "../bench/server.ts";
import { FOLDERS } from "../src/storage/folders.ts";

const MIB = 1_048_576;
/** Pushes to one connection: a burst, and then so many bytes a second, for a minute (src/websocket/push-budget.ts). */
const [PUSH_BURST, PUSH_RATE, BEHIND_SECONDS] = [4 * MIB, MIB / 4, 60];
/** A message: six a second are more than four times the rate. */
const [MESSAGE_BYTES, PACE_MS] = [200_000, 150];
/** The longest acceptable time in milliseconds from a post to its push, beside the other work of the machine. */
const PUSH_MS_MAX = 1000;

/** A closing with code 1000. */
const CLOSING = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 3, 232]);

const folder = mkdtempSync(join(tmpdir(), "sukkal-silent-"));
const HEADERS = { "Client-ID": randomUUID(), "X-Project-ID": "shop" };
let service: Server;

before(async () => {
  service = await Server.start({ dataDir: join(folder, "data") });
});

after(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function send(method: string, path: string, document?: object): Promise<unknown> {
  const headers = { ...HEADERS, "Content-Type": "application/json" };
  const body = document === undefined ? null : JSON.stringify(document);
  const response = await fetch(`${service.url}/v2/queues/${path}`, { method, headers, body });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
  return text === "" ? null : (JSON.parse(text) as unknown);
}

function post(queue: string, body: unknown): Promise<unknown> {
  return send("POST", `${queue}/messages`, { messages: [{ body, ttl: 3600 }] });
}

async function subscriptions(queue: string): Promise<number> {
  const list = (await send("GET", `${queue}/subscriptions`)) as { readonly subscriptions: readonly unknown[] };
  return list.subscriptions.length;
}

function encode(action: string, body: object): string {
  return JSON.stringify({ action, headers: HEADERS, body });
}

/** A connection that has subscribed itself, and what it has got. */
class Subscriber {
  pushes = 0;
  bytes = 0;
  readonly ended = Promise.withResolvers<Error>();
  private connection: WebSocketClient | null = null;

  static async of(queue: string): Promise<Subscriber> {
    const subscriber = new Subscriber();
    const onMessage = (text: Buffer): void => {
      subscriber.pushes++;
      subscriber.bytes += text.length;
    };
    const connection = await WebSocketClient.open(service.port, { onMessage, onEnd: subscriber.ended.resolve });
    subscriber.connection = connection;
    connection.send(frame(encode("subscription_create", { queue_name: queue })));
    await subscriber.until(1);
    [subscriber.pushes, subscriber.bytes] = [0, 0];
    return subscriber;
  }

  async until(pushes: number): Promise<void> {
    for (const since = performance.now(); this.pushes < pushes; await sleep(1)) {
      assert.ok(performance.now() - since < 10_000, `${this.pushes} of ${pushes} pushes`);
    }
  }

  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  close(): void {
    this.connection?.close();
  }
}

test("a subscriber that reads nothing is closed after a minute; its queue and its neighbours lose nothing", async (t) => {
  const [silent, neighbour] = [await Subscriber.of("news"), await Subscriber.of("quiet")];
  t.after(() => [silent, neighbour].forEach((each) => each.close()));
  silent.pause();
  const resident = memory(service.pid)?.resident ?? 0;
  const began = performance.now();
  const latencies: number[] = [];
  let posted = 0;
  for (; (await subscriptions("news")) > 0; posted++) {
    assert.ok(performance.now() - began < (BEHIND_SECONDS + 30) * 1000, "it was not closed");
    await post("news", "x".repeat(MESSAGE_BYTES));
    const asked = performance.now();
    await post("quiet", posted);
    await neighbour.until(posted + 1);
    latencies.push(performance.now() - asked);
    await sleep(PACE_MS);
  }
  const seconds = (performance.now() - began) / 1000;
  const grown = Math.round(((memory(service.pid)?.resident ?? 0) - resident) / MIB);
  t.diagnostic(
    `after ${Math.round(seconds)} s and ${Math.round((posted * MESSAGE_BYTES) / MIB)} MiB: ${grown} MiB more memory`,
  );
  assert.ok(seconds > BEHIND_SECONDS, "it was closed too early");
  assert.ok(Math.max(...latencies) < PUSH_MS_MAX, `a neighbour waited for ${Math.max(...latencies)} ms`);
  // What the runtime has kept for it is what it reads now.
  silent.resume();
  assert.match((await silent.ended.promise).message, /: 1013 For a minute /);
  assert.ok(silent.bytes < PUSH_BURST + seconds * PUSH_RATE + 2 * MESSAGE_BYTES, `${silent.bytes} bytes`);
  assert.ok(silent.pushes < posted / 2, `${silent.pushes} of ${posted} messages`);
  const { messages } = (await send("GET", "news/stats")) as { readonly messages: { readonly free: number } };
  assert.equal(messages.free, posted);
});

/** Whether the hub is awake: workerd has its database open. */
function isHubAwake(): boolean {
  const files = readdirSync(`/proc/${service.pid}/fd`).map((name) => fileOf(name));
  return files.some((file) => basename(dirname(file)) === FOLDERS.HUBS && isDatabase(basename(file)));
}

/** Whether a file is the database of an object. */
function isDatabase(file: string): boolean {
  return file.endsWith(".sqlite") && file !== "metadata.sqlite";
}

/** The file of a descriptor; "": it is closed by now. */
function fileOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/${service.pid}/fd/${descriptor}`);
  } catch {
    return "";
  }
}

/** The rows of a table in all databases of a folder. */
function rowsIn(name: string, table: string): number {
  const path = join(folder, "data", name);
  const files = readdirSync(path).filter(isDatabase);
  return files.map((file) => rowsOf(join(path, file), table)).reduce((sum, count) => sum + count, 0);
}

function rowsOf(file: string, table: string): number {
  // A running service may have it locked for a moment.
  const database = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
  try {
    const known = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(table);
    return known === undefined ? 0 : Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.["rows"]);
  } finally {
    database.close();
  }
}

/** Of connections: their subscriptions at hubs and at queues, and their waits. */
function left(): readonly number[] {
  return [rowsIn(FOLDERS.HUBS, "subscription"), rowsIn(FOLDERS.QUEUES, "subscription"), rowsIn(FOLDERS.QUEUES, "wait")];
}

async function until(isSo: () => boolean, seconds: number): Promise<void> {
  for (const since = performance.now(); !isSo(); await sleep(50)) {
    assert.ok(performance.now() - since < seconds * 1000, `not within ${seconds} s`);
  }
}

describe("a client that leaves while its hub sleeps takes subscription and wait along:", () => {
  const leavings = [
    ["by closing", (socket: WebSocketClient) => socket.send(CLOSING)],
    ["by vanishing", (socket: WebSocketClient) => socket.close()],
  ] as const;
  for (const [name, leave] of leavings) {
    test(name, { skip: process.platform !== "linux" }, async () => {
      await until(() => left().every((count) => count === 0), 5);
      let replies = 0;
      const socket = await WebSocketClient.open(service.port, { onMessage: () => replies++, onEnd: () => undefined });
      socket.send(frame(encode("subscription_create", { queue_name: "pushing" })));
      socket.send(frame(encode("claim_create", { queue_name: "waiting", wait: 20 })));
      await until(() => replies === 2, 5);
      assert.deepEqual(left(), [1, 1, 1]);
      // The runtime puts the hub to sleep ten seconds after its last call. Then the wait has ten more.
      await until(() => !isHubAwake(), 18);
      leave(socket);
      await until(() => left().every((count) => count === 0), 5);
      await post("waiting", 1);
      const { messages } = (await send("GET", "waiting/stats")) as { readonly messages: { readonly free: number } };
      assert.equal(messages.free, 1);
      await send("DELETE", "waiting");
    });
  }
});
