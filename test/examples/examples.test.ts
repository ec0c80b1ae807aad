/** Every example, run as its README says, with the service that `npm start` starts. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { endWithThisProcess } from "../../bench/children.ts";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { hasModule, PYTHON } from "../clients/python.ts";
import { Doorway } from "./doorway.ts";

const EXAMPLES = join(ROOT, "examples");
const HEADERS = {
  "Client-ID": "3381af92-2b9e-11e3-b191-71861300734c",
  "X-Project-ID": "demo",
  "Content-Type": "application/json",
};

const scratch = makeScratch("examples");
let server: Server;

before(async () => {
  server = await Server.start({ dataDir: scratch.path, environment: { ALLOW_PRIVATE_SUBSCRIBERS: "true" } });
});

after(async () => {
  await server.stop();
  scratch.remove();
});

/** A running example and its output. */
class Example {
  readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  constructor(command: string, file: string, environment: Readonly<Record<string, string>> = {}) {
    this.child = spawn(command, [join(EXAMPLES, file)], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", SUKKAL_URL: server.url, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.child.once(
      "exit",
      endWithThisProcess(() => this.child.kill("SIGKILL")),
    );
    assert.ok(this.child.stdout);
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async line(): Promise<string | null> {
    const { done, value } = await this.lines.next();
    return done === true ? null : value;
  }

  /** The rest of its output, and its exit code. */
  async end(): Promise<{ readonly lines: readonly string[]; readonly code: number | null }> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== null; line = await this.line()) lines.push(line);
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    return { lines, code: this.child.exitCode };
  }
}

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(server.url + path, { method, headers: HEADERS, body: JSON.stringify(body) ?? null });
  assert.ok(response.ok, `${method} ${path} is ${response.status}: ${await response.clone().text()}`);
  return response.status === 204 ? null : response.json();
}

function post(queue: string, ...bodies: readonly unknown[]): Promise<unknown> {
  return ask("POST", `/v2/queues/${queue}/messages`, { messages: bodies.map((body) => ({ body, ttl: 300 })) });
}

/** The messages of a queue. */
async function left(queue: string): Promise<number> {
  const { messages } = (await ask("GET", `/v2/queues/${queue}/stats`)) as {
    readonly messages: { readonly total: number };
  };
  return messages.total;
}

test("curl: posts two messages, claims one, deletes it", async () => {
  const { lines, code } = await new Example("sh", "curl/jobs.sh").end();
  assert.equal(code, 0);
  assert.match(lines.join("\n"), /"body":\{"resize": "cat\.png"\}/);
  assert.match(lines.at(-1) ?? "", /"claimed":0,"free":1,"total":1/);
});

test("Node worker: works on what is posted, leaves nothing, and ends on SIGTERM while it waits", async () => {
  await post("jobs", { resize: "cat.png" }, "plain text");
  const worker = new Example(process.execPath, "node-worker/worker.mjs");
  assert.equal(await worker.line(), 'done: {"resize":"cat.png"}');
  assert.equal(await worker.line(), 'done: "plain text"');
  await post("jobs", 3);
  assert.equal(await worker.line(), "done: 3");
  worker.child.kill("SIGTERM");
  assert.equal((await worker.end()).code, 0);
});

test("WebSocket worker: works on what is posted, connects again, leaves nothing, and ends on SIGTERM while it waits", async () => {
  await using doorway = await Doorway.to(server.port);
  await post("pushed", { resize: "cat.png" }, "plain text");
  const environment = { SUKKAL_URL: `http://127.0.0.1:${doorway.port}`, QUEUE: "pushed" };
  const worker = new Example(process.execPath, "websocket-worker/worker.mjs", environment);
  assert.equal(await worker.line(), 'done: {"resize":"cat.png"}');
  assert.equal(await worker.line(), 'done: "plain text"');
  // It says so before it deletes the message.
  while ((await left("pushed")) > 0);
  await doorway.shut();
  await post("pushed", 3);
  await doorway.open();
  assert.equal(await worker.line(), "done: 3");
  await post("pushed", 4);
  assert.equal(await worker.line(), "done: 4");
  worker.child.kill("SIGTERM");
  assert.equal((await worker.end()).code, 0);
  assert.equal(await left("pushed"), 0);
});

test("webhook receiver: takes a signed notification once, and refuses a forged one", async () => {
  const subscriptions = "/v2/queues/hooked/subscriptions";
  // The port must be known before the secret, so the receiver gets one that was free a moment ago.
  const port = await freePort();
  const subscriber = `http://127.0.0.1:${port}/`;
  const created = await ask("POST", subscriptions, { subscriber, ttl: 3600 });
  const id = String(Reflect.get(created as object, "subscription_id"));
  const { secret } = (await ask("POST", `${subscriptions}/${id}/secret`)) as { readonly secret: string };
  const receiver = new Example(process.execPath, "webhook-receiver/receiver.mjs", {
    WEBHOOK_SECRET: secret,
    PORT: String(port),
  });
  assert.match((await receiver.line()) ?? "", /^listening/);
  const forged = await fetch(subscriber, { method: "POST", body: "{}" });
  assert.equal(forged.status, 400);
  await post("hooked", { order: 7 });
  const notification = JSON.parse((await receiver.line()) ?? "") as { readonly body: unknown };
  assert.deepEqual(notification.body, { order: 7 });
  receiver.child.kill("SIGTERM");
  assert.equal((await receiver.end()).code, 0);
});

test("python-zaqarclient: posts, claims, deletes", async () => {
  assert.ok(hasModule("zaqarclient"), "apt-get install python3-zaqarclient");
  const { lines, code } = await new Example(PYTHON, "python-client/jobs.py").end();
  assert.equal(code, 0);
  assert.deepEqual(lines, ["done: cat.png", "done: dog.png", "left: 0"]);
});

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
