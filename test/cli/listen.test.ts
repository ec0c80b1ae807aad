/** `sukkal listen` against a service, and receivers that answer, refuse, are silent, gone, or not there. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { verifyWebhook } from "sukkal/webhooks";
import { toNotification } from "../../packages/sukkal/src/cli/webhooks/notification.ts";
import type { QueueName } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { toSeconds } from "../../src/domain/time.ts";
import { encodeNotification } from "../../src/wire/notifications.ts";
import type { Outcome, RunOptions } from "./command-line.ts";
import { startRecorder, type Recorded, type Recorder } from "./recorder.ts";
import { linesOf, serviceOfTests } from "./service.ts";

const { sukkal, client } = serviceOfTests();
const SECRET = `whsec_${"A".repeat(32)}`;

async function receiver(t: TestContext, statusOf: (request: Recorded) => number | null): Promise<Recorder> {
  const recorder = await startRecorder((request) => {
    const status = statusOf(request);
    return status === null ? null : { status, body: status === 204 ? undefined : "why not" };
  });
  t.after(() => recorder[Symbol.asyncDispose]());
  return recorder;
}

interface Listening {
  /** Presses Ctrl-C, and returns how the command has ended. */
  readonly stop: () => Promise<Outcome>;
  readonly ended: Promise<Outcome>;
}

function listen(queue: string, to: string, words: readonly string[] = [], options: RunOptions = {}): Listening {
  const ending = new AbortController();
  const ended = sukkal(["listen", queue, "--forward-to", to, ...words], { ...options, signal: ending.signal });
  const stop = (): Promise<Outcome> => {
    ending.abort("interrupted");
    return ended;
  };
  return { ended, stop };
}

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let polls = 0; polls < 400; polls++) {
    if (await isTrue()) return;
    await pause(25);
  }
  assert.fail(`Waited in vain until ${what}.`);
}

async function left(queue: string): Promise<{ readonly total: number; readonly claimed: number }> {
  const { total } = await client().queue(queue).stats();
  let claimed = 0;
  for await (const { claimedUntil } of client().queue(queue).messages({ includeClaimed: true, includeDelayed: true }))
    if (claimedUntil !== null) claimed++;
  return { total, claimed };
}

const BODIES = [
  '{"n":9007199254740993,"f":1.0,"e":[1e5,-0,true,null]}',
  String.raw`"é 😀 \u00e9\/\"\\ \b\f\n\r\t ${"\u007f"} , : { ["`,
  '{ "a" :\n[ { } , [ ] ,\t"b: c, d" ] }',
  '"\ud800 alone"',
  JSON.stringify("x".repeat(100_000)),
];
for (const [index, body] of BODIES.entries()) {
  test(`the body is the service's, byte by byte: ${index + 1}`, () => {
    const sent = encodeNotification({ ttl: toSeconds(300), body: body as JsonText, delay: null }, "jobs" as QueueName);
    assert.equal(toNotification({ ttl: 300, bodyText: body }, { queue: "jobs" }), sent);
  });
}

test("messages arrive in order and signed, and are deleted; Ctrl-C leaves nothing claimed", async (t) => {
  const recorder = await receiver(t, () => 204);
  const ids = linesOf(await sukkal(["post", "taken", '{"n":1}', '{"n":2}', '{"n":3}', "--ttl", "300"]));
  const listening = listen("taken", `${recorder.url}/hook`, ["--secret", "-"], { input: `${SECRET}\n` });
  await until("all have arrived", () => recorder.requests.length === 3);
  await until("all are deleted", async () => (await left("taken")).total === 0);
  const { code, stdout, stderr } = await listening.stop();
  assert.equal(code, 130);
  assert.match(stderr, /^Sending taken to http:.*\n3 messages delivered\. Nothing is left claimed\.\ninterrupted\n$/);
  const lines = stdout.split("\n").slice(0, -1);
  assert.deepEqual(
    lines.map((line) => line.split("\t").toSpliced(4, 1).slice(1)),
    ids.map((id, index) => [id, "1", "delivered 204", "", `{"n":${index + 1}}`]),
  );
  for (const [index, { method, path, headers, body }] of recorder.requests.entries()) {
    assert.deepEqual([method, path, headers["content-type"]], ["POST", "/hook", "application/json"]);
    assert.deepEqual([headers["user-agent"], headers["webhook-hops"]], ["Sukkal", "1"]);
    assert.equal(
      body,
      `{"ttl": 300, "body": {"n": ${index + 1}}, "Message_Type": "Notification", "queue_name": "taken"}`,
    );
    assert.equal((await verifyWebhook(SECRET, { headers, body })).id, ids[index]);
  }
});

