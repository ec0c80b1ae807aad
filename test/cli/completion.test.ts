/** `sukkal completion`: real shells, in which somebody presses Tab, and what they ask for. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startServer, type TestServer } from "sukkal/testing";
import { makeScratch } from "../../bench/scratch.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { sukkal } from "./command-line.ts";
import { startRecorder } from "./recorder.ts";
import { typeInto } from "./terminal.ts";

const scratch = makeScratch("completion");
const env = { SUKKAL_CONFIG: join(scratch.path, "config.toml") };

let server: TestServer;

before(async () => {
  server = await startServer({ server: ROOT });
  await sukkal(["context", "add", "local", "--url", server.url], { env });
  await sukkal(["context", "add", "away", "--url", "http://127.0.0.1:9"], { env });
});

after(async () => {
  await server.stop();
  scratch.remove();
});

/** The words that are proposed for the last one. */
async function proposed(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout, stderr, code } = await sukkal(["__complete", ...words], { env });
  assert.deepEqual({ stderr, code }, { stderr: "", code: 0 });
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t")[0] ?? "");
}

const SHELLS: readonly (readonly [shell: string, interactive: string, prepare: string])[] = [
  ["bash", "bash --norc -i", "source <(sukkal completion bash)"],
  ["zsh", "zsh -f -i", "autoload -U compinit; compinit -u; source <(sukkal completion zsh)"],
  ["fish", "fish --no-config -i", "sukkal completion fish | source"],
];
for (const [shell, interactive, prepare] of SHELLS) {
  const isMissing = spawnSync(shell, ["--version"]).error !== undefined;
  test(`${shell} completes commands, flags, and names of queues`, { skip: isMissing }, async () => {
    const queue = `queue-of-${shell}`;
    await sukkal(["queue", "create", queue], { env });
    const keys = `${prepare}\nsukkal queue del\tqueue-of-${shell.slice(0, 2)}\t--ye\t\nexit\n`;
    const shown = await typeInto(interactive, keys, { folder: scratch.path, timeoutMs: 60_000, env });
    assert.match(shown, new RegExp(`Queue ${queue} is deleted`));
  });
}

test("commands, values and flags are proposed", async () => {
  assert.deepEqual(await proposed("cont"), ["context"]);
  assert.ok((await proposed("context", "")).includes("list"));
  assert.deepEqual(await proposed("completion", ""), ["bash", "zsh", "fish"]);
  assert.ok((await proposed("context", "add", "x", "--")).includes("--key-command"));
  assert.deepEqual(await proposed("nothing", ""), []);
  assert.deepEqual(await proposed("queue", "list", "--nothing", ""), []);
});

test("names of contexts are proposed, flags only after a hyphen", async () => {
  assert.deepEqual(await proposed("context", "use", ""), ["local", "away"]);
  assert.deepEqual(await proposed("queue", "list", "--context", "a"), ["away"]);
  assert.deepEqual(await proposed("context", "use", "--j"), ["--json"]);
});

test("names of queues come from the service that the line names", async () => {
  for (const name of ["a1", "a2", "b1-a"]) await sukkal(["queue", "create", name], { env });
  assert.deepEqual(await proposed("queue", "delete", "a"), ["a1", "a2"]);
  assert.deepEqual(await proposed("queue", "delete", "--project", "other", "a"), []);
  assert.deepEqual(await proposed("queue", "delete", "--context", "away", "a"), []);
  assert.deepEqual(await proposed("queue", "delete", "--context=away", "a"), []);
});

test("names that a shell would interpret are not proposed", async () => {
  const queues = ["$(reboot)", "a;b", "a b", "fine"].map((name) => ({ name, metadata: {} }));
  await using service = await startRecorder(({ path }) => ({
    body: { queues: path.includes("marker") ? [] : queues },
  }));
  assert.deepEqual(await proposed("queue", "delete", "--url", service.url, ""), ["fine"]);
});

test("a service that does not answer is waited for one second", { timeout: 20_000 }, async () => {
  await using service = await startRecorder(() => null);
  assert.deepEqual(await proposed("queue", "delete", "--url", service.url, "a"), []);
});
