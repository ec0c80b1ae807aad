/** The template for Heat, by Heat's engine, and the module for Terraform, with the service that `npm start` starts. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Sukkal } from "sukkal/client";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { hasModule, PYTHON } from "../clients/python.ts";
import { EXAMPLES } from "./example.ts";

const ADMIN_API_KEY = `sk_admin_${"infrastructure".repeat(3)}`;
const COMMAND_MS_MAX = 60_000;

const scratch = makeScratch("infrastructure");
let server: Server;
let key: string;
let demo: Sukkal;

before(async () => {
  const environment = { AUTH_STRATEGY: "keys", ADMIN_API_KEY, SIGNED_URL_SECRET_KEY: "secret-of-stacks".repeat(3) };
  server = await Server.start({ dataDir: join(scratch.path, "data"), environment });
  const operator = new Sukkal({ url: server.url, key: ADMIN_API_KEY });
  ({ key } = await operator.keys.create({ project_id: "demo", roles: ["member"] }));
  demo = new Sukkal({ url: server.url, key });
});

after(async () => {
  await server.stop();
  scratch.remove();
});

interface Run {
  readonly code: number | null;
  readonly output: string;
}

async function run(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Run> {
  const child = spawn(command, args, {
    cwd: scratch.path,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: COMMAND_MS_MAX,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  await once(child, "close");
  return { code: child.exitCode, output };
}

test("Heat validates, creates, updates and deletes the stack", async () => {
  assert.ok(hasModule("heat"), "apt-get install python3-heat");
  const script = join(import.meta.dirname, "heat_stack.py");
  const environment = { SUKKAL_URL: server.url, SUKKAL_KEY: key, PYTHONDONTWRITEBYTECODE: "1" };
  const { code, output } = await run(PYTHON, ["-W", "ignore", script], environment);
  assert.equal(code, 0, output);
  assert.match(output, /^OK$/m);
});

const hasTerraform = spawnSync("terraform", ["version"]).status === 0;

test(
  "Terraform creates, changes and destroys what the module has",
  {
    skip: hasTerraform ? false : "terraform is not installed, and Debian has no package of it",
  },
  async () => {
    const folder = join(scratch.path, "terraform");
    cpSync(join(EXAMPLES, "terraform"), folder, { recursive: true });
    const terraform = async (...args: readonly string[]): Promise<Run> =>
      await run("terraform", [`-chdir=${folder}`, ...args], { SUKKAL_KEY: key, CHECKPOINT_DISABLE: "1" });
    const apply = async (variables: Readonly<Record<string, unknown>>): Promise<string> => {
      const all = { url: server.url, name: "jobs", ...variables };
      writeFileSync(join(folder, "terraform.tfvars.json"), JSON.stringify(all));
      const { code, output } = await terraform("apply", "-auto-approve", "-input=false", "-no-color");
      assert.equal(code, 0, output);
      return output;
    };
    const subscribers = async (): Promise<readonly string[]> => {
      const all: string[] = [];
      for await (const { subscriber } of demo.queue("jobs").subscriptions.list()) all.push(subscriber);
      return all;
    };
    const { code, output } = await terraform("init", "-no-color");
    assert.equal(code, 0, output);
    assert.equal((await terraform("fmt", "-check")).code, 0, "terraform fmt");

    await apply({ metadata: { _max_claim_count: 5, "a/b~": "it's" }, webhook: "https://shop.example/in" });
    const metadata = await demo.queue("jobs").metadata();
    assert.deepEqual([metadata["_max_claim_count"], metadata["a/b~"]], [5, "it's"]);
    assert.deepEqual(await subscribers(), ["https://shop.example/in"]);
    assert.equal((await terraform("plan", "-detailed-exitcode")).code, 0, "there are no further changes");

    await demo.queue("jobs").post("kept");
    const changed = await apply({ metadata: { _max_claim_count: 6 }, webhook: "https://shop.example/other" });
    assert.ok(!changed.includes(key), "the credential is in no output");
    assert.equal((await demo.queue("jobs").metadata())["_max_claim_count"], 6);
    assert.deepEqual(await subscribers(), ["https://shop.example/other"]);
    assert.equal((await demo.queue("jobs").stats()).total, 1);

    assert.equal((await terraform("destroy", "-auto-approve")).code, 0);
    assert.deepEqual([await demo.queue("jobs").exists(), await subscribers()], [false, []]);
  },
);

test("a request of the module that is refused fails, and shows the answer of the service", async () => {
  const script = join(EXAMPLES, "terraform", "request.sh");
  const { code, output } = await run("sh", [script, "PUT", `${server.url}/v2/queues/jobs`], { SUKKAL_KEY: "sk_wrong" });
  assert.notEqual(code, 0);
  assert.match(output, /"unauthenticated"/);
});
