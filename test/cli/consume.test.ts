/** `sukkal consume` against a service: outcomes of commands, and ends that leave nothing claimed. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../../scripts/wrangler.ts";
import type { Outcome, RunOptions } from "./command-line.ts";
import { linesOf, serviceOfTests } from "./service.ts";

const { sukkal, client, url } = serviceOfTests();

function consume(
  queue: string,
  command: string,
  words: readonly string[] = [],
  options?: RunOptions,
): Promise<Outcome> {
  return sukkal(["consume", queue, "--exec", command, "--until-empty", ...words], options);
}

/** Messages that are left, and how many of them are claimed. Those that are released with a delay are not. */
async function left(queue: string): Promise<{ readonly total: number; readonly claimed: number }> {
  let total = 0;
  let claimed = 0;
  for await (const { claimedUntil } of client().queue(queue).messages({ includeClaimed: true, includeDelayed: true })) {
    total++;
    if (claimedUntil !== null) claimed++;
  }
  return { total, claimed };
}

test("a command gets the exact body on its standard input, and the message in its environment", async () => {
  const body = '{"n":9007199254740993,"a":1,"a":2}';
  await sukkal(["post", "given", body]);
  const { stdout, stderr, code } = await consume(
    "given",
    'cat; echo "$SUKKAL_QUEUE $SUKKAL_ATTEMPT $SUKKAL_MESSAGE_ID" >&2',
  );
  assert.equal(stdout, `${body}\n`);
  assert.match(stderr, /given 1 ([0-9a-f]{32})\n✓ \1 {2}attempt 1: exit 0 after \d+ ms\n✓ 1 message deleted\.\n/);
  assert.equal(code, 0);
  assert.deepEqual(await left("given"), { total: 0, claimed: 0 });
});

test("messages are handled in order, one after the other by default", async () => {
  await sukkal(["post", "ordered", "1", "2", "3"]);
  assert.deepEqual(linesOf(await consume("ordered", "cat")), ["1", "2", "3"]);
});

test("a command that fails or dies by a signal leaves its message for a later attempt: exit code 1", async () => {
  await sukkal(["post", "failing", "1", "2", "3"]);
  const command = "read n; case $n in 1) exit 3;; 2) kill -KILL $$;; esac";
  const { stderr, code } = await consume("failing", command);
  assert.match(stderr, /✗ \S+ {2}attempt 1: exit 3 after \d+ ms, again in 2 s\n/);
  assert.match(stderr, /✗ \S+ {2}attempt 1: killed by SIGKILL after \d+ ms, again in 2 s\n/);
  assert.match(stderr, /error: 2 messages failed and will be delivered again\. 1 message deleted\./);
  assert.equal(code, 1);
  assert.deepEqual(await left("failing"), { total: 2, claimed: 0 });
});

test("a command that does not read its input", async () => {
  await sukkal(["post", "unread"], { input: JSON.stringify("x".repeat(200_000)) });
  assert.equal((await consume("unread", "true")).code, 0);
});

for (const command of ["/nowhere/command", "/etc/passwd"]) {
  test(`a command that cannot be run, ${command}, ends the consumer, and is no attempt`, async () => {
    const queue = client().queue(command.replaceAll("/", "-"));
    await queue.postMany([1, 2, 3]);
    const { code, stderr } = await sukkal(["consume", queue.name, "--exec", command]);
    assert.match(stderr, /error: The command cannot be run \(exit 12[67]\)\.\nhint: /);
    assert.equal(code, 1);
    const claim = await queue.claim();
    assert.deepEqual(
      claim?.messages.map(({ body, claimCount }) => [body, claimCount]),
      [1, 2, 3].map((body) => [body, 0]),
    );
  });
}

test("an empty command deletes nothing: exit code 2", async () => {
  await sukkal(["post", "empty-command", "1"]);
  const { code, stderr } = await consume("empty-command", " ");
  assert.match(stderr, /exec: the command is empty/);
  assert.equal(code, 2);
  assert.deepEqual(await left("empty-command"), { total: 1, claimed: 0 });
});

