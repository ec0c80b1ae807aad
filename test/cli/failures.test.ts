/** What people read when the service refuses something: the reason, what helps, and an exit code that fits. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { runCommandLine } from "../../packages/sukkal/src/cli/app.ts";
import { describe, explain } from "../../packages/sukkal/src/cli/errors.ts";
import { SukkalError } from "../../packages/sukkal/src/error.ts";
import { Kept } from "./command-line.ts";
import { serviceOfTests } from "./service.ts";

const { sukkal } = serviceOfTests({ QUOTA_MESSAGES_PER_QUEUE: "2" });

test("a quota that is used up is no lack of rights: exit code 1, and the command that shows quotas", async () => {
  const first = await sukkal(["post", "full", "1", "2", "3"]);
  assert.match(first.stderr, /error: .*\[quota-exceeded, .*\]\nhint: sukkal quota show /);
  assert.equal(first.code, 1);
  const input = "1\n".repeat(101);
  const later = await sukkal(["post", "full", "--ndjson"], { input });
  assert.match(later.stderr, /quota-exceeded/);
  assert.equal(later.code, 1);
});

test("a name that no queue has: one full stop a sentence", async () => {
  const { stderr, code } = await sukkal(["post", "no/queue name", "1"]);
  assert.match(stderr, /[^.] \[[a-z-]+\]\. Nothing was posted\.\n/);
  assert.equal(code, 1);
});

test("what is not there: what it is, and the command that lists what there is", async () => {
  await sukkal(["queue", "create", "there"]);
  for (const [words, says] of [
    [["redrive", "missing"], /^error: The queue missing does not exist .*\.\nhint: sukkal queue list /],
    [
      ["sub", "show", "there", "0123456789abcdef01234567"],
      /^error: Subscription \S+ does not exist\.\nhint: sukkal sub list /,
    ],
  ] as const) {
    const { stderr, code } = await sukkal(words);
    assert.match(stderr, says);
    assert.equal(code, 3);
  }
});

test("a redrive of nothing says so", async () => {
  await sukkal(["queue", "create", "work-dead"]);
  const { stderr, code } = await sukkal(["redrive", "work-dead"]);
  assert.equal(stderr, "There is nothing to move in work-dead.\n");
  assert.equal(code, 0);
});

test("a claim that waits says so, and that the queue does not exist", async () => {
  const missing = await sukkal(["claim", "nothing-here", "--wait", "1"]);
  assert.match(
    missing.stderr,
    /^nothing-here does not exist yet\. Waiting for it\.\nerror: There is no queue "nothing-here"/,
  );
  assert.equal(missing.code, 3);
});

test("an interrupted command does not look like a failure", async () => {
  const stderr = Object.assign(new Kept(80), { getColorDepth: () => 8 });
  const cli = { stdin: Readable.from([]), signal: AbortSignal.abort("interrupted"), forced: AbortSignal.abort() };
  const process = { stdout: new Kept(80), stderr, env: { SUKKAL_CONFIG: "/dev/null" } };
  assert.equal(await runCommandLine(["queue", "list"], { ...cli, process }), 130);
  assert.equal(stripVTControlCharacters(stderr.text), "interrupted\n");
  // Bold and red are off before it.
  assert.ok(stderr.text.includes("\u001B[39m\u001B[22m\u001B[2minterrupted"), JSON.stringify(stderr.text));
});

for (const [url, hint] of [
  ["http://127.0.0.1:8787", /sukkal dev/],
  ["http://localhost:8787", /sukkal dev/],
  ["http://[::1]:8787", /sukkal dev/],
  ["https://queues.example.com", /^((?!sukkal dev)[^])*sukkal doctor/],
] as const) {
  test(`${url} cannot be reached`, async () => {
    const failure = { status: 0, code: "no-answer", title: "", description: "", requestId: null, retryAfter: null };
    const explained = await explain(new SukkalError(failure), {
      connection: { url, urlSource: "--url", project: null, credential: { kind: "none" }, context: null },
      prefix: async () => "",
      hasOperatorKey: false,
    });
    assert.match(describe(explained).split("hint: ")[1] ?? "", hint);
  });
}
