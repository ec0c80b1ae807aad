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

const ADMIN_API_KEY = "sk_admin_".padEnd(52, "0");
const service = serviceOfTests();
/** With keys. */
const keyed = serviceOfTests({ AUTH_STRATEGY: "keys", ADMIN_API_KEY });
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
    // A slow machine also says the time and the rate.
    ["copy", /✓ 3 messages copied(?: in .*)?\n/],
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

test("verify names --ignore-extra if that is all that differs, as after a drain", async () => {
  const source = new Sukkal({ url: service.url(), project: "drained" }).queue("jobs");
  await source.post(1);
  const contexts = { drained: contextOf("drained"), full: contextOf("full") };
  await migrate("drain --from drained --to full", contexts);
  const extra = await migrate("verify --from drained --to full", contexts);
  assert.equal(extra.code, EXIT.refused);
  assert.match(extra.stderr, /1 queue of 1 differs\.\nhint: .*--ignore-extra/);
  await source.post(2);
  assert.doesNotMatch((await migrate("verify --from drained --to full", contexts)).stderr, /--ignore-extra/);
});

test("plan refuses a credential of the target that could not copy, and says what it needs", async () => {
  await using source = await startRecorder(({ path }) => {
    if (isList(path))
      return { body: { queues: path.includes("marker") ? [] : [{ name: "mail" }, { name: "orders" }], links: [] } };
    if (path.includes("/messages")) return { body: { messages: [], links: [] } };
    if (path.includes("/subscriptions")) return { body: { subscriptions: [], links: [] } };
    if (path.includes("/stats")) return { body: { messages: { claimed: 0, free: 0, total: 0 } } };
    return path.startsWith("/v2/queues/") ? { body: {} } : { status: 404, body: {} };
  });
  const plan = async (scope: string): Promise<Outcome> => {
    const created = ["key", "create", "--project", "keyed", "--quiet", ...scope.split(" ")];
    const key = (await keyed.sukkal(created, { env: { ADMIN_API_KEY } })).stdout.trim();
    const contexts = {
      target: `url = "${keyed.url()}"\nkey = "${key}"`,
      zaqar: contextOf("keyed", source.url),
    };
    return migrate("plan --from zaqar", contexts);
  };
  const fit = await plan("--roles member");
  assert.equal(fit.code, EXIT.done, fit.stderr);
  const reader = await plan("--roles reader");
  assert.equal(reader.code, EXIT.refused);
  assert.match(reader.stderr, /✗ the credential of the target has the role reader only: copy and drain need member/);
  const narrow = await plan("--roles member --prefix orders");
  assert.equal(narrow.code, EXIT.refused, narrow.stderr);
  assert.match(narrow.stderr, /✗ .* is for orders\* only, and has to cover the journal sukkal-migrate-journal too/);
  assert.match(narrow.stderr, /✗ mail: .* is for orders\* only, and has to cover this queue/);
  assert.doesNotMatch(narrow.stderr, /✗ .*orders: /);
});
