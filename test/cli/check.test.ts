/** `sukkal check`: the line, the performance data and the exit code of a monitoring plugin. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sukkal as run } from "./command-line.ts";
import { SERVICE, startRecorder } from "./recorder.ts";
import { serviceOfTests } from "./service.ts";

const service = serviceOfTests();
const check = (line: string, options = {}): ReturnType<typeof service.sukkal> =>
  service.sukkal(["check", ...line.split(" ").filter((word) => word !== "")], options);

test("a queue that exists is OK, without a limit", async () => {
  await service.client().queue("jobs").postMany([1, 2, 3, 4]);
  await service.client().queue("jobs").claim({ limit: 1 });
  await service.client().queue("idle").create();
  assert.match(
    (await check("jobs")).stdout,
    /^SUKKAL OK - jobs: 3 messages, the oldest \d+ s old \| jobs_messages=3;;;0 /,
  );
});

const LINES: readonly (readonly [line: string, state: string, code: number])[] = [
  ["jobs --warn-messages 3 --max-messages 3", "OK", 0],
  ["jobs --warn-messages 2 --max-messages 3", "WARNING", 1],
  ["jobs --warn-messages 2 --max-messages 2", "CRITICAL", 2],
  ["jobs --max-messages 2", "CRITICAL", 2],
  ["jobs --max-age 1h --warn-age 30m", "OK", 0],
  ["idle --max-messages 0 --max-age 0", "OK", 0],
  ["nosuch", "UNKNOWN", 3],
  ["idle jobs --warn-messages 2", "WARNING", 1],
  ["idle nosuch", "UNKNOWN", 3],
  ["nosuch jobs --warn-messages 2", "WARNING", 1],
  ["nosuch jobs --max-messages 2", "CRITICAL", 2],
];

for (const [line, state, code] of LINES) {
  test(`check ${line}: ${state}`, async () => {
    const outcome = await check(line);
    assert.match(outcome.stdout, new RegExp(`^SUKKAL ${state} - [^|\n]+(?: \\| [^|\n]+)?\n$`));
    assert.deepEqual([outcome.code, outcome.stderr], [code, ""]);
  });
}

test("an age: an older message is a problem, one of that age is none", async () => {
  const list = (age: number): object => ({
    name: "jobs",
    metadata: {},
    messages: {
      free: 1,
      claimed: 0,
      total: 1,
      oldest: { age, created: SERVICE.time, href: "/v2/queues/jobs/messages/1" },
    },
  });
  for (const [age, code, text] of [
    [300, 0, "the oldest 5 min old"],
    [301, 1, "the oldest 5 min 1 s old (more than 5 min)"],
    [600, 1, "the oldest 10 min old (more than 5 min)"],
    [601, 2, "the oldest 10 min 1 s old (more than 10 min)"],
  ] as const) {
    await using recorder = await startRecorder(() => ({ body: list(age) }));
    const words = ["check", "jobs", "--warn-age", "5m", "--max-age", "10m"];
    const outcome = await run(words, { env: { SUKKAL_URL: recorder.url } });
    assert.equal(outcome.code, code);
    assert.ok(outcome.stdout.includes(`jobs: 1 message, ${text} | jobs_messages=1;;;0 jobs_oldest=${age}s;300;600;0 `));
  }
});

test("the age is that of the oldest message that can be claimed, not of those that consumers have", async () => {
  const queue = service.client().queue("busy");
  await queue.postMany([1, 2]);
  await queue.claim();
  assert.match((await check("busy")).stdout, /^SUKKAL OK - busy: 0 messages \| busy_messages=0;;;0 busy_oldest=0s;/);
  const messages = { free: 1, claimed: 1, total: 2, oldest: { age: 900, created: SERVICE.time, href: "/1" } };
  const details = {
    created: SERVICE.time,
    claim_count: 0,
    claimed_until: null,
    delayed_until: null,
    dead_letter: null,
  };
  const free = { id: "2", href: "/2", ttl: 3600, age: 5, body: 1, ...details };
  await using recorder = await startRecorder(({ path }) => ({
    body: path.includes("/messages") ? { messages: [free], links: [] } : { name: "jobs", metadata: {}, messages },
  }));
  const { stdout } = await run(["check", "jobs", "--max-age", "10m"], { env: { SUKKAL_URL: recorder.url } });
  assert.match(stdout, /^SUKKAL OK - jobs: 1 message, the oldest 5 s old \| /);
});

test("one line with all queues, the worst first, and their performance data with the limits", async () => {
  const { stdout } = await check("idle jobs --warn-messages 2 --max-messages 100 --warn-age 1h", { terminal: 20 });
  assert.match(
    stdout,
    /^SUKKAL WARNING - jobs: 3 messages \(more than 2\), the oldest \d+ s old; idle: 0 messages \| jobs_messages=3;2;100;0 jobs_oldest=\d+s;3600;;0 jobs_claimed=1;;;0 idle_messages=0;2;100;0 idle_oldest=0s;3600;;0 idle_claimed=0;;;0\n$/,
  );
  const { state, queues } = JSON.parse((await check("idle jobs --json --warn-messages 2")).stdout) as {
    readonly state: string;
    readonly queues: readonly Record<string, unknown>[];
  };
  assert.equal(state, "WARNING");
  assert.deepEqual(
    queues.map(({ queue, free, claimed }) => [queue, free, claimed]),
    [
      ["jobs", 3, 1],
      ["idle", 0, 0],
    ],
  );
});

test("whatever goes wrong is UNKNOWN with a line on standard output", async () => {
  for (const [line, says] of [
    ["jobs --url http://127.0.0.1:1", /^SUKKAL UNKNOWN - jobs: http:\/\/127\.0\.0\.1:1 cannot be reached[^.]*\n$/],
    ["jobs --context nowhere", /^SUKKAL UNKNOWN - There is no context "nowhere".*\n$/],
  ] as const) {
    const { code, stdout } = await check(line);
    assert.match(stdout, says);
    assert.equal(code, 3);
  }
  for (const [line, says] of [
    ["", "The argument <queue> is missing"],
    ["jobs --max-mesages 3", "There is no flag --max-mesages. Did you mean --maxMessages?"],
    ["jobs --max-age so|on", "max-age: "],
  ] as const) {
    const { code, stdout, stderr } = await check(line);
    assert.notEqual(stderr, "");
    assert.ok(stdout.startsWith(`SUKKAL UNKNOWN - ${says}`), stdout);
    assert.match(stdout, /^[^|\n]+\n$/);
    // 2 would be CRITICAL.
    assert.equal(code, 3, line);
  }
});

test("a queue of a service that shows no figures, such as Zaqar, is named", async () => {
  await using recorder = await startRecorder(() => ({ body: { _default_message_ttl: 3600 } }));
  const { stdout, code } = await run(["check", "jobs"], { env: { SUKKAL_URL: recorder.url } });
  assert.equal(stdout, "SUKKAL UNKNOWN - jobs: its figures cannot be read at the moment\n");
  assert.equal(code, 3);
});

test("a service that hangs is UNKNOWN after the time-out", async () => {
  await using recorder = await startRecorder(() => null);
  const outcome = await run(["check", "jobs", "--timeout", "1s"], { env: { SUKKAL_URL: recorder.url } });
  assert.deepEqual(outcome, { stdout: "SUKKAL UNKNOWN - jobs: no answer within 1 s\n", stderr: "", code: 3 });
});

test("texts of others begin no performance data and no line", async () => {
  await using recorder = await startRecorder(() => ({
    status: 400,
    body: { title: "a|b\nc", description: "", code: "x" },
  }));
  const { stdout, code } = await run(["check", "jobs"], { env: { SUKKAL_URL: recorder.url } });
  assert.deepEqual([code, stdout.split("\n").length, stdout.includes("|")], [3, 2, false]);
});

test("Ctrl-C is no state", async () => {
  await using recorder = await startRecorder(() => null);
  const ending = new AbortController();
  setTimeout(() => ending.abort("interrupted"), 100);
  const outcome = await run(["check", "jobs"], { env: { SUKKAL_URL: recorder.url }, signal: ending.signal });
  assert.deepEqual([outcome.code, outcome.stdout], [130, ""]);
});
