/** Which service a command asks, and with what credential. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeScratch } from "../../bench/scratch.ts";
import { sukkal as run, type Outcome } from "./command-line.ts";
import { SERVICE, startRecorder, type Recorded, type Reply } from "./recorder.ts";

const scratch = makeScratch("connection");
const reply = ({ path }: Recorded): Reply => ({ body: path.startsWith("/v2/keys") ? { keys: [] } : SERVICE });
const one = await startRecorder(reply);
const other = await startRecorder(reply);
after(async () => {
  await one[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  scratch.remove();
});

const CONFIG = join(scratch.path, "config.toml");
writeFileSync(
  CONFIG,
  `current = "one"
[contexts.one]
url = "${one.url}"
key = "key-of-one"
project = "p1"
[contexts.other]
url = "${other.url}"
key = "key-of-other"
[contexts.here]
key = "key-of-here"
[contexts.command]
url = "${one.url}"
key_command = "echo key-of-command"
[contexts.silent]
url = "${one.url}"
key_command = "true"
[contexts.broken]
url = "${one.url}"
key_command = "echo half-a-key; exit 7"
`,
  { mode: 0o600 },
);

function sukkal(line: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return run(line.split(" "), { env: { SUKKAL_CONFIG: CONFIG, ...env } });
}

interface Case {
  readonly title: string;
  readonly flags?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The service that is asked, and the credential that it gets. */
  readonly to: "one" | "other";
  readonly credential: string | null;
  readonly project?: string | null;
  readonly warns?: RegExp;
  /** In place of `whoami`. */
  readonly command?: string;
}

const ONE = one.url;
const OTHER = other.url;
const CASES: readonly Case[] = [
  { title: "the current context", to: "one", credential: "key-of-one", project: "p1" },
  { title: "a named context", flags: "--context other", to: "other", credential: "key-of-other", project: null },
  { title: "SUKKAL_CONTEXT", env: { SUKKAL_CONTEXT: "other" }, to: "other", credential: "key-of-other" },
  { title: "an empty variable", env: { SUKKAL_CONTEXT: "", SUKKAL_URL: "" }, to: "one", credential: "key-of-one" },
  { title: "SUKKAL_KEY wins over the key of the context", env: { SUKKAL_KEY: "k" }, to: "one", credential: "k" },
  { title: "SUKKAL_TOKEN", env: { SUKKAL_TOKEN: "t" }, to: "one", credential: "t" },
  { title: "--project", flags: "--project p2", to: "one", credential: "key-of-one", project: "p2" },
  {
    title: "SUKKAL_URL without a key gets no key of the context",
    env: { SUKKAL_URL: OTHER },
    to: "other",
    credential: null,
    project: "demo",
    warns: /The credential of the context one is for .* not sent/,
  },
  {
    title: "--url gets no key of the context",
    flags: `--url ${OTHER}`,
    to: "other",
    credential: null,
    warns: /not sent/,
  },
  { title: "--url of the same service", flags: `--url ${ONE}/v2`, to: "one", credential: "key-of-one" },
  {
    title: "--url gets no key of a named context without an address",
    flags: `--context here --url ${OTHER}`,
    to: "other",
    credential: null,
    warns: /The credential of the context here is for http:\/\/127\.0\.0\.1:8787/,
  },
  {
    title: "SUKKAL_URL and SUKKAL_KEY belong together",
    env: { SUKKAL_URL: OTHER, SUKKAL_KEY: "k" },
    to: "other",
    credential: "k",
  },
  {
    title: "--url gets no key of another SUKKAL_URL",
    flags: `--url ${OTHER}`,
    env: { SUKKAL_URL: ONE, SUKKAL_KEY: "k" },
    to: "other",
    credential: null,
    warns: /SUKKAL_KEY is for .* not sent/,
  },
  {
    title: "a named context counts alone",
    flags: "--context other",
    env: { SUKKAL_URL: ONE, SUKKAL_KEY: "k", SUKKAL_PROJECT: "p3" },
    to: "other",
    credential: "key-of-other",
    project: null,
  },
  { title: "a key command", flags: "--context command", to: "one", credential: "key-of-command" },
  {
    title: "ADMIN_API_KEY is not for whoami",
    env: { SUKKAL_URL: OTHER, ADMIN_API_KEY: "admin" },
    to: "other",
    credential: null,
  },
  {
    title: "ADMIN_API_KEY is for commands of operators, in place of SUKKAL_KEY",
    command: "key list",
    env: { SUKKAL_URL: OTHER, ADMIN_API_KEY: "admin", SUKKAL_KEY: "k" },
    to: "other",
    credential: "admin",
  },
  {
    title: "ADMIN_API_KEY is not for the service of a context",
    command: "key list",
    env: { ADMIN_API_KEY: "admin" },
    to: "one",
    credential: "key-of-one",
    warns: /ADMIN_API_KEY is not sent to the service of the context one/,
  },
  {
    title: "ADMIN_API_KEY is not for a context that is named",
    command: "key list",
    flags: "--context other",
    env: { SUKKAL_URL: OTHER, ADMIN_API_KEY: "admin" },
    to: "other",
    credential: "key-of-other",
  },
];
for (const { title, flags, env, to, credential, project, warns, command = "whoami" } of CASES) {
  test(title, async () => {
    const before = { one: one.requests.length, other: other.requests.length };
    const { code, stderr } = await sukkal(flags === undefined ? command : `${command} ${flags}`, env);
    assert.equal(code, 0, stderr);
    const asked = { one, other }[to];
    const passed = { one, other }[to === "one" ? "other" : "one"];
    assert.equal(asked.requests.length, before[to] + 1);
    assert.equal(passed.requests.length, before[to === "one" ? "other" : "one"]);
    assert.equal(asked.credential(), credential);
    if (project !== undefined) assert.equal(asked.requests.at(-1)?.headers["x-project-id"] ?? null, project);
    if (warns !== undefined) assert.match(stderr, warns);
  });
}

