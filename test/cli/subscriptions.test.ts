/** `sukkal sub …` against a service and receivers on loopback. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { verifyWebhook } from "sukkal/webhooks";
import { secondsLeft } from "../../packages/sukkal/src/cli/subscriptions/expiry.ts";
import { startRecorder, type Recorder } from "./recorder.ts";
import { linesOf, serviceOfTests } from "./service.ts";

const { sukkal, client } = serviceOfTests({ ALLOW_PRIVATE_SUBSCRIBERS: "true" });
/** One attempt, and none after it within a test. */
const ONE_ATTEMPT =
  '_retry_policy={"retries_with_no_delay":0,"minimum_delay_retries":0,"minimum_delay":60,"maximum_delay":3600}';

async function receiver(t: TestContext, status: () => number, body?: unknown): Promise<Recorder> {
  const recorder = await startRecorder(() => ({ status: status(), body }));
  t.after(() => recorder[Symbol.asyncDispose]());
  return recorder;
}

async function add(queue: string, subscriber: string, ...words: readonly string[]): Promise<string> {
  const { stdout, code, stderr } = await sukkal(["sub", "add", queue, subscriber, ...words]);
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

/** Waits until a report has so many delivered and failed notifications. */
async function settled(queue: string, id: string, count: number): Promise<void> {
  for (let polls = 0; polls < 200; polls++) {
    const { delivered, failed } = await client().queue(queue).subscriptions.deliveries(id);
    if (delivered + failed >= count) return;
    await pause(50);
  }
  assert.fail("The notifications are still pending.");
}

test("a subscription is added, listed, shown, changed and deleted", async () => {
  const added = await sukkal(["sub", "add", "jobs", "https://shop.example/hook", "--header", "X-Shop: 1"]);
  const id = added.stdout.trim();
  assert.match(id, /^[0-9a-f]{24}$/);
  assert.equal(
    added.stderr,
    `It ends in an hour. To keep it: sukkal sub set jobs ${id} --ttl 365d\nTo try it: sukkal sub test jobs ${id}\n`,
  );
  assert.match(
    (await sukkal(["sub", "list", "jobs"])).stdout,
    new RegExp(`^${id}\t3(600|59\\d)\tfalse\thttps://shop.example/hook\n$`),
  );
  assert.match(
    (await sukkal(["sub", "list", "jobs"], { terminal: 80 })).stdout,
    new RegExp(
      `^ID +ENDS IN {2}CONFIRMED {2}SUBSCRIBER\n${id} +(1 h|59 min \\d+ s) {2}- {10}https://shop.example/hook\n$`,
    ),
  );
  const changed = await sukkal([
    "sub",
    "set",
    "jobs",
    id,
    "--ttl",
    "7d",
    "--concurrency",
    "4",
    "--header",
    "X-Key:b c",
    "--event",
    "depth>1000",
    "--event",
    "message",
  ]);
  assert.equal(changed.stderr, `✓ Subscription ${id} of jobs is changed.\n`);
  await sukkal(["sub", "set", "jobs", id, "--option", "from=me@shop.example", "--unset", "_concurrency"]);
  const { stdout } = await sukkal(["sub", "show", "jobs", id, "--json"]);
  const { ttl, options } = JSON.parse(stdout) as { readonly ttl: number; readonly options: unknown };
  assert.deepEqual(
    [ttl, options],
    [
      604_800,
      { post_headers: { "X-Shop": "1", "X-Key": "b c" }, from: "me@shop.example", _events: ["depth>1000", "message"] },
    ],
  );
  assert.match(
    (await sukkal(["sub", "show", "jobs", id], { terminal: 80 })).stdout,
    /\nttl {9}7 d\nage .*\nends in {5}(7 d|6 d 23 h)\n/,
  );
  assert.equal((await sukkal(["sub", "delete", "jobs", id])).code, 2);
  assert.equal(
    (await sukkal(["sub", "delete", "jobs", id, "--yes"])).stderr,
    `✓ Subscription ${id} of jobs is deleted.\n`,
  );
  const empty = await sukkal(["sub", "list", "jobs"]);
  assert.deepEqual([empty.code, empty.stdout], [0, ""]);
  assert.match(empty.stderr, /jobs has no subscription/);
});

test("what does not exist is exit code 3, and is not created", async () => {
  for (const words of ["list nosuch", "show nosuch x", "delete nosuch x --yes", "test nosuch x", "deliveries nosuch x"])
    assert.equal((await sukkal(["sub", ...words.split(" ")])).code, 3, words);
  for (const words of ["secret nosuch x", "redeliver nosuch x", "confirm nosuch x", "set nosuch x --ttl 1d"])
    assert.equal((await sukkal(["sub", ...words.split(" ")])).code, 3, words);
  assert.equal(await client().queue("nosuch").exists(), false);
});

test("the end of a subscription counts from the last change of its ttl", () => {
  const year = 31_536_000;
  const renewed = { ttl: year, age: year - 60, expires_at: new Date(Date.now() + year * 1000).toISOString() };
  assert.ok(Math.abs(secondsLeft(renewed) - year) <= 1);
  // Of services of older versions.
  assert.equal(secondsLeft({ ttl: 600, age: 100 }), 500);
});

test("subscriptions of topics", async (t) => {
  const recorder = await receiver(t, () => 204);
  const id = await add("news", recorder.url, "--topic", "--ttl", "1d");
  assert.equal(linesOf(await sukkal(["sub", "list", "news", "--topic"])).length, 1);
  assert.equal((await sukkal(["sub", "test", "news", id, "--topic"])).code, 0);
  assert.equal(recorder.requests.length, 1);
});

test("a body of one's own is text, from a file or standard input too", async (t) => {
  const recorder = await receiver(t, () => 204);
  const input = '{"text": "$zaqar_message$"}';
  const { stdout } = await sukkal(["sub", "add", "own", recorder.url, "--post-data", "-"], { input });
  await sukkal(["sub", "test", "own", stdout.trim()]);
  assert.match(recorder.requests[0]?.body ?? "", /^\{"text": \{"body": "A test/);
});

test("a test that does not arrive: exit code 1, the answer, and what helps", async (t) => {
  const recorder = await receiver(t, () => 422, "unknown \u001b[31m order");
  const refused = await sukkal(["sub", "test", "tested", await add("tested", recorder.url)], { terminal: 80 });
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /outcome {2}refused\n.*\nstatus {3}422\n.*\nanswer {3}.*u001b/);
  assert.match(refused.stderr, /error: The test was not delivered: refused 422\.\n$/);
  const blocked = await sukkal(["sub", "test", "tested", await add("tested", "http://127.0.0.1:25/")]);
  assert.match(blocked.stderr, /blocked port\.\nhint: The service never calls this port/);
});

test("deliveries: counts, attempts, failed notifications with reason, answer and exact body, and redelivery", async (t) => {
  let status = 422;
  const recorder = await receiver(t, () => status, "no such order");
  const id = await add("reported", recorder.url);
  const body = '{"n":9007199254740993,"a":1,"a":2}';
  await sukkal(["post", "reported", body, '"second"']);
  await settled("reported", id, 2);
  const report = await sukkal(["sub", "deliveries", "reported", id], { terminal: 80 });
  assert.match(report.stdout, /^delivered {2}0\nfailed {5}2\npending {4}0\n\n *AGE {2}ATTEMPT {2}OUTCOME .*MESSAGE\n/);
  assert.ok(report.stdout.split("\n").every((line) => line.length <= 80));
  assert.match(report.stderr, /sub deliveries reported \w+ --failed/);
  const piped = await sukkal(["sub", "deliveries", "reported", id]);
  assert.equal(linesOf(piped).length, 2);
  assert.match(piped.stderr, /^0 delivered, 2 failed, 0 pending\.\n/);

  const [first = "", second = ""] = linesOf(await sukkal(["sub", "deliveries", "reported", id, "--failed", "--json"]));
  assert.ok(first.endsWith(`"status":422,"answer":"\\"no such order\\"","body":${body}}`));
  const failed = await sukkal(["sub", "deliveries", "reported", id, "--failed"], { terminal: 80 });
  assert.match(
    failed.stdout,
    /\n {2}state {3}refused 422, 1 attempt, .*\n {2}answer {2}"no such order"\n {2}body {4}\{"n"/,
  );

  status = 204;
  const webhookId = (JSON.parse(second) as { readonly id: string }).id;
  const one = await sukkal(["sub", "redeliver", "reported", id, "--id", webhookId]);
  assert.equal(one.stderr, "✓ 1 notification is sent again.\n");
  const unknown = await sukkal(["sub", "redeliver", "reported", id, "--id", "nothing"]);
  assert.equal(unknown.code, 3);
  const rest = await sukkal(["sub", "redeliver", "reported", id, "--since", "1h", "--json"]);
  assert.equal(rest.stdout, '{"redelivered":1}\n');
  await settled("reported", id, 2);
  assert.match((await sukkal(["sub", "redeliver", "reported", id])).stderr, /nothing to send again/);
});

test("pending notifications are shown, and an explanation of what has happened", async () => {
  const recorder = await startRecorder(() => null);
  await recorder[Symbol.asyncDispose]();
  const id = await add("waiting", recorder.url, "--option", ONE_ATTEMPT);
  await sukkal(["post", "waiting", "1"]);
  const attempts = async (): Promise<number> => {
    return (await client().queue("waiting").subscriptions.deliveries(id)).attempts.length;
  };
  while ((await attempts()) === 0) await pause(50);
  const { stderr } = await sukkal(["sub", "deliveries", "waiting", id]);
  assert.match(stderr, /1 pending\.\nunreachable connection: The connection was refused, or broke off/);
  const { stdout } = await sukkal(["sub", "deliveries", "waiting", id, "--pending"], { terminal: 80 });
  assert.match(stdout, /\n {2}state {3}unreachable connection, 1 attempt, .*\n {2}next {4}2.*Z\n {2}body {4}1\n/);
  const [line = ""] = linesOf(await sukkal(["sub", "deliveries", "waiting", id, "--pending"]));
  assert.equal(line.split("\t").length, 8);
});

test("a secret is printed once, and receivers verify with it", async (t) => {
  const recorder = await receiver(t, () => 204);
  const id = await add("signed", recorder.url);
  const { stdout, stderr } = await sukkal(["sub", "secret", "signed", id]);
  const secret = stdout.trim();
  assert.match(stderr, /shown only now/);
  assert.ok(!stderr.includes(secret));
  await sukkal(["sub", "test", "signed", id]);
  const [request] = recorder.requests;
  assert.ok(request !== undefined);
  await verifyWebhook(secret, { headers: request.headers, body: request.body });
});

test("a subscription is confirmed and refused for its subscriber", async () => {
  const id = await add("confirmed", "https://shop.example/hook");
  await sukkal(["sub", "confirm", "confirmed", id]);
  assert.match((await sukkal(["sub", "list", "confirmed"])).stdout, /\ttrue\t/);
  assert.equal(
    (await sukkal(["sub", "confirm", "confirmed", id, "--refuse"])).stderr,
    `✓ Subscription ${id} of confirmed is refused.\n`,
  );
  assert.match((await sukkal(["sub", "list", "confirmed"])).stdout, /\tfalse\t/);
});

for (const words of ["set jobs x", "add jobs https://a.example --header X", "deliveries jobs x --failed --pending"]) {
  test(`sub ${words}: exit code 2`, async () => {
    assert.equal((await sukkal(["sub", ...words.split(" ")])).code, 2);
  });
}
