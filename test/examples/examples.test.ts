/** The programs, run as the README of the examples says, with the service that `npm start` starts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { Sukkal } from "sukkal/client";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { hasModule } from "../clients/python.ts";
import { Doorway } from "./doorway.ts";
import { Example } from "./example.ts";

const scratch = makeScratch("examples");
let server: Server;
let sukkal: Sukkal;

before(async () => {
  server = await Server.start({ dataDir: scratch.path, environment: { ALLOW_PRIVATE_SUBSCRIBERS: "true" } });
  sukkal = new Sukkal({ url: server.url, project: "demo" });
});

after(async () => {
  await server.stop();
  scratch.remove();
});

function run(file: string, environment: Readonly<Record<string, string>> = {}): Example {
  return new Example(file, { SUKKAL_URL: server.url, ...environment });
}

/** The messages of a queue. */
async function left(queue: string): Promise<number> {
  return (await sukkal.queue(queue).stats()).total;
}

test("curl: posts two messages, claims one, deletes it", async () => {
  await using jobs = run("curl/jobs.sh");
  const lines = await jobs.end();
  assert.match(lines.join("\n"), /"body":\{"resize": "cat\.png"\}/);
  assert.match(lines.at(-1) ?? "", /"claimed":0,"free":1,"total":1/);
});

test("Node worker: works on what is posted, retries what is no job, and ends on SIGTERM while it waits", async () => {
  const jobs = sukkal.queue("jobs");
  const [first, wrong] = await jobs.postMany([{ resize: "cat.png" }, "plain text"]);
  await using worker = run("node-worker/worker.ts");
  assert.equal(await worker.line(), `resized cat.png (message ${first}, attempt 1)`);
  await worker.complains(new RegExp(`${wrong}: again in 2 s: TypeError: not a job`));
  await jobs.post({ resize: "dog.png" });
  assert.match(await worker.line(), /^resized dog\.png /);
  assert.equal((await jobs.metadata())["_dead_letter_queue"], "jobs-dead");
  await worker.stop();
  assert.equal(await left("jobs"), 1, "only what is to be retried stays");
});

test("WebSocket worker: works on what is posted, connects again, leaves nothing, and ends on SIGTERM while it waits", async () => {
  await using doorway = await Doorway.to(server.port);
  await sukkal.queue("pushed").postMany([{ resize: "cat.png" }, "plain text"]);
  await using worker = run("websocket-worker/worker.mjs", {
    SUKKAL_URL: `http://127.0.0.1:${doorway.port}`,
    QUEUE: "pushed",
  });
  assert.equal(await worker.line(), 'done: {"resize":"cat.png"}');
  assert.equal(await worker.line(), 'done: "plain text"');
  // It says so before it deletes the message.
  while ((await left("pushed")) > 0);
  await doorway.shut();
  await sukkal.queue("pushed").post(3);
  await doorway.open();
  assert.equal(await worker.line(), "done: 3");
  await sukkal.queue("pushed").post(4);
  assert.equal(await worker.line(), "done: 4");
  await worker.stop();
  assert.equal(await left("pushed"), 0);
});

test("webhook receiver: takes a signed notification once, and refuses a forged one", async () => {
  const hooked = sukkal.queue("hooked");
  // The port must be known before the secret, so the receiver gets one that was free a moment ago.
  const port = await freePort();
  const subscriber = `http://127.0.0.1:${port}/`;
  const id = await hooked.subscriptions.create({ subscriber });
  const secret = await hooked.subscriptions.renewSecret(id);
  await using receiver = run("webhook-receiver/receiver.mjs", { WEBHOOK_SECRET: secret, PORT: String(port) });
  assert.match(await receiver.line(), /^listening/);
  const forged = await fetch(subscriber, { method: "POST", body: "{}" });
  assert.equal(forged.status, 400);
  await hooked.post({ order: 7 });
  const notification = JSON.parse(await receiver.line()) as { readonly body: unknown };
  assert.deepEqual(notification.body, { order: 7 });
  await receiver.stop();
});

test("python-zaqarclient: posts, claims, deletes", async () => {
  assert.ok(hasModule("zaqarclient"), "apt-get install python3-zaqarclient");
  await using jobs = run("python-client/jobs.py");
  assert.deepEqual(await jobs.end(), ["done: cat.png", "done: dog.png", "left: 0"]);
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
