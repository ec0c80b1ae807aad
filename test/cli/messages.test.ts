/** `sukkal post`, `peek`, `message` and `tail` against a service. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { linesOf, serviceOfTests } from "./service.ts";

const { sukkal, client } = serviceOfTests();
const folder = mkdtempSync(join(tmpdir(), "sukkal-messages-"));
after(() => rmSync(folder, { recursive: true }));

/** What `JSON.parse` would change. */
const EXACT = '{"n":9007199254740993,"price":1.50,"a":1,"a":2}';

async function bodiesOf(queue: string): Promise<string[]> {
  return linesOf(await sukkal(["peek", queue, "--raw", "--limit", "1000"]));
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return `@${path}`;
}

test("bodies come from arguments, files and standard input, and stay exactly as written", async () => {
  const path = file("body.json", `${EXACT}\n`);
  const { stdout, code } = await sukkal(["post", "exact", EXACT, path, "-"], { input: " [1,\n 2] \n" });
  assert.equal(code, 0);
  assert.match(stdout, /^([0-9a-f]{32}\n){3}$/);
  assert.deepEqual(await bodiesOf("exact"), [EXACT, EXACT, "[1,  2]"]);
  const [document = ""] = linesOf(await sukkal(["peek", "exact", "--json"]));
  assert.ok(document.endsWith(`,"body":${EXACT}}`), document);
  const [id = ""] = stdout.split("\n");
  assert.ok((await sukkal(["message", "show", "exact", id, "--json"])).stdout.endsWith(`"body":${EXACT}}\n`));
});

test("--text makes a string of a body, without the line break at its end", async () => {
  await sukkal(["post", "text", "--text", 'a "word"']);
  await sukkal(["post", "text", "--text"], { input: "first\nsecond\n" });
  assert.deepEqual(await bodiesOf("text"), [String.raw`"a \"word\""`, String.raw`"first\nsecond"`]);
});

test("--ttl and --delay", async () => {
  await sukkal(["queue", "create", "later", "--set", "_default_message_delay=1"]);
  await sukkal(["post", "later", "1", "--ttl", "2h", "--delay", "5m"]);
  assert.equal((await sukkal(["peek", "later"])).stdout, "");
  const [row = ""] = linesOf(await sukkal(["peek", "later", "--all"]));
  assert.deepEqual(row.split("\t").slice(2), ["7200", "0", "delayed", "1"]);
});

test("a post that is repeated with an idempotency key stores its message once", async () => {
  const post = () => sukkal(["post", "once", "1", "--idempotency-key", "order-7"]);
  assert.equal((await post()).stdout, (await post()).stdout);
  assert.deepEqual(await bodiesOf("once"), ["1"]);
});

test("--traceparent is shown with the message, and has to be one", async () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const { stdout } = await sukkal(["post", "traced", "1", "--traceparent", traceparent]);
  await sukkal(["post", "traced", "2"]);
  assert.ok(
    linesOf(await sukkal(["message", "show", "traced", stdout.trim()])).includes(`traceparent\t${traceparent}`),
  );
  const [first = "", second = ""] = linesOf(await sukkal(["peek", "traced", "--json"]));
  assert.equal((JSON.parse(first) as Record<string, unknown>)["traceparent"], traceparent);
  assert.ok(!second.includes("traceparent"));
  const { stderr, code } = await sukkal(["post", "traced", "3", "--traceparent", "00-x"]);
  assert.match(stderr, /is no traceparent/);
  assert.equal(code, 2);
});

const REFUSED: readonly (readonly [
  what: string,
  words: readonly string[],
  input: string | undefined,
  says: RegExp,
  exitCode: number,
])[] = [
  ["a body that is no JSON", ["post", "bad", "hello"], undefined, /The body is no JSON: "hello"\.\nhint: .*--text/, 2],
  ["the second of two bodies", ["post", "bad", "1", "{"], undefined, /Body 2 is no JSON: "{"/, 2],
  ["an empty standard input", ["post", "bad"], "", /Standard input is empty\./, 1],
  ["a name with a blank and a slash", ["post", "a b/c", "1"], undefined, /1 to 64 of the letters/, 1],
];
for (const [what, words, input, says, exitCode] of REFUSED) {
  test(`${what} is refused with exit code ${exitCode}, and nothing is posted`, async () => {
    const { stdout, stderr, code } = await sukkal(words, input === undefined ? {} : { input });
    assert.match(stderr, says);
    assert.deepEqual([stdout, code], ["", exitCode]);
    assert.equal(await client().queue("bad").exists(), false);
  });
}

