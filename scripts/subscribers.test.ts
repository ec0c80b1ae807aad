/** Subscribers other than external webhooks, with `npm start`: mailboxes, and queues of the service itself. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import { Server } from "../bench/server.ts";
import { HOPS_MAX } from "../src/domain/hops.ts";

/** The name does not resolve, so a delivery to it succeeds only inside the service. */
const PUBLIC_URL = "http://sukkal.test:8080/messaging";
const PROJECT = "shop";
const CLIENT = "3381af92-2b9e-11e3-b191-71861300734c";
const PATIENCE_MS = 10_000;

interface Mail {
  readonly from: string;
  readonly to: string;
  readonly lines: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), "sukkal-subscribers-"));
const mails: Mail[] = [];
let service: Server | null = null;

const mailServer = new SMTPServer({
  logger: false,
  disabledCommands: ["STARTTLS"],
  allowInsecureAuth: true,
  onAuth: ({ username, password }, _session, callback) => {
    const isKnown = username === "sukkal" && password === "secret";
    callback(isKnown ? null : new Error("unknown"), { user: "sukkal" });
  },
  onData(stream, { envelope }, callback) {
    let text = "";
    stream.on("data", (chunk) => (text += String(chunk)));
    stream.on("end", () => {
      const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
      mails.push({ from, to: envelope.rcptTo[0]?.address ?? "", lines: text.split("\r\n") });
      callback();
    });
  },
});

before(async () => {
  const listening = mailServer.listen(0, "127.0.0.1");
  await new Promise((resolve) => listening.once("listening", resolve));
  const { port } = listening.address() as AddressInfo;
  const environment = {
    PUBLIC_URL,
    SMTP_URL: `smtp://sukkal:secret@127.0.0.1:${port}`,
    MAIL_FROM: "queues@shop.test",
    REQUIRE_CONFIRMATION: "true",
    EXTERNAL_CONFIRMATION_URL: "https://confirm.shop.test/",
    SIGNED_URL_SECRET_KEY: "a signing key of thirty-two bytes",
  };
  service = await Server.start({ dataDir: join(folder, "data"), environment });
});

after(async () => {
  await service?.stop();
  mailServer.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a mailbox gets a confirmation request, confirms, and then gets the messages", async () => {
  await subscribe("orders", { subscriber: "mailto:ops@shop.test?subject=Orders" });
  const question = await mailOf(0);
  assert.deepEqual([question.from, question.to], ["queues@shop.test", "ops@shop.test"]);
  const link = new URL(question.lines.find((line) => line.startsWith("https://confirm.shop.test/?")) ?? "");
  assert.equal(link.searchParams.get("Queue"), "orders");
  const value = (name: string): string => link.searchParams.get(name) ?? "";
  assert.equal(value("Url"), PUBLIC_URL + value("Paths"));
  await confirm({
    "URL-Signature": value("Signature"),
    "URL-Methods": value("Methods"),
    "URL-Paths": value("Paths"),
    "URL-Expires": value("Expires"),
    "X-Project-ID": value("Project"),
  });

  await post("orders", { n: 1 });
  const { lines } = await mailOf(1);
  assert.ok(lines.includes("Subject: Orders"));
  const document = '{"ttl": 300, "body": {"n": 1}, "Message_Type": "Notification", "queue_name": "orders"}';
  assert.deepEqual(lines.slice(lines.indexOf("")), ["", document, ""]);
});

test("a queue of the service can be a subscriber, and is called inside the service", async () => {
  await subscribe("parcels", {
    subscriber: `${PUBLIC_URL}/v2/queues/copies/messages`,
    options: {
      post_data: '{"messages": [{"body": "$zaqar_message$", "ttl": 300}]}',
      post_headers: { "Client-ID": CLIENT, "X-Project-ID": PROJECT },
    },
  });
  const [question] = await bodiesOf("copies", 1);
  await confirm(question as Readonly<Record<string, string>>);
  await post("parcels", "a");
  const [, copy] = await bodiesOf("copies", 2);
  assert.deepEqual(copy, { ttl: 300, body: "a", Message_Type: "Notification", queue_name: "parcels" });
});

test("a delivery cannot reach queues of another project, whatever its headers are", async () => {
  const id = await subscribe("forgeries", {
    subscriber: `${PUBLIC_URL}/v2/queues/taken/messages`,
    options: {
      post_data: '{"messages": [{"body": "forged", "ttl": 300}]}',
      post_headers: { "Client-ID": CLIENT, "X-Project-ID": "bank", "X-Roles": "admin" },
    },
  });
  await call("PUT", `/v2/queues/forgeries/subscriptions/${id}/confirm`, { confirmed: true });
  await post("forgeries", "a");
  assert.deepEqual(await statusesOf("forgeries", id), [403, 403]);
  const { messages } = (await call("GET", "/v2/queues/taken/messages", undefined, { "X-Project-ID": "bank" })) as Page;
  assert.deepEqual(messages, []);
});

