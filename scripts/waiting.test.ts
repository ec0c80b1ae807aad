/**
 * Clients that disconnect while they wait or send, over real sockets and on workerd: their messages are not lost or leased.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Server } from "../bench/server.ts";

const HEADERS = [
  "Host: sukkal.test",
  "Client-ID: 3381af92-2b9e-11e3-b191-71861300734c",
  "X-Project-ID: shop",
  "Content-Type: application/json",
];
const WAIT = "Prefer: wait=20";
/** Parallel lanes, and rounds in each. */
const [LANES, ROUNDS] = [4, 5];
/** The time until the message of a disconnected client is free again. */
const FREE_MS_MAX = 300;
/** Time for a request to arrive and begin to wait: far longer than on an idle machine. */
const ARRIVAL_MS = 100;
/** CLAIM_ANSWER_PAUSE of the second service: the last byte of an answer to a waiting claim is held back this long. */
const LONG_PAUSE_MS = 1000;
/** MAX_BYTES_IN_FLIGHT of the second service, and the size of a body of which six exceed it. */
const [IN_FLIGHT_BYTES, BODY_BYTES] = [1_048_576, 200_000];
/** The number of connections that are reset with half a body. The runtime ended one in ten between two steps. */
const RESETS = 200;

const folder = mkdtempSync(join(tmpdir(), "sukkal-waiting-"));
let service: Server;
let hesitant: Server;
let queues = 0;

before(async () => {
  service = await Server.start({ dataDir: join(folder, "data") });
  const environment = {
    CLAIM_ANSWER_PAUSE: String(LONG_PAUSE_MS),
    MAX_WAITING_CLAIMS: "1",
    MAX_BYTES_IN_FLIGHT: String(IN_FLIGHT_BYTES),
  };
  hesitant = await Server.start({ dataDir: join(folder, "hesitant"), environment });
});

