/** `sukkal export`, `import` and `copy` against a service. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { linesOf, serviceOfTests } from "./service.ts";

const { sukkal, client, url } = serviceOfTests();
const folder = mkdtempSync(join(tmpdir(), "sukkal-transfer-"));
after(() => rmSync(folder, { recursive: true }));

const EXACT = '{"n":9007199254740993,"a":1,"a":2,"body":[1.50]}';

async function bodiesOf(queue: string): Promise<string[]> {
  return linesOf(await sukkal(["peek", queue, "--all", "--raw", "--limit", "5000"]));
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("export prints all messages with what is left of their times, and import posts them", async () => {
  const queue = client().queue("exported");
  await queue.create({ _default_message_delay: 1 });
  await sukkal(["post", "exported", "1", "--delay", "0"]);
  await queue.claim({ limit: 1 });
  await sukkal(["post", "exported", EXACT, "--ttl", "2h", "--delay", "10m"]);
  const { stdout, stderr, code } = await sukkal(["export", "exported"]);
  assert.match(stderr, /✓ 2 messages exported/);
  assert.equal(code, 0);
  const [first = "", second = ""] = stdout.split("\n");
  assert.match(first, /^\{"id":"[0-9a-f]{32}","created":"[^"]+Z","ttl":(3600|359\d),"body":1\}$/);
  assert.match(second, /,"ttl":(7200|719\d),"delay":(600|59\d),"body":/);
  assert.ok(second.endsWith(`"body":${EXACT}}`));

  await client().queue("imported").create({ _default_message_delay: 1 });
  await sukkal(["import", "imported", "-"], { input: stdout });
  assert.deepEqual(await bodiesOf("imported"), ["1", EXACT]);
  const [, delayed = ""] = linesOf(await sukkal(["peek", "imported", "--all"]));
  assert.match(delayed, /\t(7200|719\d)\t0\tdelayed\t/);
});

test("the output of export has one line a message, whatever line breaks a body has", async () => {
  await sukkal(["post", "pretty", '{\n  "a": 1.50\n}']);
  assert.equal(linesOf(await sukkal(["export", "pretty"])).length, 1);
});

test("an import of the same file stores its messages once", async () => {
  await sukkal(["post", "again", "--ndjson"], { input: Array.from({ length: 250 }, (_, n) => `${n}\n`).join("") });
  const path = file("again.ndjson", (await sukkal(["export", "again"])).stdout);
  for (let time = 0; time < 2; time++) {
    assert.match((await sukkal(["import", "once", path])).stderr, /✓ 250 messages imported/);
    assert.equal((await bodiesOf("once")).length, 250);
  }
});

test("an import that was interrupted is completed by another one", async () => {
  const path = file("many.ndjson", Array.from({ length: 3000 }, (_, n) => `{"body":${n}}\n`).join(""));
  const ending = new AbortController();
  const importing = sukkal(["import", "completed", path], { signal: ending.signal });
  const queue = client().queue("completed");
  while ((await queue.stats()).total < 500);
  ending.abort("interrupted");
  const { code, stderr } = await importing;
  assert.equal(code, 130);
  assert.match(stderr, /warning: Only [\d,]+ messages imported\.\nRepeat the command: /);
  assert.ok((await queue.stats()).total < 3000);
  assert.equal((await sukkal(["import", "completed", path])).code, 0);
  assert.deepEqual(
    await bodiesOf("completed"),
    Array.from({ length: 3000 }, (_, n) => String(n)),
  );
});

const DEFECTS: readonly (readonly [line: string, says: RegExp])[] = [
  ["[1]", /Line 2 is not a JSON object\. 1 message before it was posted\./],
  ["{", /Line 2 is not a JSON object\./],
  ['{"id":"x"}', /Line 2 has no member "body"\. .*\nhint: import reads the lines of export/],
  ['{"body":1,"ttl":"1h"}', /The ttl of line 2 is no number of seconds\./],
  ['{"body":1,"delay":-1}', /The delay of line 2 is no number of seconds\./],
  ['{"body":1,"ttl":99999999}', /Line 2 was not posted: /],
];
for (const [index, [line, says]] of DEFECTS.entries()) {
  test(`import of ${line} says which line is wrong: exit code 1`, async () => {
    const { code, stderr } = await sukkal(["import", `defect-${index}`, "-"], {
      input: `{"body":1}\n${line}\n{"body":3}\n`,
    });
    assert.match(stderr, says);
    assert.equal(code, 1);
    assert.deepEqual(await bodiesOf(`defect-${index}`), ["1"]);
  });
}

test("an empty file is no failure, one that is not there is", async () => {
  assert.equal((await sukkal(["import", "none", "-"], { input: "" })).stderr, "✓ 0 messages imported\n");
  assert.equal((await sukkal(["import", "none", "/nowhere/x"])).code, 2);
});

test("copy keeps bodies and order, takes nothing, and adds nothing when it is repeated", async () => {
  await sukkal(["post", "source", EXACT, "2"]);
  await client().queue("source").claim({ limit: 1 });
  for (let time = 0; time < 2; time++) {
    const { stderr, code } = await sukkal(["copy", "source", "target"]);
    assert.equal(stderr, "✓ 2 messages copied\n");
    assert.equal(code, 0);
    assert.deepEqual(await bodiesOf("target"), [EXACT, "2"]);
    // The lives that are left, in whole seconds, are others.
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  assert.equal((await client().queue("source").stats()).total, 2);
});

test("copy into another context", async () => {
  const config = file(
    "config.toml",
    `[contexts.other]\nurl = "${url()}"\nproject = "other"\n[contexts.same]\nurl = "${url()}"\n`,
  );
  const env = { SUKKAL_CONFIG: config };
  await sukkal(["post", "moved", "1"]);
  assert.equal((await sukkal(["copy", "moved", "moved", "--to-context", "other"], { env })).code, 0);
  const there = await sukkal(["peek", "moved", "--raw", "--context", "other"], { env });
  assert.equal(there.stdout, "1\n");
  for (const words of [[], ["--to-context", "same"]]) {
    const { code, stderr } = await sukkal(["copy", "moved", "moved", ...words], { env });
    assert.equal(code, 2);
    assert.match(stderr, /the same queue/);
  }
});

test("what does not exist: exit code 3, and nothing is created", async () => {
  assert.equal((await sukkal(["export", "nosuch"])).code, 3);
  assert.equal((await sukkal(["copy", "nosuch", "nosuch-2"])).code, 3);
  assert.equal(await client().queue("nosuch-2").exists(), false);
});

test("Ctrl-C ends an export: exit code 130", async () => {
  await sukkal(["post", "long", "--ndjson"], { input: "1\n".repeat(3000) });
  const ending = new AbortController();
  const { code, stdout } = await sukkal(["export", "long"], {
    signal: ending.signal,
    onStdout: () => ending.abort("interrupted"),
  });
  assert.equal(code, 130);
  assert.ok(linesOf({ stdout }).length < 3000);
});
