/** `sukkal dev`: a service and a receiver on free ports, with data in a folder of the test. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Sukkal } from "sukkal/client";
import { makeScratch } from "../../bench/scratch.ts";
import type { Ending } from "../../packages/sukkal/src/cli/exit-code.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { sukkal, type Outcome } from "./command-line.ts";

const MAIN = join(ROOT, "packages/sukkal/src/cli/main.ts");

interface Dev {
  readonly url: string;
  readonly receiver: string;
  readonly data: string;
  readonly client: Sukkal;
  /** What the receiver has got so far. */
  readonly received: () => readonly Received[];
  readonly stderr: () => string;
  readonly end: (how?: Ending) => Promise<Outcome>;
  readonly ended: Promise<Outcome>;
}

interface Received {
  readonly queue: string | null;
  readonly id: string;
  readonly proof: string;
  readonly status: number;
  readonly ms: number;
  readonly body: unknown;
}

interface DevOptions {
  readonly words?: readonly string[];
  readonly data?: string;
}

/** Starts `dev`, and ends it after the test. */
async function dev(t: TestContext, { words = [], data }: DevOptions = {}): Promise<Dev> {
  const scratch = makeScratch("dev");
  const folder = data ?? join(scratch.path, "data");
  const ending = new AbortController();
  let stdout = "";
  let stderr = "";
  const line = ["dev", "--server", ROOT, "--port", "0", "--data", folder, "--json", ...words];
  const ended = sukkal(line, {
    env: { ...process.env, SUKKAL_CONFIG: "/dev/null" },
    signal: ending.signal,
    onStdout: (text) => (stdout += text),
    onStderr: (text) => (stderr += text),
  });
  const end = (how: Ending = "interrupted"): Promise<Outcome> => {
    ending.abort(how);
    return ended;
  };
  t.after(async () => {
    await end();
    scratch.remove();
  });
  await Promise.race([until("it has started", () => stderr.includes("Ctrl-C stops both.")), ended]);
  const [, url = "", receiver = ""] = /Service: {2}(\S+) [^]*Receiver: (\S+) /.exec(stderr) ?? [];
  assert.notEqual(url, "", stderr);
  const received = (): readonly Received[] =>
    stdout
      .split("\n")
      .slice(0, -1)
      .map((text) => JSON.parse(text) as Received);
  const client = new Sukkal({ url, project: "demo" });
  return { url, receiver, data: folder, client, received, stderr: () => stderr, end, ended };
}

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let polls = 0; polls < 1200; polls++) {
    if (await isTrue()) return;
    await pause(25);
  }
  assert.fail(`Waited in vain until ${what}.`);
}

/** What docs/CLI.md shows of `dev --fail 50%` before the first notification. */
const [, DOCUMENTED = ""] =
  /\$ sukkal dev --fail 50%\n([^]*?Ctrl-C stops both\.\n)/.exec(readFileSync(join(ROOT, "docs/CLI.md"), "utf8")) ?? [];

/** No pauses between the attempts. */
const AT_ONCE = { _retry_policy: { retries_with_no_delay: 100 } };

test("--fail 50%: every message arrives, verified", async (t) => {
  const { url, client, receiver, received, end, stderr } = await dev(t, { words: ["--fail", "50%"] });
  const documented = DOCUMENTED.replaceAll("http://127.0.0.1:8787", url).replaceAll("http://127.0.0.1:8788/", receiver);
  // The variable is needed for other ports than the default.
  const said = stderr()
    .replace(/ {2}export .*\n/, "")
    .replace(/in \S+data …/, "in ./.sukkal …");
  assert.equal(said, documented);
  const jobs = client.queue("jobs");
  const news = client.topic("news");
  const id = await jobs.subscriptions.create({ subscriber: receiver, options: { ...AT_ONCE, _concurrency: 4 } });
  await news.subscriptions.create({ subscriber: `${receiver}news`, options: AT_ONCE });
  const numbers = Array.from({ length: 40 }, (_, index) => index);
  for (const each of numbers) await jobs.post(each);
  for (const each of numbers) await news.post(each);
  const arrived = (queue: string): Set<unknown> =>
    new Set(received().flatMap((each) => (each.queue === queue && each.status === 204 ? [each.body] : [])));
  await until("all have arrived", () => arrived("jobs").size === 40 && arrived("news").size === 40);
  assert.deepEqual(
    [...arrived("jobs")].toSorted((one, other) => Number(one) - Number(other)),
    numbers,
  );
  const all = received();
  assert.deepEqual(
    all.filter(({ proof }) => proof !== "verified"),
    [],
  );
  const failed = all.filter(({ status }) => status === 500);
  // Of 80 messages; fewer than 20 failures have a probability below 1e-9.
  assert.ok(failed.length >= 20, `${failed.length} have failed`);
  assert.equal(all.length - failed.length, 80);
  await until("the report has all", async () => (await jobs.subscriptions.deliveries(id)).pending === 0);
  const report = await jobs.subscriptions.deliveries(id);
  assert.deepEqual([report.delivered, report.failed], [40, 0]);
  assert.equal(stderr().match(/Made a secret for the subscription/g)?.length, 2);
  const { code } = await end();
  assert.equal(code, 130);
  assert.match(stderr(), /\nStopped\. The data stays in .*\ninterrupted\n$/);
});

