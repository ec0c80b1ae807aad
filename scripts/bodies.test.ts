/** Request bodies byte by byte, over real sockets and on workerd. The service takes the announced bytes and no others. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Server } from "../bench/server.ts";

const HEADERS = [
  "Host: sukkal.test",
  "Client-ID: 3381af92-2b9e-11e3-b191-71861300734c",
  "X-Project-ID: shop",
  "Content-Type: application/json",
];
const BODY = '{"messages":[{"body":"hello"}]}';
/** Bodies up to this size are read by another call than larger ones. */
const SMALL_MAX = 16_384;
/** Time in which all that was sent has arrived. */
const ARRIVAL_MS = 50;
const ANSWER_MS_MAX = 10_000;

const folder = mkdtempSync(join(tmpdir(), "sukkal-bodies-"));
let service: Server;
let queues = 0;

before(async () => {
  service = await Server.start({ dataDir: join(folder, "data"), environment: { MAX_BODY_WAIT: "1" } });
});

after(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The head of a post. */
function post(queue: string, ...more: readonly string[]): string {
  return [`POST /v2/queues/${queue}/messages HTTP/1.1`, ...HEADERS, ...more, "", ""].join("\r\n");
}

function announced(bytes: number): string {
  return `Content-Length: ${bytes}`;
}

function freshQueue(): string {
  return `bodies-${queues++}`;
}

/** Sends the pieces one after the other, and resolves with the statuses of so many answers, or of those before the end. */
async function send(pieces: readonly string[], answers = 1): Promise<readonly string[]> {
  const socket = connect(service.port, "127.0.0.1");
  let text = "";
  const statuses = (): string[] => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].flatMap(([, status = ""]) => status);
  const done = new Promise<void>((resolve, reject) => {
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (statuses().length >= answers) resolve();
    });
    socket.on("close", () => resolve());
    socket.on("error", reject);
    socket.setTimeout(ANSWER_MS_MAX, () => reject(new Error(`${statuses().length} of ${answers} answers`)));
  });
  try {
    for (const piece of pieces) {
      await written(socket, piece);
      await sleep(5);
    }
    await done;
    return statuses();
  } finally {
    socket.destroy();
  }
}

function written(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => socket.write(text, (error) => (error ? reject(error) : resolve())));
}

async function bodiesIn(queue: string): Promise<readonly unknown[]> {
  const headers = { "Client-ID": "3381af92-2b9e-11e3-b191-71861300734c", "X-Project-ID": "shop" };
  const response = await fetch(`${service.url}/v2/queues/${queue}/messages?echo=true&limit=20`, { headers });
  if (response.status === 404) return [];
  return ((await response.json()) as { messages: readonly { body: unknown }[] }).messages.map(({ body }) => body);
}

/** A post of exactly so many bytes. */
function postOf(bytes: number): string {
  const empty = '{"messages":[{"body":""}]}';
  return empty.replace('""', `"${"x".repeat(bytes - empty.length)}"`);
}

test("a body that arrives in pieces is whole", async () => {
  const queue = freshQueue();
  const pieces = [post(queue, announced(BODY.length)), BODY.slice(0, 1), BODY.slice(1, 20), BODY.slice(20)];
  assert.deepEqual(await send(pieces), ["201"]);
  assert.deepEqual(await bodiesIn(queue), ["hello"]);
});

for (const bytes of [SMALL_MAX - 1, SMALL_MAX, SMALL_MAX + 1]) {
  test(`a body of ${bytes} bytes is whole`, async () => {
    const queue = freshQueue();
    assert.deepEqual(await send([post(queue, announced(bytes)), postOf(bytes)]), ["201"]);
    assert.equal(JSON.stringify({ messages: [{ body: (await bodiesIn(queue))[0] }] }).length, bytes);
  });
}

test("bytes beyond the announced ones are the next request", async () => {
  const queue = freshQueue();
  const one = post(queue, announced(BODY.length)) + BODY;
  assert.deepEqual(await send([one + one + one], 3), ["201", "201", "201"]);
  assert.deepEqual(await bodiesIn(queue), ["hello", "hello", "hello"]);
});

test("bytes beyond the announced ones that are no request change nothing", async () => {
  const queue = freshQueue();
  const sent = `${post(queue, announced(BODY.length))}${BODY}${BODY.repeat(1000)}`;
  assert.deepEqual(await send([sent], 2), ["201", "400"]);
  assert.deepEqual(await bodiesIn(queue), ["hello"]);
});

for (const [name, bytes] of [
  ["small", BODY.length + 1],
  ["large", SMALL_MAX + BODY.length],
] as const) {
  for (const [ends, end] of [
    ["ended", (socket: Socket) => socket.end()],
    ["reset", (socket: Socket) => socket.resetAndDestroy()],
  ] as const) {
    test(`a ${name} body that is ${ends} before its announced end is not posted`, async () => {
      const queue = freshQueue();
      const socket = connect(service.port, "127.0.0.1").on("error", () => undefined);
      // The rest would be the blanks that JSON allows at its end.
      await written(socket, post(queue, announced(bytes)) + BODY.padEnd(bytes - 1));
      await sleep(ARRIVAL_MS);
      end(socket);
      await sleep(ARRIVAL_MS);
      assert.deepEqual(await bodiesIn(queue), []);
      socket.destroy();
    });
  }
  test(`a ${name} body that does not end is answered 408`, async () => {
    const queue = freshQueue();
    const sent = post(queue, announced(bytes)) + BODY.padEnd(bytes - 1);
    assert.deepEqual(await send([sent]), ["408"]);
    assert.deepEqual(await bodiesIn(queue), []);
  });
}

test("a length beside chunks is refused, or the chunks count", async () => {
  const queue = freshQueue();
  const chunk = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
  const statuses = await send([post(queue, "Transfer-Encoding: chunked", announced(4)) + chunk], 2);
  const stored = await bodiesIn(queue);
  // In no case is what follows four bytes a request of its own.
  assert.ok(
    (statuses[0] === "201" && stored.length === 1) || (statuses[0]?.startsWith("4") === true && stored.length === 0),
    `${statuses.join()}: ${stored.length} messages`,
  );
});

for (const length of ["-1", "+31", "31, 31", "0x1f", "31 31", "", "99999999999999999999"]) {
  test(`a Content-Length of ${JSON.stringify(length)} stores nothing`, async () => {
    const queue = freshQueue();
    const [status = "closed"] = await send([post(queue, `Content-Length: ${length}`) + BODY]);
    assert.match(status, /^4|closed/);
    assert.deepEqual(await bodiesIn(queue), []);
  });
}
