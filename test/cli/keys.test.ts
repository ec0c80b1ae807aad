/** `sukkal key …` and `sukkal quota …` against a service with API keys, as an operator and as the users of two projects. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { startServer, type TestServer } from "sukkal/testing";
import { ROOT } from "../../scripts/wrangler.ts";
import { sukkal as run, type Outcome, type RunOptions } from "./command-line.ts";

const ADMIN_API_KEY = "sk_admin_".padEnd(52, "0");
const KEY = /^sk_[0-9a-f]{16}\.\w+_[0-9a-f]{64}\n$/;

let server: TestServer;

before(async () => {
  server = await startServer({ server: ROOT, settings: { AUTH_STRATEGY: "keys", ADMIN_API_KEY } });
});

after(() => server.stop());

function sukkal(line: string, env: NodeJS.ProcessEnv = { ADMIN_API_KEY }, options: RunOptions = {}): Promise<Outcome> {
  return run(line.split(" "), { ...options, env: { SUKKAL_URL: server.url, ...env } });
}

test("a key is created, used, listed, shown and revoked", async () => {
  const made = await sukkal("key create --project shop --roles reader,member --prefix orders- --expires 1d");
  assert.match(made.stdout, KEY);
  assert.match(made.stderr, /project +shop\nroles +reader,member\nqueues +orders-\*\n[^]*cannot be shown again:\n$/);
  const SUKKAL_KEY = made.stdout.trim();
  const id = /^sk_(.*)_/.exec(SUKKAL_KEY)?.[1] ?? "";
  const whoami = await sukkal("whoami", { SUKKAL_KEY });
  assert.match(whoami.stdout, /^credential\tkey of SUKKAL_KEY\nproof\tAPI key\nproject\tshop\n/m);
  assert.match(whoami.stdout, /^queues\torders-\*$/m);

  const list = await sukkal("key list --project shop");
  assert.match(list.stdout, new RegExp(`^${id}\tshop\treader,member\torders-\\*\t`));
  const shown = await sukkal(`key show ${id} --json`);
  assert.equal((JSON.parse(shown.stdout) as { id: string }).id, id);
  for (const { stdout, stderr } of [whoami, list, shown]) assert.ok(!`${stdout}${stderr}`.includes(SUKKAL_KEY));

  assert.match((await sukkal(`key revoke ${id}`)).stderr, /is revoked; it may still be accepted for up to 60 seconds/);
  const gone = await sukkal(`key show ${id}`);
  assert.equal(gone.code, 3);
  assert.match((await sukkal("key list --project shop")).stderr, /The project has no API key/);
});

test("an admin key of a project needs no --project, and a member may not list keys", async () => {
  const admin = (await sukkal("key create --project team --roles admin --quiet")).stdout.trim();
  const member = await sukkal("key create --quiet", { SUKKAL_KEY: admin });
  assert.match(member.stdout, KEY);
  assert.equal(member.stderr, "");
  const refused = await sukkal("key list", { SUKKAL_KEY: member.stdout.trim() });
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /too few rights/);
});

test("the operator's key belongs to no project: the flag is named", async () => {
  for (const line of ["key list", "key create", "quota show", "quota set queues=1", "quota reset"]) {
    const { code, stderr } = await sukkal(line);
    assert.equal(code, 2, line);
    assert.match(stderr, /belongs to no project\.\nhint: Say --project ID\./);
  }
});

test("the operator's key is not for other commands, and not for the service of a context", async () => {
  assert.match((await sukkal("whoami")).stderr, /401|SUKKAL_KEY/);
  assert.equal((await sukkal("key list --project shop", { ADMIN_API_KEY: "" })).code, 4);
  assert.equal((await sukkal("key list --project shop", { ADMIN_API_KEY: `${ADMIN_API_KEY}1` })).code, 4);
});

test("quotas are set, shown with what is used, and reset", async () => {
  assert.equal((await sukkal("quota set queues=2 messages_per_queue=none --project shop")).code, 0);
  const SUKKAL_KEY = (await sukkal("key create --project shop --quiet")).stdout.trim();
  await sukkal("queue create jobs", { SUKKAL_KEY });
  assert.match((await sukkal("quota show --project shop")).stdout, /^queues\t1\t2\nmessages_per_queue\t\t-1\n/);
  assert.match((await sukkal("quota show --queue jobs", { SUKKAL_KEY })).stdout, /^messages_per_queue\t0\t-1\n/m);
  assert.match(
    (await sukkal("quota show --project shop", { ADMIN_API_KEY }, { terminal: 80 })).stdout,
    /^QUOTA +USED +LIMIT\nqueues +1 +2\nmessages_per_queue +- +none\n/,
  );
  assert.equal((await sukkal("quota set queues=1", { SUKKAL_KEY })).code, 4);
  assert.equal((await sukkal("quota reset --project shop")).code, 0);
  assert.match((await sukkal("quota show --project shop")).stdout, /^queues\t1\t-1\n/);
});

for (const line of [
  "key create --expires tomorrow",
  "key revoke",
  "quota set",
  "quota set queues",
  "quota set queues=x",
]) {
  test(`sukkal ${line}: exit code 2`, async () => {
    assert.equal((await sukkal(line)).code, 2);
  });
}

test("npm run keys is the same command", async () => {
  const keys = (...words: readonly string[]): string =>
    execFileSync("npm", ["run", "--silent", "keys", "--", ...words], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, SUKKAL_URL: server.url, ADMIN_API_KEY, SUKKAL_CONFIG: "/dev/null" },
    });
  assert.match(keys("new-admin-key"), /^sk_admin_[\w-]{43}\n$/);
  assert.match(keys("create", "--project", "old", "--roles", "member", "--prefix", "a-"), KEY);
  assert.match(keys("list", "--project", "old"), /^[0-9a-f]{16}\.old\told\tmember\ta-\*\t/);
});

test("a queue outside of the key's names: the names that it is for", async () => {
  const SUKKAL_KEY = (await sukkal("key create --project shop --roles member --prefix orders- --quiet")).stdout.trim();
  for (const line of ["post jobs 1", "queue show jobs"]) {
    const { stderr, code } = await sukkal(line, { SUKKAL_KEY });
    assert.match(stderr, /hint: The credential is for orders-\* only/);
    assert.equal(code, 4);
  }
});

test("commands that ADMIN_API_KEY is no credential of say so", async () => {
  const { stderr, code } = await sukkal("queue list");
  assert.match(stderr, /hint: ADMIN_API_KEY is a credential of sukkal key and sukkal quota only\. Give an API key/);
  assert.equal(code, 4);
});

test("an unknown quota: the names that there are", async () => {
  const { stderr, code } = await sukkal("quota set queue=3 --project shop");
  assert.match(
    stderr,
    /^error: There is no quota queue\. Did you mean queues\?\nhint: Quotas: queues, messages_per_queue/,
  );
  assert.equal(code, 2);
});

test("quotas that a set does not name get the limits of the service", async () => {
  await sukkal("quota set queues=5 --project reset");
  await sukkal("quota set messages_per_queue=7 --project reset");
  const { stdout } = await sukkal("quota show --project reset");
  assert.match(stdout, /^queues\t\d*\t-1\nmessages_per_queue\t\d*\t7\n/);
});

test("on a terminal of 80 columns days are whole, and times have one form", async () => {
  await sukkal("key create --project shown --expires 2030-01-01T00:00:00Z --quiet");
  const { stdout } = await sukkal("key list --project shown", undefined, { terminal: 80 });
  assert.match(stdout, / 2030-01-01 +never( |\n)/);
  const [id = ""] = (await sukkal("key list --project shown")).stdout.split("\t");
  const shown = await sukkal(`key show ${id}`, undefined, { terminal: 80 });
  assert.match(shown.stdout, /\nexpires +2030-01-01 00:00:00Z\n/);
});