test("the data is kept, and what was signed with a former secret comes again", async (t) => {
  const first = await dev(t);
  assert.equal(readFileSync(join(first.data, ".gitignore"), "utf8"), "*\n");
  const subscriber = "http://127.0.0.1:1/";
  const id = await first.client.queue("kept").subscriptions.create({ subscriber });
  await first.client.queue("kept").subscriptions.renewSecret(id);
  assert.equal((await first.end("terminated")).code, 0);
  const second = await dev(t, { data: first.data });
  const { subscriptions } = second.client.queue("kept");
  await subscriptions.update(id, { subscriber: second.receiver });
  await second.client.queue("kept").post({ n: 1 });
  await until("it has arrived", () => second.received().length > 0);
  const [{ proof, status, body } = {}] = second.received();
  assert.deepEqual([proof, status, body], ["verified", 204, { n: 1 }]);
});

test("--status 410 and --slow: the receiver wants no more, after a time", async (t) => {
  const { client, receiver, received, stderr } = await dev(t, { words: ["--status", "410", "--slow", "1s"] });
  assert.match(stderr(), /Its notifications are answered with 410, after 1 s\./);
  const { subscriptions } = client.queue("gone");
  const id = await subscriptions.create({ subscriber: receiver });
  // The first message makes the secret.
  await client.queue("gone").post("a");
  await until("it is gone", async () => (await subscriptions.deliveries(id)).attempts[0]?.outcome === "gone");
  await client.queue("gone").post("b");
  const [answer, ...others] = received();
  assert.ok(answer !== undefined);
  const { status, ms, body } = answer;
  assert.deepEqual([status, body, others], [410, "a", []]);
  assert.ok(ms >= 1000, `${ms} ms`);
});

test("what is forged, of nobody, or no notification is refused, and makes no secret", async (t) => {
  const { client, receiver, received } = await dev(t);
  const { subscriptions } = client.queue("jobs");
  const own = await subscriptions.create({ subscriber: receiver, options: AT_ONCE });
  const foreign = await subscriptions.create({ subscriber: "http://127.0.0.1:1/" });
  await client.queue("jobs").post(1);
  await until("it has arrived", () => received().length === 1);
  const body = '{"ttl": 300, "body": 1, "Message_Type": "Notification", "queue_name": "jobs"}';
  const send = async (id: string, text = body): Promise<number> => {
    const later = String(Math.floor(Date.now() / 1000) + 60);
    const headers = { "webhook-id": id, "webhook-timestamp": later, "webhook-signature": "v1,AAAA" };
    return (await fetch(receiver, { method: "POST", headers, body: text })).status;
  };
  assert.equal(await send(`n1_${own}`), 400);
  assert.equal(await send(`n1_${foreign}`), 400);
  assert.equal(await send("n1_nothing"), 400);
  assert.equal(await send(`n1_${own}`, "no JSON"), 400);
  assert.equal(await send(`n1_${own}`, "x".repeat(9_000_000)), 413);
  assert.equal((await fetch(receiver)).status, 200);
  assert.deepEqual(
    received()
      .slice(1)
      .map(({ proof }) => proof),
    ["signature-wrong", "unknown subscription", "unknown subscription", "no notification"],
  );
});