test("all output of a command that prints a lot arrives", { timeout: 60_000 }, async () => {
  await sukkal(["post", "loud", "1"]);
  const { stdout, code } = await consume("loud", "head -c 20000000 /dev/zero | tr '\\0' x");
  assert.equal(stdout.length, 20_000_000);
  assert.equal(code, 0);
});

test("--json prints outcomes as documents, and the output of commands goes to standard error", async () => {
  await sukkal(["post", "documents", "1", "2"]);
  const { stdout, stderr } = await consume("documents", 'echo said; [ "$(cat)" = 1 ]', ["--json"]);
  const documents = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    documents.map(({ outcome, exit_code: code, retry_in: again }) => [outcome, code, again]),
    [
      ["deleted", 0, null],
      ["failed", 1, 2],
    ],
  );
  assert.match(stderr, /said\n/);
});

test("on a terminal the output of commands has no control characters", async () => {
  await sukkal(["post", "escapes", String.raw`"\u001b[31mred"`]);
  const { stdout } = await consume("escapes", String.raw`printf '\033[31mred\n'`, [], { terminal: 80 });
  assert.equal(stdout, String.raw`\u001b[31mred` + "\n");
});

test("a lease that is too short: exit code 2", async () => {
  const { stderr, code } = await consume("jobs", "true", ["--lease", "59"]);
  assert.equal(stderr, "error: lease must be at least 60, not 59\n");
  assert.equal(code, 2);
});

test("what the service does not allow ends it: exit code 1", async () => {
  const { stderr, code } = await consume("jobs", "true", ["--lease", "13h"]);
  assert.match(stderr, /error: .*at most 43200/);
  assert.equal(code, 1);
});

/** Ends the claim of the only message of a queue, as the end of its lease does. */
async function endClaim(queue: string): Promise<void> {
  const headers = { "X-Project-ID": "demo", "Client-ID": crypto.randomUUID() };
  const messages = `${url()}/v2/queues/${queue}/messages?echo=true&include_claimed=true`;
  const claim = /claim_id=([\w-]+)/.exec(await (await fetch(messages, { headers })).text())?.[1];
  await fetch(`${url()}/v2/queues/${queue}/claims/${claim}`, { method: "DELETE", headers });
}

test("a command that outlives its lease deletes nothing, and its message is delivered again", async () => {
  await sukkal(["post", "outlived", "1"]);
  const ended: Promise<void>[] = [];
  const { stdout, stderr, code } = await consume("outlived", "echo begun; sleep 0.3", [], {
    onStdout: () => {
      if (ended.length === 0) ended.push(endClaim("outlived"));
    },
  });
  await Promise.all(ended);
  assert.equal(stdout, "begun\nbegun\n");
  assert.match(stderr, /exit 0 after .*, but the lease was lost, so it is delivered again\n✓ .*\n✓ 1 message deleted/);
  assert.equal(code, 0);
});

/** Ends a consumer, which has started the first of three commands, by Ctrl-C. */
async function interrupted(queue: string, command: string, isForced: boolean): Promise<Outcome> {
  await sukkal(["post", queue, "1", "2", "3"]);
  const [ending, forcing] = [new AbortController(), new AbortController()];
  return sukkal(["consume", queue, "--exec", command], {
    signal: ending.signal,
    forced: forcing.signal,
    onStdout: () => {
      ending.abort("interrupted");
      if (isForced) forcing.abort();
    },
  });
}

test("Ctrl-C lets the command that runs end, and leaves nothing claimed: exit code 130", async () => {
  const { code, stdout, stderr } = await interrupted("graceful", "echo begun; sleep 0.3; echo done", false);
  assert.equal(stdout, "begun\ndone\n");
  assert.match(stderr, /Waiting for what runs/);
  assert.equal(code, 130);
  assert.deepEqual(await left("graceful"), { total: 2, claimed: 0 });
});

test("a second Ctrl-C ends the command too, and its message is released", async () => {
  const { code, stderr, stdout } = await interrupted(
    "forced",
    "trap 'echo cleaned; exit 9' TERM; echo begun; sleep 60 & wait",
    true,
  );
  assert.equal(stdout, "begun\ncleaned\n");
  assert.match(stderr, /exit 9 after .*, ended and released/);
  assert.equal(code, 130);
  assert.deepEqual(await left("forced"), { total: 3, claimed: 0 });
});