test("a delivery inside the service can only post messages: a redrive could repeat for ever", async () => {
  const id = await subscribe("rounds", {
    subscriber: `${PUBLIC_URL}/v2/queues/rounds/redrive`,
    options: {
      post_data: '{"target": "back"}',
      post_headers: { "Client-ID": CLIENT, "X-Project-ID": PROJECT },
    },
  });
  await call("PUT", `/v2/queues/rounds/subscriptions/${id}/confirm`, { confirmed: true });
  await post("rounds", "a");
  assert.deepEqual(await statusesOf("rounds", id), [403, 403]);
});

test("queues that notify each other stop after a bounded number of hops", async () => {
  for (const [from, to] of [
    ["ping", "pong"],
    ["pong", "ping"],
  ] as const) {
    await subscribe(from, {
      subscriber: `${PUBLIC_URL}/v2/queues/${to}/messages`,
      options: {
        post_data: '{"messages": [{"body": "again", "ttl": 300}]}',
        post_headers: { "Client-ID": CLIENT, "X-Project-ID": PROJECT },
      },
    });
    const { subscriptions } = (await call("GET", `/v2/queues/${from}/subscriptions`)) as Subscriptions;
    await call("PUT", `/v2/queues/${from}/subscriptions/${subscriptions[0]?.id}/confirm`, { confirmed: true });
  }
  // The confirmation requests were posted to the queues too, and are purged here.
  await call("POST", "/v2/queues/ping/purge", { resource_types: ["messages"] });
  await call("POST", "/v2/queues/pong/purge", { resource_types: ["messages"] });
  await post("ping", "first");
  assert.deepEqual(await bodiesOf("ping", 3), ["first", "again", "again"]);
  assert.deepEqual(await bodiesOf("pong", 3), ["again", "again", "again"]);
  await sleep(500);
  assert.equal((await bodiesOf("ping", 3)).length + (await bodiesOf("pong", 3)).length, 1 + HOPS_MAX);
});

interface Subscriptions {
  readonly subscriptions: readonly { readonly id: string }[];
}

interface Page {
  readonly messages: readonly { readonly body: unknown }[];
}

async function call(method: string, path: string, body?: unknown, headers: object = {}): Promise<unknown> {
  const response = await fetch(`${service?.url}${path}`, {
    method,
    headers: { "Client-ID": CLIENT, "X-Project-ID": PROJECT, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

async function subscribe(queue: string, body: object): Promise<string> {
  const answer = await call("POST", `/v2/queues/${queue}/subscriptions`, body);
  return (answer as { readonly subscription_id: string }).subscription_id;
}

async function post(queue: string, body: unknown): Promise<void> {
  await call("POST", `/v2/queues/${queue}/messages`, { messages: [{ body, ttl: 300 }] });
}

/** Confirms as a subscriber does, with the data of the confirmation request. */
async function confirm(sent: Readonly<Record<string, string>>): Promise<void> {
  const names = ["URL-Signature", "URL-Methods", "URL-Paths", "URL-Expires", "X-Project-ID"];
  const headers = Object.fromEntries(names.map((name) => [name, sent[name] ?? ""]));
  await call("PUT", sent["URL-Paths"] ?? "", { confirmed: true }, headers);
}

async function mailOf(index: number): Promise<Mail> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 20) {
    const mail = mails[index];
    if (mail !== undefined) return mail;
    await sleep(20);
  }
  throw new Error("The mail did not arrive.");
}

/** The messages of a queue, as soon as it has `count`. */
async function bodiesOf(queue: string, count: number): Promise<readonly unknown[]> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 20) {
    const page = await call("GET", `/v2/queues/${queue}/messages?echo=true`);
    const { messages } = page as Page;
    if (messages.length >= count) return messages.map(({ body }) => body);
    await sleep(20);
  }
  throw new Error("The messages did not arrive.");
}

/** The statuses of a subscription's attempts, as soon as there are two: the confirmation request and a message. */
async function statusesOf(queue: string, subscription: string): Promise<readonly unknown[]> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 20) {
    const report = await call("GET", `/v2/queues/${queue}/subscriptions/${subscription}/deliveries`);
    const { attempts } = report as { readonly attempts: readonly { readonly status: unknown }[] };
    if (attempts.length >= 2) return attempts.map(({ status }) => status);
    await sleep(20);
  }
  throw new Error("Nothing was attempted.");
}