test("without a secret one is made and printed", async (t) => {
  const recorder = await receiver(t, () => 204);
  await sukkal(["post", "unsigned", "1"]);
  const listening = listen("unsigned", recorder.url);
  await until("it has arrived", () => recorder.requests.length === 1);
  const secret = /Signed with the secret (whsec_\S+)\n/.exec((await listening.stop()).stderr)?.[1] ?? "";
  const [request] = recorder.requests;
  assert.ok(request !== undefined);
  await verifyWebhook(secret, request);
});

test("after a 500 a message comes again, with the same id and a fresh signature", async (t) => {
  const recorder = await receiver(t, () => (recorder.requests.length === 1 ? 500 : 204));
  await sukkal(["post", "repeated", "1"]);
  const listening = listen("repeated", recorder.url, ["--json", "--secret", SECRET]);
  await until("it has arrived", () => recorder.requests.length === 2);
  await until("it is deleted", async () => (await left("repeated")).total === 0);
  const { stdout, stderr } = await listening.stop();
  assert.match(stderr, /warning: Other users can see the secret/);
  const documents = linesOf({ stdout }).map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    documents.map(({ attempt, outcome, status, retry_in: again, answer }) => [attempt, outcome, status, again, answer]),
    [
      [1, "refused", 500, 2, '"why not"'],
      [2, "delivered", 204, null, null],
    ],
  );
  const [first, second] = recorder.requests.map(({ headers }) => headers["webhook-id"]);
  assert.equal(first, second);
});

test("a receiver that is silent: time-out, and Ctrl-C releases what is in progress", async (t) => {
  const recorder = await receiver(t, () => null);
  await sukkal(["post", "silent", "1", "2"]);
  const listening = listen("silent", recorder.url, ["--timeout", "1s", "--concurrency", "1"]);
  await until("the second has begun", () => recorder.requests.length >= 2);
  const { code, stdout } = await listening.stop();
  assert.equal(code, 130);
  assert.match(stdout, /\ttimeout\t1\d{3}\t2\t1\n/);
  assert.deepEqual(await left("silent"), { total: 2, claimed: 0 });
});

test("a receiver that is not there: the message is released, and comes again", async () => {
  const recorder = await startRecorder(() => null);
  await recorder[Symbol.asyncDispose]();
  await sukkal(["post", "away", "1"]);
  let shown = "";
  const listening = listen("away", recorder.url, [], { terminal: 80, onStdout: (text) => (shown += text) });
  await until("it has failed", () => shown.includes("\n"));
  assert.match(shown, /^✗ \d\d:\d\d:\d\dZ +\d+ ms {2}unreachable ECONNREFUSED, attempt 1, again in 2 s {2}1\n/);
  await listening.stop();
  assert.deepEqual(await left("away"), { total: 1, claimed: 0 });
});

test("410 ends it with a sentence, and the message stays", async (t) => {
  const recorder = await receiver(t, () => 410);
  await sukkal(["post", "gone", "1", "2"]);
  const { code, stderr } = await listen("gone", recorder.url).ended;
  assert.equal(code, 1);
  assert.match(stderr, /error: http:\S+ has answered 410: it wants no more\. 0 messages delivered\./);
  assert.equal(recorder.requests.length, 1);
  assert.deepEqual(await left("gone"), { total: 2, claimed: 0 });
});