test("a file that is not there: exit code 2", async () => {
  const { stderr, code } = await sukkal(["post", "bad", "@/nowhere/x.json"]);
  assert.equal(stderr, "error: /nowhere/x.json cannot be read (ENOENT).\n");
  assert.equal(code, 2);
});

test("a service that cannot be reached: exit code 5, and what to do", async () => {
  const { stderr, code } = await sukkal(["post", "bad", "1"], { env: { SUKKAL_URL: "http://127.0.0.1:1" } });
  assert.match(stderr, /^error: http:\/\/127\.0\.0\.1:1 cannot be reached.*\nhint: /);
  assert.equal(code, 5);
});

test("bytes that are not UTF-8 are refused", async () => {
  const path = file("latin1.json", Buffer.from('"caf\xe9"', "latin1"));
  assert.match((await sukkal(["post", "bad", path])).stderr, /is not UTF-8/);
  assert.match((await sukkal(["post", "bad", "--ndjson", path])).stderr, /Line 1 is not UTF-8\. Nothing was posted/);
});

test("--ndjson posts a message a line in order, and skips blank lines", async () => {
  const numbers = Array.from({ length: 250 }, (_, index) => String(index));
  const outcome = await sukkal(["post", "many", "--ndjson"], { input: `${numbers.join("\n\r\n")}\n` });
  assert.equal(linesOf(outcome).length, 250);
  assert.match(outcome.stderr, /✓ 250 messages posted/);
  assert.deepEqual(await bodiesOf("many"), numbers);
});

test("--ndjson ends at a line that is no JSON, and says what was posted before", async () => {
  const { stdout, stderr, code } = await sukkal(["post", "broken", "--ndjson"], { input: '1\n2\n\n{"n":\n3\n' });
  assert.match(stderr, /error: Line 4 is no JSON: "{"n":"\. 2 messages before it were posted\./);
  assert.equal(stdout.split("\n").length - 1, 2);
  assert.equal(code, 1);
  assert.deepEqual(await bodiesOf("broken"), ["1", "2"]);
});

test("--ndjson ends at a line that the service refuses, and posts none after it", async () => {
  const large = JSON.stringify("x".repeat(300_000));
  const { stderr, code } = await sukkal(["post", "large", "--ndjson"], { input: `1\n2\n${large}\n4\n` });
  assert.match(stderr, /Line 3 was not posted: .*\[message-post-too-large\]|Line 3 was not posted: /);
  assert.match(stderr, /2 messages before it were posted/);
  assert.equal(code, 1);
  assert.deepEqual(await bodiesOf("large"), ["1", "2"]);
});

test("10 MB of lines are posted without holding them", { timeout: 60_000 }, async () => {
  const line = `{"pad":"${"x".repeat(10_000)}"}\n`;
  const { stderr, code } = await sukkal(["post", "heavy", "--ndjson"], { input: line.repeat(1000) });
  assert.match(stderr, /✓ 1,000 messages posted/);
  assert.equal(code, 0);
  assert.equal((await client().queue("heavy").stats()).total, 1000);
});

test("a topic is posted to and read with --topic", async () => {
  await client().topic("news").create();
  await sukkal(["post", "news", "--topic", "1"]);
  assert.deepEqual(linesOf(await sukkal(["peek", "news", "--topic", "--raw"])), ["1"]);
});

test("peek shows claimed messages only with --all", async () => {
  await sukkal(["post", "claimed", "1", "2"]);
  await client().queue("claimed").claim({ limit: 1, lease: 300 });
  assert.deepEqual(await bodiesOf("claimed"), ["2"]);
  const rows = linesOf(await sukkal(["peek", "claimed", "--all"]));
  assert.deepEqual(
    rows.map((row) => row.split("\t").slice(4)),
    [
      ["claimed", "1"],
      ["free", "2"],
    ],
  );
});

test("peek --id shows messages by their ids, claimed ones too, and says which are missing", async () => {
  const [first = "", second = ""] = linesOf(await sukkal(["post", "chosen", "1", "2", "3"]));
  await client().queue("chosen").claim({ limit: 1 });
  const found = await sukkal(["peek", "chosen", "--id", second, "--id", first, "--raw"]);
  assert.deepEqual([linesOf(found).toSorted(), found.code], [["1", "2"], 0]);
  const missing = await sukkal(["peek", "chosen", "--id", first, "--id", "nosuch", "--raw"]);
  assert.deepEqual([missing.stdout, missing.code], ["1\n", 3]);
  assert.match(missing.stderr, /There is no message nosuch/);
});