after(async () => {
  await service.stop();
  await hesitant.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A message may be claimed once. A second claim would move it to the dead-letter queue. */
const ONCE = { _max_claim_count: 1, _dead_letter_queue: "dead" };

describe("the next message is free again when the client that waited for it", () => {
  test("has closed its connection", () => giveBack(service.port, (socket) => void socket.destroy()));
  test("has reset its connection", () => giveBack(service.port, (socket) => void socket.resetAndDestroy()));
  test("has closed its connection to a proxy in between", { skip: nginxIsMissing() }, async () => {
    const proxy = await startNginx();
    try {
      await giveBack(proxy.port, (socket) => void socket.destroy());
    } finally {
      await proxy.stop();
    }
  });
});

async function giveBack(port: number, leave: (socket: Socket) => void): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) await giveBackOnce(port, leave);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function giveBackOnce(port: number, leave: (socket: Socket) => void): Promise<void> {
  const queue = await newQueue(service, ONCE);
  const waiting = new Connection(port);
  waiting.send("POST", `${queue}/claims`, { headers: [WAIT] });
  await sleep(ARRIVAL_MS);
  leave(waiting.socket);
  await post(service, queue);
  await isFree(service, queue);
  const next = await ask(service.port, "POST", `${queue}/claims`);
  assert.equal(next.status, 201, "it was not counted as claimed");
  assert.equal(await ask(service.port, "DELETE", next.location).then(({ status }) => status), 204);
}

describe("a client that waits and stays gets the whole answer and keeps the claim:", () => {
  for (const [name, version, halfClose] of [
    ["one that keeps its connection", "1.1", false],
    ["one of HTTP/1.0", "1.0", false],
    ["one that has closed its sending side", "1.1", true],
  ] as const) {
    test(name, async () => {
      const queue = await newQueue(service, ONCE);
      const waiting = new Connection(service.port);
      for (let round = 0; round < (halfClose || version === "1.0" ? 1 : 3); round++) {
        waiting.send("POST", `${queue}/claims`, { version, headers: [WAIT] });
        if (halfClose) waiting.socket.end();
        await sleep(ARRIVAL_MS);
        await post(service, queue);
        const answer = await waiting.answer();
        assert.equal(answer.status, 201);
        assert.equal(answer.length, Buffer.byteLength(answer.body));
        assert.equal(bodyIn(answer), "hello");
        await sleep(FREE_MS_MAX);
        assert.equal((await ask(service.port, "GET", answer.location)).status, 200, "the claim is alive");
      }
      waiting.socket.destroy();
    });
  }
});

describe("an answer that is held back", () => {
  test("lacks only its last byte, and a client that disconnects then has claimed nothing", async () => {
    const queue = await newQueue(hesitant, ONCE);
    const waiting = new Connection(hesitant.port);
    waiting.send("POST", `${queue}/claims`, { headers: [WAIT] });
    await sleep(ARRIVAL_MS);
    await post(hesitant, queue);
    const partial = await waiting.answer({ missing: 1 });
    assert.equal((await ask(hesitant.port, "GET", partial.location)).status, 200);
    waiting.socket.resetAndDestroy();
    await isFree(hesitant, queue);
    assert.equal((await ask(hesitant.port, "GET", partial.location)).status, 404);
    const next = await ask(hesitant.port, "POST", `${queue}/claims`);
    await sleep(LONG_PAUSE_MS + FREE_MS_MAX);
    assert.equal((await ask(hesitant.port, "GET", next.location)).status, 200, "the next claim stays");
  });

  test("is the answer to a claim that has waited, not to one that found a message at once", async () => {
    const queue = await newQueue(hesitant, {});
    await post(hesitant, queue);
    const start = performance.now();
    const answer = await ask(hesitant.port, "POST", `${queue}/claims`, { headers: [WAIT] });
    assert.equal(answer.status, 201);
    assert.ok(performance.now() - start < LONG_PAUSE_MS / 2);
  });
});

test("a wait whose connection was reset does not count against MAX_WAITING_CLAIMS", async () => {
  const queue = await newQueue(hesitant, {});
  const first = new Connection(hesitant.port);
  first.send("POST", `${queue}/claims`, { headers: [WAIT] });
  await sleep(ARRIVAL_MS);
  const refused = await ask(hesitant.port, "POST", `${queue}/claims`, { headers: [WAIT] });
  assert.equal(refused.applied, "", "there is one place");
  first.socket.resetAndDestroy();
  await sleep(FREE_MS_MAX);
  const second = await ask(hesitant.port, "POST", `${queue}/claims`, { headers: ["Prefer: wait=1"] });
  assert.equal(second.applied, "wait=1");
});

test("a body whose connection was reset does not count as in flight", async () => {
  const queue = await newQueue(hesitant, {});
  const head = [`POST ${queue}/messages HTTP/1.1`, ...HEADERS, `Content-Length: ${BODY_BYTES + 1}`].join("\r\n");
  for (let round = 0; round < RESETS; round++) {
    const half = new Connection(hesitant.port);
    await once(half.socket, "connect");
    half.socket.write(`${head}\r\n\r\n${" ".repeat(BODY_BYTES)}`);
    // So that the reset comes at different steps of the request.
    await sleep(round % 5);
    half.socket.resetAndDestroy();
  }
  await sleep(FREE_MS_MAX);
  assert.equal((await ask(hesitant.port, "GET", `${queue}/messages`)).status, 200);
});

async function newQueue({ port }: Server, metadata: object): Promise<string> {
  const queue = `/v2/queues/q${++queues}`;
  assert.equal((await ask(port, "PUT", queue, { body: metadata })).status, 201);
  return queue;
}

async function post({ port }: Server, queue: string): Promise<void> {
  const body = { messages: [{ body: "hello", ttl: 3600 }] };
  assert.equal((await ask(port, "POST", `${queue}/messages`, { body })).status, 201);
}

/** Asserts that the message is free after FREE_MS_MAX. */
async function isFree({ port }: Server, queue: string): Promise<void> {
  const look = async (): Promise<boolean> => (await ask(port, "GET", `${queue}/stats`)).body.includes('"free":1');
  // After this time a wait that had not ended would have claimed the message.
  await sleep(FREE_MS_MAX);
  assert.ok(await look(), `the message is not free after ${FREE_MS_MAX} ms`);
}

interface Request {
  readonly version?: "1.0" | "1.1";
  readonly headers?: readonly string[];
  readonly body?: object;
}

interface Answer {
  readonly status: number;
  readonly location: string;
  /** The header Preference-Applied. */
  readonly applied: string;
  /** The header Content-Length. */
  readonly length: number;
  readonly body: string;
}

function bodyIn(answer: Answer): unknown {
  const { messages } = JSON.parse(answer.body) as { readonly messages: readonly { readonly body: unknown }[] };
  return messages[0]?.body;
}

async function ask(port: number, method: string, path: string, request: Request = {}): Promise<Answer> {
  const connection = new Connection(port);
  connection.send(method, path, request);
  const answer = await connection.answer();
  connection.socket.destroy();
  return answer;
}

class Connection {
  readonly socket: Socket;
  private text = "";

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    this.socket.setEncoding("utf8");
    this.socket.on("data", (chunk: string) => (this.text += chunk));
    this.socket.on("error", () => {});
  }

  send(method: string, path: string, { version = "1.1", headers = [], body = {} }: Request): void {
    const bytes = JSON.stringify(body);
    const lines = [`${method} ${path} HTTP/${version}`, ...HEADERS, ...headers, `Content-Length: ${bytes.length}`];
    this.socket.write(`${lines.join("\r\n")}\r\n\r\n${bytes}`);
  }

  /** The next answer, as soon as all but `missing` bytes of its body have arrived. */
  async answer({ missing = 0 } = {}): Promise<Answer> {
    for (;;) {
      const [head = "", ...rest] = this.text.split("\r\n\r\n");
      const body = rest.join("\r\n\r\n");
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      if (rest.length > 0 && body.length >= length - missing) {
        this.text = body.slice(length);
        const field = (name: string): string => new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1]?.trim() ?? "";
        const [location, applied] = [field("location"), field("preference-applied")];
        return { status: Number(head.split(" ")[1]), location, applied, length, body: body.slice(0, length) };
      }
      await once(this.socket, "data");
    }
  }
}

function nginxIsMissing(): string | false {
  return spawnSync("nginx", ["-v"]).error === undefined ? false : "nginx is not installed";
}

/** Starts nginx with its defaults as a proxy in front of the service. */
async function startNginx(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const port = await freePort();
  const home = join(folder, "nginx");
  mkdirSync(home);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((of) => `${of}_temp_path ${home}/${of};`);
  const server = `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${service.port}; } }`;
  const http = `http { access_log off; ${temporary.join(" ")} ${server} }`;
  const main = `daemon off; master_process off; pid ${home}/pid; error_log ${home}/error.log; events {}`;
  writeFileSync(join(home, "nginx.conf"), `${main} ${http}\n`);
  const nginx: ChildProcess = spawn("nginx", ["-p", home, "-c", join(home, "nginx.conf")], { stdio: "ignore" });
  const ended = once(nginx, "exit");
  for (let look = 0; look < 100 && !(await isListening(port)); look++) await sleep(20);
  const stop = async (): Promise<void> => {
    nginx.kill("SIGKILL");
    await ended;
  };
  return { port, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return await new Promise((resolve) => {
    socket.on("connect", () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });
}
