/** What `sukkal migrate` says: which services and projects it is about, what a run has done itself, and what helps. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Sukkal } from "sukkal/client";
import { EXIT } from "../../packages/sukkal/src/cli/exit-code.ts";
import type { Outcome, RunOptions } from "./command-line.ts";
import { startRecorder } from "./recorder.ts";
import { serviceOfTests } from "./service.ts";

const service = serviceOfTests();
const folder = mkdtempSync(join(tmpdir(), "sukkal-migrate-texts-"));
after(() => rmSync(folder, { recursive: true }));
const config = join(folder, "config.toml");

/** With these contexts: a project each, and what else belongs to one. The first is the current one. */
function migrate(line: string, contexts: Readonly<Record<string, string>>, options: RunOptions = {}): Promise<Outcome> {
  const [current = ""] = Object.keys(contexts);
  const entries = Object.entries(contexts).map(([name, lines]) => `[contexts.${name}]\n${lines}\n`);
  writeFileSync(config, `current = "${current}"\n${entries.join("")}`, { mode: 0o600 });
  const env = { SUKKAL_CONFIG: config, SUKKAL_URL: undefined };
  return service.sukkal(["migrate", ...line.split(" ")], { ...options, env });
}

const isList = (path: string): boolean => /^\/v2\/queues(?:\?|$)/.test(path);
const contextOf = (project: string, url = service.url()): string => `url = "${url}"\nproject = "${project}"`;

test("both projects are named first, with a warning if they differ", async () => {
  await new Sukkal({ url: service.url(), project: "demo" }).queue("jobs").post(1);
  const contexts = { demo: contextOf("demo"), many: contextOf("many") };
  for (const command of ["plan", "copy", "drain"]) {
    const { code, stderr } = await migrate(`${command} --from demo --to many`, contexts);
    assert.equal(code, EXIT.done, stderr);
    const [from, to, warning] = stderr.split("\n");
    assert.equal(from, `From ${service.url()}, project demo`);
    assert.equal(to, `To ${service.url()}, project many`);
    assert.equal(warning, "warning: the projects differ: demo at the source, many at the target");
  }
});

test("the same project at both has no warning, and several are counted", async () => {
  await using source = await startRecorder(({ path }) =>
    isList(path) ? { body: { queues: [], links: [] } } : { status: 404, body: {} },
  );
  const contexts = { here: contextOf("demo"), zaqar: contextOf("demo", source.url) };
  const { stderr } = await migrate("copy --from zaqar", contexts);
  assert.match(stderr, /^From \S+, project demo\nTo \S+, project demo\n/);
  assert.doesNotMatch(stderr, /differ/);
  const several = await migrate("copy --from zaqar --projects a,b", contexts);
  assert.match(several.stderr, /^From \S+, 2 projects\nTo \S+, 2 projects\n/);
  assert.doesNotMatch(several.stderr, /differ/);
});

test("the last line counts what the run has done, and what was there before on its own", async () => {
  await new Sukkal({ url: service.url(), project: "count" }).queue("jobs").postMany([1, 2, 3]);
  const contexts = { count: contextOf("count"), counted: contextOf("counted") };
  for (const [command, says] of [
    ["copy", /✓ 3 messages copied\n/],
    ["copy", /✓ 0 messages copied, 3 were there before\n/],
    ["drain", /✓ 0 messages moved[^,]*, 3 were there before\n/],
  ] as const)
    assert.match((await migrate(`${command} --from count --to counted`, contexts)).stderr, says);
});

test("drain: what is left at a source that fails is not known", async () => {
  await using source = await startRecorder(({ method, path }) => {
    if (isList(path)) return { body: { queues: [{ name: "jobs" }], links: [] } };
    if (path.startsWith("/v2/service")) return { status: 404, body: {} };
    if (method === "POST") return { status: 400, body: { title: "Broken" } };
    return { body: {} };
  });
  const contexts = { here: contextOf("gone"), zaqar: contextOf("gone", source.url) };
  const { code, stdout, stderr } = await migrate("drain --from zaqar", contexts);
  assert.equal(code, EXIT.refused, stderr);
  assert.equal(stdout, "jobs\t0\t0\t\tfailed\n");
  const shown = await migrate("drain --from zaqar", contexts, { terminal: 80 });
  assert.match(shown.stdout, /jobs +0 +0 +\? +failed/);
  assert.match(stderr, /Repeat the command: what was moved is not moved twice\.\nerror: 1 queue/);
});

test("a target that does not answer is named with its flag", async () => {
  const contexts = { here: contextOf("demo"), gone: contextOf("demo", "http://127.0.0.1:1") };
  const { code, stderr } = await migrate("plan --from here --to gone", contexts);
  assert.equal(code, EXIT.unavailable);
  assert.match(
    stderr,
    /error: The target \(--to\) http:\S+ cannot be reached.*\.\nhint: Check that it runs, and that --to/,
  );
});

test("a target that is the source, and an address without its scheme", async () => {
  const contexts = { zaqar: contextOf("demo") };
  for (const from of ["zaqar", service.url()]) {
    const { code, stderr } = await migrate(`copy --from ${from}`, contexts);
    assert.equal(code, EXIT.usage);
    assert.match(stderr, /The source and the target are the same service\.\nhint: .*--to.*context use/);
  }
  const { code, stderr } = await migrate("copy --from 127.0.0.1:18888", contexts);
  assert.equal(code, EXIT.usage);
  assert.match(stderr, /hint: An address begins with http:\/\/ or https:\/\/, such as http:\/\/127\.0\.0\.1:18888/);
});

test("a credential with too few rights is said once for all queues, with whoami of its context", async () => {
  await using source = await startRecorder(({ path }) => {
    if (isList(path))
      return { body: { queues: path.includes("marker") ? [] : [{ name: "a" }, { name: "b" }], links: [] } };
    if (path.startsWith("/v2/service")) return { status: 404, body: {} };
    return { status: 403, body: { title: "Not authorized" } };
  });
  const contexts = { here: contextOf("rights"), zaqar: contextOf("rights", source.url) };
  for (const command of ["copy", "verify"]) {
    const { code, stderr } = await migrate(`${command} --from zaqar`, contexts);
    assert.equal(code, EXIT.notAllowed);
    assert.equal(stderr.match(/Not authorized/g)?.length, 1, stderr);
    assert.match(stderr, /✗ a, b: The source \S+ answers: Not authorized/);
    assert.match(stderr, /sukkal whoami --context zaqar/);
    assert.doesNotMatch(stderr, /Repeat the command/);
  }
});