test("--concurrency: so many requests at a time", async (t) => {
  const waiting: ServerResponse[] = [];
  let most = 0;
  const server = createServer((request, response) => {
    request.resume();
    most = Math.max(most, waiting.push(response));
    if (waiting.length === 3) for (const each of waiting.splice(0)) each.writeHead(204).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await sukkal(["post", "parallel", "1", "2", "3", "4", "5", "6"]);
  const listening = listen("parallel", url, ["--concurrency", "3"]);
  await until("all are deleted", async () => (await left("parallel")).total === 0);
  await listening.stop();
  assert.equal(most, 3);
});

test("--copy takes nothing: new messages only, or present ones too; a refusal is not repeated", async (t) => {
  const recorder = await receiver(t, ({ body }) => (body.includes('"bad"') ? 422 : 204));
  await sukkal(["post", "copied", '"old"']);
  const all = listen("copied", recorder.url, ["--copy", "--from-start"]);
  await until("the old one has arrived", () => recorder.requests.length === 1);
  let said = "";
  const fresh = listen("copied", `${recorder.url}/fresh`, ["--copy"], { onStderr: (text) => (said += text) });
  const arrived = (path: string): number => recorder.requests.filter((request) => request.path === path).length;
  await until("it follows", () => said.includes("Sending copied"));
  await sukkal(["post", "copied", '"bad"', '"new"']);
  await until("all have arrived", () => arrived("/") === 3 && arrived("/fresh") === 2);
  const { stdout, stderr, code } = await all.stop();
  assert.match(stdout, /\trefused 422\t\d+\t\t"bad"\n/);
  assert.match(stderr, /The messages stay\..*\n2 messages delivered\.\ninterrupted\n$/s);
  assert.equal(code, 130);
  assert.equal((await fresh.stop()).code, 130);
  assert.deepEqual(await left("copied"), { total: 3, claimed: 0 });
  assert.equal((await client().queue("copied").stats()).free, 3);
});

test("--copy: after 5xx there are further attempts, and 410 ends it", async (t) => {
  const recorder = await receiver(t, () => (recorder.requests.length === 1 ? 503 : 410));
  await sukkal(["post", "copied-gone", "1", "2"]);
  const { code, stdout, stderr } = await listen("copied-gone", recorder.url, ["--copy", "--from-start"]).ended;
  assert.match(stdout, /\t1\trefused 503\t\d+\t2\t1\n.*\t2\tgone 410\t\d+\t\t1\n$/);
  assert.match(stderr, /has answered 410/);
  assert.equal(code, 1);
});

test("messages of a topic are sent as they come", async (t) => {
  const recorder = await receiver(t, () => 204);
  await sukkal(["post", "news", "1", "--topic"]);
  const listening = listen("news", recorder.url, ["--topic", "--from-start"]);
  await until("it has arrived", () => recorder.requests.length === 1);
  assert.match(recorder.requests[0]?.body ?? "", /"queue_name": "news"\}$/);
  await listening.stop();
});

test("on a terminal no line is wider than it, and answers have no control characters", async (t) => {
  const recorder = await startRecorder(() => ({ status: 500, body: `\u001b[31m${"x".repeat(2000)}` }));
  t.after(() => recorder[Symbol.asyncDispose]());
  await sukkal(["post", "wide", JSON.stringify("y".repeat(2000))]);
  let shown = "";
  const listening = listen("wide", recorder.url, [], { terminal: 80, onStdout: (text) => (shown += text) });
  await until("it has failed", () => shown.includes("refused 500"));
  const { stdout, stderr } = await listening.stop();
  assert.ok(!(stdout + stderr).includes("\u001b["));
  assert.ok(stdout.split("\n").every((line) => line.length <= 80));
});

const WRONG: readonly (readonly [words: readonly string[], says: RegExp])[] = [
  [["--forward-to", "ftp://127.0.0.1/"], /no address of a receiver/],
  [["--forward-to", "localhost:3000"], /hint: Write it like http/],
  [["--forward-to", "http://user:word@127.0.0.1/"], /no address of a receiver/],
  [["--forward-to", "http://127.0.0.1:1/", "--secret", "whsec_%"], /A secret is `whsec_` and base64/],
  [["--forward-to", "http://127.0.0.1:1/", "--timeout", "0"], /at least 1s/],
  [["--forward-to", "http://127.0.0.1:1/", "--from-start"], /for --copy and --topic/],
  [[], /forward-to/],
];
for (const [words, says] of WRONG) {
  test(`listen ${words.join(" ")}: exit code 2`, async () => {
    const { code, stderr } = await sukkal(["listen", "jobs", ...words]);
    assert.equal(code, 2);
    assert.match(stderr, says);
  });
}

test("a paused queue: a warning, where nothing would be seen", async () => {
  await client()
    .queue("paused")
    .create({ _paused: ["claims"] });
  let shown = "";
  const listening = listen("paused", "http://127.0.0.1:9/", [], { onStderr: (text) => void (shown += text) });
  await until("it says what it does", () => shown.includes("Sending paused"));
  const { stderr } = await listening.stop();
  assert.match(stderr, /^warning: paused is paused for claims\. sukkal queue resume paused ends the pause\.\n/m);
});
