/** `sukkal context …`, and the file in which contexts are. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, beforeEach, mock, test } from "node:test";
import { makeScratch } from "../../bench/scratch.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { sukkal as run, type Outcome, type RunOptions } from "./command-line.ts";
import { typeInto } from "./terminal.ts";

const scratch = makeScratch("contexts");
after(() => scratch.remove());

const SECRET = "5ec7e7".padEnd(64, "0");
const KEY = `sk_0123456789abcdef.shop_${SECRET}`;

const MAIN = join(ROOT, "packages/sukkal/src/cli/main.ts");

let count = 0;
let config = "";
beforeEach(() => {
  config = join(scratch.path, `${count++}`, "sukkal", "config.toml");
});

async function sukkal(line: string, options: RunOptions = {}): Promise<Outcome> {
  const outcome = await run(line.split(" "), { ...options, env: { SUKKAL_CONFIG: config, ...options.env } });
  for (const printed of [outcome.stdout, outcome.stderr])
    assert.ok(!printed.includes(SECRET), `${line} prints the key`);
  return outcome;
}

const SHOP = "context add shop --url https://queues.example.com/v2/";

test("the first context becomes the current one, another one by use", async () => {
  assert.match((await sukkal("context list")).stderr, /There is no context/);
  assert.equal((await sukkal("context add local --url http://127.0.0.1:1 --project demo")).code, 0);
  assert.equal((await sukkal(`${SHOP} --key -`, { input: `${KEY}\n` })).code, 0);
  assert.equal(
    (await sukkal("context list")).stdout,
    "*\tlocal\thttp://127.0.0.1:1\tdemo\t\n\tshop\thttps://queues.example.com\t\tkey\n",
  );
  assert.equal((await sukkal("context use shop")).code, 0);
  assert.match((await sukkal("context show")).stdout, /^name\tshop\ncurrent\ttrue\n/);
  assert.deepEqual(JSON.parse((await sukkal("context show shop --json")).stdout), {
    name: "shop",
    current: true,
    url: "https://queues.example.com",
    project: null,
    key: "sk_0123456789abcdef.shop_…",
    key_command: null,
    cloud: null,
  });
  await sukkal("context list", { terminal: 200 });
  assert.equal((await sukkal("context remove shop --yes")).code, 0);
  assert.match((await sukkal("context show")).stderr, /no current context/);
  assert.equal((await sukkal("context use shop")).code, 2);
});

test("only the user can read the file and its folder", async () => {
  await sukkal(`${SHOP} --key -`, { input: KEY });
  assert.equal(statSync(config).mode & 0o777, 0o600);
  assert.equal(statSync(join(config, "..")).mode & 0o777, 0o700);
  assert.ok(readFileSync(config, "utf8").includes(KEY));
});

test("a file that others can read or change is warned about, and has the right mode after a change", async () => {
  await sukkal(`${SHOP} --key -`, { input: KEY });
  for (const mode of [0o640, 0o604]) {
    chmodSync(config, mode);
    assert.match((await sukkal("context list --quiet")).stderr, /warning: Other users can read .*chmod 600/);
  }
  for (const mode of [0o620, 0o602]) {
    chmodSync(config, mode);
    assert.match((await sukkal("context list --quiet")).stderr, /warning: Other users can change /);
  }
  await sukkal("context use shop");
  assert.equal((await sukkal("context list")).stderr, "");
  assert.equal(statSync(config).mode & 0o777, 0o600);
});

test("a key is no argument, is asked for without being shown, and is never empty", async () => {
  const { code, stderr } = await sukkal(`${SHOP} --key ${KEY}`);
  assert.equal(code, 2);
  assert.match(stderr, /a key is no argument/);
  assert.match((await sukkal(`${SHOP} --key`)).stderr, /Nobody can be asked/);
  assert.equal((await sukkal(`${SHOP} --key -`, { input: "\n" })).code, 2);
  assert.equal((await sukkal(`${SHOP} --key -`, { input: "two\nlines" })).code, 2);
  assert.equal((await sukkal(`${SHOP} --key`, { input: `${KEY}\n`, isTyped: true, terminal: 80 })).code, 0);
  assert.ok(readFileSync(config, "utf8").includes(KEY));
});

test("a terminal does not show a key that is typed", async () => {
  const env = { SUKKAL_CONFIG: config };
  const options = { folder: scratch.path, timeoutMs: 30_000, env, prompt: "API key (not shown): " };
  const shown = await typeInto("sukkal context add shop --url http://x --key", `${KEY}\r`, options);
  assert.ok(!shown.includes(SECRET), shown);
  assert.ok(readFileSync(config, "utf8").includes(KEY));
});

test("a key in a key command is not shown either", async () => {
  await run(["context", "add", "shop", "--url", "http://x", "--key-command", `echo ${KEY}`], {
    env: { SUKKAL_CONFIG: config },
  });
  assert.match((await sukkal("context show shop --json")).stdout, /"key_command":"echo sk_…"/);
});

test("Ctrl-D at the question for a key adds nothing", async () => {
  const { code } = await sukkal(`${SHOP} --key`, { input: "", isTyped: true, terminal: 80 });
  assert.equal(code, 130);
  assert.match((await sukkal("context list")).stderr, /There is no context/);
});

const WRONG: readonly (readonly [line: string, says: RegExp])[] = [
  ["context add shop", /--url/],
  ["context add -x --url http://x", /x/],
  ["context add a/b --url http://x", /no name of a context/],
  ["context add shop --url http://user:password@x", /no address/],
  ["context add shop --url http://x --cloud a --key-command b", /one of/],
];
for (const [line, says] of WRONG) {
  test(`sukkal ${line}: exit code 2`, async () => {
    const { code, stderr } = await sukkal(line);
    assert.equal(code, 2);
    assert.match(stderr, says);
  });
}

test("an existing context is replaced only if that is said", async () => {
  await sukkal("context add shop --url http://one.test");
  assert.match((await sukkal(SHOP)).stderr, /--replace/);
  assert.equal((await sukkal(`${SHOP} --replace`)).code, 0);
  assert.match((await sukkal("context show shop")).stdout, /queues\.example\.com/);
});

test("an error in the file is described without its text", async () => {
  await sukkal(SHOP);
  writeFileSync(config, `[contexts.shop]\nkey = "${KEY}\n`);
  const { code, stderr } = await sukkal("context list");
  assert.equal(code, 2);
  assert.match(stderr, /is not a configuration: .*\(line \d\)/);
});

test("of a link the target is replaced, and what is no file stays", async () => {
  await sukkal(SHOP);
  const link = join(config, "..", "link");
  symlinkSync(config, link);
  await run(["context", "add", "other", "--url", "http://x"], { env: { SUKKAL_CONFIG: link } });
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.match(readFileSync(config, "utf8"), /contexts\.other/);
  assert.equal((await run(["context", "add", "other", "--url", "http://x"])).code, 2);
  assert.ok(statSync("/dev/null").isCharacterDevice());
});

test("a context of the same name needs --replace: exit code 2", async () => {
  await sukkal(`${SHOP} --key -`, { input: KEY });
  const again = await sukkal(`${SHOP} --key -`, { input: KEY });
  assert.match(again.stderr, /There is a context "shop" already\.\nhint: Say --replace/);
  assert.equal(again.code, 2);
  assert.equal((await sukkal(`${SHOP} --replace`)).code, 0);
});

for (const [key, isWhole] of [
  [KEY, true],
  [KEY.slice(0, -1), false],
  ["sk_admin_0123456789", true],
  ["key-of-another-kind", true],
] as const) {
  test(`a key ${isWhole ? "" : "that is not whole "}of ${key.length} characters`, async () => {
    const { stderr, code } = await sukkal(`${SHOP} --key -`, { input: key });
    assert.equal(stderr.includes("warning: The key is not whole"), !isWhole);
    assert.equal(code, 0);
  });
}

test("commands that run at the same time keep what each of them has added", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `shop-${index}`);
  await Promise.all(names.map((name) => sukkal(`context add ${name} --url http://x`)));
  const listed = (await sukkal("context list")).stdout.split("\n").slice(0, -1);
  assert.deepEqual(new Set(listed.map((line) => line.split("\t")[1])), new Set(names));
  assert.deepEqual(readdirSync(dirname(config)), ["config.toml"]);
});

test("two commands at the same time do not both add a context of one name", async () => {
  const codes = await Promise.all([sukkal(SHOP), sukkal(SHOP)]).then((ended) => ended.map(({ code }) => code));
  assert.deepEqual(new Set(codes), new Set([0, 2]));
});

test("a lock that a killed command has left is named, and nothing is changed", { timeout: 30_000 }, async (t) => {
  await sukkal(SHOP);
  writeFileSync(`${config}.lock`, "");
  // Each reading of the clock is a second later.
  let now = 0;
  mock.method(performance, "now", () => (now += 1000));
  t.after(() => mock.restoreAll());
  const { code, stderr } = await sukkal("context remove shop --yes");
  assert.match(stderr, /is being changed by another command\.\nhint: .*config\.toml\.lock/);
  assert.equal(code, 2);
  assert.match((await sukkal("context list")).stdout, /shop/);
});

for (const folder of ["/proc/sukkal", "dangling/folder"]) {
  test(`a file in ${folder}, which cannot be made: exit code 2`, async () => {
    const around = join(scratch.path, `${count++}`);
    mkdirSync(around);
    symlinkSync("nothing", join(around, "dangling"));
    const path = resolve(around, folder, "config.toml");
    // In a process of its own: it would not end.
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--conditions=sukkal-source", MAIN, "context", "add", "shop", "--url", "http://x"],
      { env: { SUKKAL_CONFIG: path }, encoding: "utf8", timeout: 20_000, killSignal: "SIGKILL" },
    );
    assert.match(stderr, /config\.toml cannot be written \(ENOENT\)/);
    assert.equal(status, 2);
  });
}
