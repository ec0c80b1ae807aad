/** The programs, run as the README of the examples says, with the service that `npm start` starts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Sukkal } from "sukkal/client";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { hasModule } from "../clients/python.ts";
import { Doorway } from "./doorway.ts";
import { Example } from "./example.ts";
import { freePort } from "./free-port.ts";
import { refusesForgeries, takesOnce } from "./receiver.ts";

/** A host that does not resolve: requests to it are made inside the service. */
const PUBLIC_URL = "http://sukkal.test";

const scratch = makeScratch("examples");
let server: Server;
let sukkal: Sukkal;

before(async () => {
  const settings = {
    ALLOW_PRIVATE_SUBSCRIBERS: "true",
    PUBLIC_URL,
    SIGNED_URL_SECRET_KEY: "secret-of-examples".repeat(3),
  };
  server = await Server.start({ dataDir: scratch.path, environment: settings });
  sukkal = new Sukkal({ url: server.url, project: "demo" });
});

after(async () => {
  await server.stop();
  scratch.remove();
});

function run(file: string, environment: Readonly<Record<string, string>> = {}, ...args: readonly string[]): Example {
  return new Example(file, { SUKKAL_URL: server.url, ...environment }, args);
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

test("webhook receiver in Express: takes a signed notification once, and refuses what is not signed", async () => {
  const hooked = sukkal.queue("hooked");
  // The port must be known before the secret, so the receiver gets one that was free a moment ago.
  const port = await freePort();
  const subscriber = `http://127.0.0.1:${port}/`;
  const id = await hooked.subscriptions.create({ subscriber });
  const secret = await hooked.subscriptions.renewSecret(id);
  await using receiver = run("webhook-express/receiver.ts", { WEBHOOK_SECRET: secret, PORT: String(port) });
  assert.equal(await receiver.line(), `listening on port ${port}`);
  await refusesForgeries(subscriber);
  await hooked.post({ order: 7 });
  assert.match(await receiver.line(), /"body":\{"order":7\}/);
  await takesOnce(subscriber, secret);
  assert.deepEqual(await receiver.stop(), ['{"repeated":true}']);
});

test("request and reply: each request gets its reply, and nothing stays", async () => {
  await using responder = run("request-reply/responder.ts");
  // Not waited for: whoever asks first may be the first in the queue.
  await sukkal.queue("requests").post({ correlationId: "1", replyTo: "jobs", square: 2 });
  await responder.complains(/not a queue for replies/);
  await using requester = run("request-reply/requester.ts", {}, "3", "4", "5");
  assert.deepEqual((await requester.end()).toSorted(), ["3² = 9", "4² = 16", "5² = 25"]);
  for await (const { name } of sukkal.queues({ name: "replies-" })) assert.fail(`${name} is left`);
  await responder.stop();
});

test("fan-out: each queue gets what is published, also after the subscriptions are renewed", async () => {
  const publish = async (body: unknown): Promise<void> => {
    await using publisher = run("fan-out/fan-out.ts", { PUBLIC_URL }, JSON.stringify(body));
    assert.match((await publisher.end()).join(), /^published /);
  };
  await publish({ order: 7 });
  await publish({ order: 8 });
  for (const name of ["orders-billing", "orders-shipping"]) {
    const orders: unknown[] = [];
    const consumer = sukkal.queue<{ readonly body: unknown }>(name).consume(({ body }) => {
      orders.push(body.body);
      if (orders.length === 2) void consumer.stop();
    });
    await consumer.stopped;
    assert.deepEqual(orders, [{ order: 7 }, { order: 8 }]);
  }
});

test("a task with progress: a worker goes on after the last step of one that was stopped", async () => {
  await using first = run("progress/worker.ts");
  await using submitter = run("progress/submit.ts", {}, "30");
  const id = (await submitter.line()).replace("task ", "");
  assert.equal(await first.line(), `task ${id} after step 0`);
  assert.equal(await submitter.line(), "1 of 30");
  await first.stop();
  await using second = run("progress/worker.ts");
  assert.match(await second.line(), new RegExp(`^task ${id} after step [1-9]`));
  const steps = await submitter.end();
  assert.deepEqual(
    steps,
    Array.from({ length: 29 }, (_, index) => `${index + 2} of 30`),
  );
  await second.stop();
  assert.equal(await left("tasks"), 0);
  await using watcher = run("progress/submit.ts", {}, "--watch", id);
  assert.equal((await watcher.end()).at(-1), "30 of 30");
});

test("openstacksdk: posts, claims, deletes", async () => {
  assert.ok(hasModule("openstack"), "apt-get install python3-openstacksdk");
  await using jobs = run("openstacksdk/jobs.py");
  assert.deepEqual(await jobs.end(), ["done: cat.png", "done: dog.png", "left: 0"]);
});

test("python-zaqarclient: posts, claims, deletes", async () => {
  assert.ok(hasModule("zaqarclient"), "apt-get install python3-zaqarclient");
  await using jobs = run("python-client/jobs.py");
  assert.deepEqual(await jobs.end(), ["done: cat.png", "done: dog.png", "left: 0"]);
});