const MAIN = join(ROOT, "packages/sukkal/src/cli/main.ts");

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, SUKKAL_URL: url(), SUKKAL_CONFIG: "/dev/null" };
}

/** The command line as a process of its own, with signals and pipes. */
function start(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, ["--conditions=sukkal-source", MAIN, ...words], {
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
}

test("SIGTERM ends a consumer that waits: exit code 0", async () => {
  const child = start(["consume", "waiting", "--exec", "true"]);
  await once(child.stderr ?? child, "data");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
  // Nobody waits for it any more.
  await client().queue("waiting").post(1);
  assert.deepEqual(await left("waiting"), { total: 1, claimed: 0 });
});

test("SIGTERM during a command leaves nothing claimed", async () => {
  await sukkal(["post", "terminated", "1", "2", "3"]);
  const child = start(["consume", "terminated", "--exec", "echo begun; sleep 0.3"]);
  await once(child.stdout ?? child, "data");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
  assert.deepEqual(await left("terminated"), { total: 2, claimed: 0 });
});

test("a reader that leaves ends a consumer, which leaves nothing claimed", async () => {
  await sukkal(["post", "headed", ...Array.from({ length: 20 }, (_, index) => String(index))]);
  const child = start(["consume", "headed", "--exec", "head -c 200000 /dev/zero"]);
  await once(child.stdout ?? child, "data");
  child.stdout?.destroy();
  assert.deepEqual(await once(child, "exit"), [0, null]);
  assert.equal((await left("headed")).claimed, 0);
});

test("a closed terminal ends a consumer like SIGTERM", async () => {
  await sukkal(["post", "hung-up", "1", "2"]);
  const child = start(["consume", "hung-up", "--exec", "echo begun; sleep 0.3"]);
  await once(child.stdout ?? child, "data");
  child.kill("SIGHUP");
  assert.deepEqual(await once(child, "exit"), [0, null]);
  assert.deepEqual(await left("hung-up"), { total: 1, claimed: 0 });
});

test("output that cannot be written: exit code 1", async () => {
  await sukkal(["post", "full", "1"]);
  const command = `exec '${process.execPath}' --conditions=sukkal-source '${MAIN}' export full > /dev/full`;
  const child = spawn("/bin/sh", ["-c", command], { env: environment(), stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  assert.deepEqual(await once(child, "close"), [1, null]);
  assert.match(stderr, /error: The output could not be written \(ENOSPC\)\.\n$/);
});

test("a reader that leaves ends a list: exit code 0, and nothing is said", async () => {
  await sukkal(["post", "listed", "--ndjson"], { input: `${JSON.stringify("x".repeat(1000))}\n`.repeat(2000) });
  const child = start(["peek", "listed", "--raw", "--limit", "2000"]);
  let stderr = "";
  child.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  await once(child.stdout ?? child, "data");
  child.stdout?.destroy();
  assert.deepEqual(await once(child, "exit"), [0, null]);
  assert.equal(stderr, "");
});

test("a queue with delayed messages only: how many, and when the next comes", async () => {
  await sukkal(["queue", "create", "delayed", "--set", "_default_message_delay=1"]);
  await sukkal(["post", "delayed", "1", "2", "--delay", "300"]);
  const { stderr, code } = await consume("delayed", "true");
  assert.match(stderr, /✓ 0 messages deleted\.\n2 messages cannot be claimed yet, the next in (5 min|4 min 5\d s): /);
  assert.equal(code, 0);
});

test("a paused queue: a warning at the start, and exit code 1 if messages wait", async () => {
  await sukkal(["post", "paused", "1"]);
  await sukkal(["queue", "pause", "paused", "--claims"]);
  const { stderr, code } = await consume("paused", "true");
  assert.match(stderr, /^warning: paused is paused for claims\. sukkal queue resume paused ends the pause\.\n/);
  assert.match(stderr, /\nerror: Messages of paused wait: it is paused for claims\.\nhint: sukkal queue resume paused/);
  assert.equal(code, 1);
  await sukkal(["queue", "purge", "paused", "--yes"]);
  assert.equal((await consume("paused", "true")).code, 0);
});