for (const [context, says] of [
  ["silent", /key_command of the context printed nothing/],
  ["broken", /key_command of the context failed with exit code 7/],
] as const) {
  test(`a key command that is ${context} is exit code 4, and its output is not repeated`, async () => {
    const { code, stderr } = await sukkal(`whoami --context ${context}`);
    assert.equal(code, 4);
    assert.match(stderr, says);
    assert.ok(!stderr.includes("half-a-key"));
  });
}

test("whoami shows the service, the credential without its secret, and the rights", async () => {
  const { stdout } = await sukkal("whoami --json");
  const { url, url_source: source, credential, caller } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(
    { url, source, credential },
    { url: ONE, source: "context one", credential: { kind: "key", source: "context one" } },
  );
  assert.deepEqual((caller as Record<string, unknown>)["project"], "demo");
  assert.ok(!stdout.includes("key-of-one"));
  assert.ok(!(await sukkal("whoami")).stdout.includes("key-of-one"));
});

test("names of others in a hint are shown without control characters", async () => {
  const file = join(scratch.path, "evil.toml");
  writeFileSync(file, String.raw`[contexts."e\u001b[31mvil"]`, { mode: 0o600 });
  const { stderr } = await sukkal("whoami --context missing", { SUKKAL_CONFIG: file });
  assert.match(stderr, /Known contexts: e\\u001b\[31mvil/);
});

test("a key with a character that cannot be sent is refused, and is not printed", async () => {
  const cases = { SUKKAL_KEY: "sk_sec…ret", SUKKAL_TOKEN: "sec\nret", SUKKAL_PROJECT: "sec…ret" };
  for (const [name, value] of Object.entries(cases)) {
    const { stderr, code } = await sukkal("whoami", { SUKKAL_URL: one.url, [name]: value });
    assert.match(stderr, /has a character that it cannot have/, name);
    assert.doesNotMatch(stderr, /sec/, name);
    assert.equal(code, 2);
  }
});

test("an address that may contain a credential is not printed", async () => {
  for (const url of ["https://user:secret@queues.example", "https://queues.example/?key=secret", "sk_secret"]) {
    const { stderr, code } = await sukkal(`whoami --url ${url}`);
    assert.match(stderr, /is no address of a service/);
    assert.doesNotMatch(stderr, /secret/);
    assert.equal(code, 2);
  }
});

test("a key_command that prints too much, or whose children go on, does not hold up a command", async () => {
  const file = join(scratch.path, "commands.toml");
  writeFileSync(
    file,
    `[contexts.endless]
key_command = "yes"
[contexts.hanging]
key_command = "sleep 50; true"
`,
    { mode: 0o600 },
  );
  const endless = await sukkal("whoami --context endless", { SUKKAL_CONFIG: file });
  assert.match(endless.stderr, /The key_command of the context prints more than a key/);
  assert.equal(endless.code, 4);
  const startedAt = performance.now();
  const signal = AbortSignal.timeout(300);
  const hanging = await run(["whoami", "--context", "hanging"], { env: { SUKKAL_CONFIG: file }, signal });
  assert.equal(hanging.code, 130);
  assert.ok(performance.now() - startedAt < 10_000);
});

test("a configuration that cannot be written is a sentence", async () => {
  const { stderr, code } = await sukkal("context add x --url http://a.example", { SUKKAL_CONFIG: join(CONFIG, "x") });
  assert.match(stderr, /^error: .*(cannot be (read|written)).*\n$/);
  assert.equal(code, 2);
});