test("on a terminal nothing of a body is raw, ids are whole, and lines fit", async () => {
  // In JSON, of all control characters, those after DEL may be unescaped.
  const body = '"\u009B31m red \u202E reversed 日本語の本文"';
  await sukkal(["post", "hostile", body]);
  const { stdout } = await sukkal(["peek", "hostile"], { terminal: 100 });
  assert.match(stdout, /\n[0-9a-f]{32} .* {2}"\\u009b31m red \\u202e rev…?/);
  const [header = "", row = ""] = stdout.split("\n");
  assert.ok(row.length <= 100 && header.length <= 100);
  const narrow = (await sukkal(["peek", "hostile"], { terminal: 40 })).stdout;
  assert.match(narrow, /\n[0-9a-f]{32} /);
  assert.doesNotMatch(stdout + narrow, /[\u009B\u202E]/);
  assert.equal((await bodiesOf("hostile"))[0], body);
});

test("a queue or message that does not exist: exit code 3", async () => {
  for (const words of [
    ["peek", "nosuch"],
    ["message", "show", "exact", "nosuch"],
    ["message", "delete", "exact", "nosuch"],
    ["peek", "exact", "--id", "nosuch"],
  ]) {
    const { code, stderr, stdout } = await sukkal(words);
    assert.deepEqual([code, stdout], [3, ""]);
    assert.match(stderr, /There is no .*nosuch.*\nhint: /);
  }
});

test("message delete deletes those that exist, and says which do not", async () => {
  const [first = "", second = ""] = linesOf(await sukkal(["post", "deleted", "1", "2", "3"]));
  const { code, stderr } = await sukkal(["message", "delete", "deleted", first, "nosuch", second]);
  assert.match(stderr, /✓ 2 messages deleted from deleted\.\nerror: There is no message nosuch/);
  assert.equal(code, 3);
  assert.deepEqual(await bodiesOf("deleted"), ["3"]);
});

/** Runs `tail` until it has printed what is expected, and ends it as Ctrl-C does. */
async function tailUntil(
  words: readonly string[],
  enough: (lines: readonly string[]) => boolean,
  during: () => Promise<unknown>,
): Promise<{ readonly lines: readonly string[]; readonly code: number; readonly stderr: string }> {
  const ending = new AbortController();
  let stdout = "";
  let isFollowing = (): void => {};
  const following = new Promise<void>((resolve) => (isFollowing = resolve));
  const outcome = sukkal(["tail", ...words], {
    signal: ending.signal,
    onStdout: (text) => {
      stdout += text;
      if (enough(stdout.split("\n").slice(0, -1))) ending.abort();
    },
    onStderr: () => isFollowing(),
  });
  await Promise.race([following, outcome]);
  await during();
  const { code, stderr } = await outcome;
  return { lines: stdout.split("\n").slice(0, -1), code, stderr };
}

test("tail shows new messages only, and takes none", { timeout: 30_000 }, async () => {
  await sukkal(["post", "followed", "1", "1"]);
  // Statistics do not show it.
  await client().queue("followed").claim({ limit: 2 });
  const { lines, code } = await tailUntil(
    ["followed", "--raw"],
    (shown) => shown.length === 2,
    () => sukkal(["post", "followed", "2", EXACT]),
  );
  assert.deepEqual(lines, ["2", EXACT]);
  assert.equal(code, 130);
  assert.equal((await client().queue("followed").stats()).free, 2);
});

test("tail --from-start begins with the present ones, and follows a queue that is deleted and comes back", async () => {
  const queue = client().queue("reborn");
  await queue.post(1);
  const replacing: Promise<unknown>[] = [];
  const { lines } = await tailUntil(
    ["reborn", "--raw", "--from-start"],
    (shown) => {
      if (replacing.length === 0) replacing.push(queue.delete().then(() => queue.post(2)));
      return shown.length === 2;
    },
    async () => {},
  );
  await Promise.all(replacing);
  assert.deepEqual(lines, ["1", "2"]);
});

test("tail --all names queues and topics, also those that come", { timeout: 30_000 }, async () => {
  await client().topic("all-news").create();
  const { lines } = await tailUntil(
    ["--all"],
    (shown) => shown.length === 2,
    async () => {
      await sukkal(["post", "all-news", "--topic", '"a"']);
      await sukkal(["post", "all-created", '"b"']);
    },
  );
  assert.deepEqual(
    lines.map((line) => line.split("\t").toSpliced(2, 1).slice(1)),
    [
      ["all-news", '"a"'],
      ["all-created", '"b"'],
    ],
  );
});

test("tail wants a name or --all", async () => {
  assert.equal((await sukkal(["tail"])).code, 2);
  assert.equal((await sukkal(["tail", "jobs", "--all"])).code, 2);
});