test("a test of a subscription is answered, though its secret is new", async (t) => {
  const { client, receiver, received } = await dev(t);
  const { subscriptions } = client.queue("tested");
  const id = await subscriptions.create({ subscriber: receiver });
  assert.equal((await subscriptions.test(id)).outcome, "delivered");
  assert.equal((await subscriptions.test(id)).outcome, "delivered");
  await until("both are shown", () => received().length === 2);
  assert.deepEqual(
    received().map(({ proof }) => proof),
    ["new secret", "verified"],
  );
});

test("a developer has no roles, and may see the usage", async (t) => {
  const { client } = await dev(t);
  await client.queue("jobs").post(1);
  assert.equal((await client.usage()).messages.total, 1);
});

test("a service that ends by itself: exit code 1", async (t) => {
  const { data, ended } = await dev(t);
  const pids = ["start.pid", "workerd.pid"].map((name) => Number(readFileSync(join(data, name), "utf8")));
  for (const pid of pids) process.kill(pid, "SIGKILL");
  const { code, stderr } = await ended;
  assert.match(stderr, /error: The service has ended by itself \(SIGKILL\)\./);
  assert.equal(code, 1);
});

test("the service ends too if the command is killed", { timeout: 60_000 }, async (t) => {
  const scratch = makeScratch("dev-killed");
  t.after(() => scratch.remove());
  const data = join(scratch.path, "data");
  const line = ["dev", "--server", ROOT, "--port", "0", "--data", data];
  const command = spawn(process.execPath, ["--conditions=sukkal-source", MAIN, ...line], {
    env: { ...process.env, SUKKAL_CONFIG: "/dev/null" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.after(() => command.kill("SIGKILL"));
  let stderr = "";
  command.stderr.on("data", (chunk) => (stderr += String(chunk)));
  await until("it has started", () => stderr.includes("Ctrl-C stops both."));
  const pids = ["start.pid", "workerd.pid"].map((name) => Number(readFileSync(join(data, name), "utf8")));
  t.after(() => pids.filter(isRunning).forEach((pid) => process.kill(pid, "SIGKILL")));
  command.kill("SIGKILL");
  await until("both have ended", () => !pids.some(isRunning));
  // It was stopped, not killed.
  assert.ok(!existsSync(join(data, "workerd.pid")));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("Ctrl-C during the start: exit code 130", async () => {
  const scratch = makeScratch("dev-start");
  const ending = new AbortController();
  const { code, stderr } = await sukkal(
    ["dev", "--server", ROOT, "--port", "0", "--data", join(scratch.path, "data")],
    {
      env: { ...process.env, SUKKAL_CONFIG: "/dev/null" },
      signal: ending.signal,
      onStderr: () => ending.abort("interrupted"),
    },
  );
  assert.match(stderr, /^Starting the service .*\nStopped/);
  assert.equal(code, 130);
  scratch.remove();
});

for (const what of ["service", "receiver"] as const) {
  test(`a port of the ${what} that is in use: a sentence and exit code 1`, async (t) => {
    const scratch = makeScratch("dev-port");
    const other = createServer();
    await once(other.listen(0, "127.0.0.1"), "listening");
    t.after(() => {
      other.close();
      scratch.remove();
    });
    const port = String((other.address() as AddressInfo).port);
    const ports = what === "service" ? ["--port", port] : ["--port", "0", "--receiver-port", port];
    const { code, stderr } = await sukkal(["dev", "--server", ROOT, "--data", join(scratch.path, "data"), ...ports]);
    assert.match(
      stderr,
      new RegExp(`^error: Port ${port} for the ${what} is in use by another program\\.\nhint: .*\n$`),
    );
    assert.equal(code, 1);
  });
}

const WRONG: readonly (readonly [words: readonly string[], says: RegExp])[] = [
  [["--fail", "101%"], /no percentage/],
  [["--fail", "half"], /no percentage/],
  [["--status", "199"], /no status/],
  [["--status", "600"], /no status/],
  [["--url", "http://127.0.0.1:1"], /--url and --context have no meaning/],
  [["--server", "/nowhere"], /no folder of the service/],
];
for (const [words, says] of WRONG) {
  test(`dev ${words.join(" ")}: exit code 2, and nothing is made`, async () => {
    const { code, stderr } = await sukkal(["dev", "--data", "/nowhere/data", ...words]);
    assert.match(stderr, says);
    assert.equal(code, 2);
    assert.equal(existsSync("/nowhere"), false);
  });
}
