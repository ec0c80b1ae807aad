/** `npm run deploy:check`: what it lets pass, and each thing it does not. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse } from "smol-toml";
import { BINDINGS_MAX, judge, TEXT_BYTES_MAX, type WranglerConfig } from "./deployment.ts";
import { ROOT } from "./wrangler.ts";

const TOML = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
const OURS = parse(TOML) as WranglerConfig;
const folder = mkdtempSync(join(tmpdir(), "sukkal-deploy-check-"));
after(() => rmSync(folder, { recursive: true, force: true }));

type Vars = Readonly<Record<string, unknown>>;

function withVars(vars: Vars, rest: Partial<WranglerConfig> = {}): WranglerConfig {
  return { ...OURS, ...rest, vars: { ...OURS.vars, ...vars } };
}

const KEYS = { AUTH_STRATEGY: "keys" };
const KEYSTONE = {
  AUTH_STRATEGY: "keystone",
  KEYSTONE_URL: "https://keystone.example",
  KEYSTONE_USERNAME: "sukkal",
  KEYSTONE_PROJECT: "service",
};

const NEEDS: readonly (readonly [Vars, readonly string[]])[] = [
  [KEYS, ["ADMIN_API_KEY"]],
  [{ ...KEYS, REQUIRE_CONFIRMATION: "true" }, ["ADMIN_API_KEY", "SIGNED_URL_SECRET_KEY"]],
  [KEYSTONE, ["KEYSTONE_PASSWORD"]],
  [{ ...KEYSTONE, AUTH_STRATEGY: "keystone,keys" }, ["ADMIN_API_KEY", "KEYSTONE_PASSWORD"]],
];

for (const [vars, needed] of NEEDS) {
  test(`${JSON.stringify(vars)} needs ${needed.join(", ")}`, () => {
    assert.deepEqual(judge(withVars(vars), null), { findings: [], neededSecrets: needed });
    const { findings } = judge(withVars(vars), {});
    assert.deepEqual(
      findings,
      needed.map((name) => `${name} is not among the secrets, and these settings need it.`),
    );
  });
}

const FINDINGS: readonly (readonly [string, WranglerConfig, RegExp])[] = [
  ["the flag is missing", withVars(KEYS, { compatibility_flags: [] }), /^compatibility_flags lack/],
  ["AUTH_STRATEGY is not chosen", OURS, /^AUTH_STRATEGY is not set/],
  ["requests do not authenticate", withVars({ AUTH_STRATEGY: "none" }), /^AUTH_STRATEGY is none: anyone who finds/],
  ["a value is wrong", withVars({ ...KEYS, MAX_CLAIM_TTL: "a day" }), /^MAX_CLAIM_TTL is "a day": it must be/],
  ["a name is wrong", withVars({ ...KEYS, MAX_CLAIM_TTI: "60" }), /^MAX_CLAIM_TTI is no setting/],
  ["a value is no text", withVars({ ...KEYS, ACCESS_LOG: true }), /^ACCESS_LOG is no text/],
  ["a secret is in the file", withVars({ ...KEYS, ADMIN_API_KEY: "sk" }), /^ADMIN_API_KEY is a secret: take it out/],
  [
    "a text is too long",
    withVars({ ...KEYS, KEYSTONE_USER_DOMAIN: "x".repeat(TEXT_BYTES_MAX + 1) }),
    /^KEYSTONE_USER_DOMAIN has 5001 bytes/,
  ],
];

for (const [when, config, sentence] of FINDINGS) {
  test(`says so when ${when}`, () => {
    const { findings } = judge(config, null);
    assert.ok(
      findings.some((finding) => sentence.test(finding)),
      findings.join("\n"),
    );
  });
}

test("lets a trusting service be that is reached by a route only", () => {
  assert.deepEqual(judge(withVars({ AUTH_STRATEGY: "none" }, { workers_dev: false }), null).findings, []);
});

test("lets as many vars and secrets be as are safe, and a text as long as may be, and no more", () => {
  const count = Object.keys(withVars(KEYS).vars ?? {}).length;
  const others = Object.fromEntries(Array.from({ length: BINDINGS_MAX - count - 1 }, (_, index) => [`S${index}`, "x"]));
  const secrets = { ...others, ADMIN_API_KEY: "sk_admin_0123456789abcdef0123456789abcdef" };
  assert.deepEqual(judge(withVars(KEYS), secrets).findings, []);
  assert.match(judge(withVars(KEYS), { ...secrets, more: "x" }).findings.join(), /There are 61 vars and secrets/);
  const long = { ...KEYS, KEYSTONE_USER_DOMAIN: "x".repeat(TEXT_BYTES_MAX) };
  assert.deepEqual(judge(withVars(long), null).findings, []);
});

test("a secret's value is never told", () => {
  const { findings } = judge(withVars(KEYS), { ADMIN_API_KEY: "short and telling" });
  assert.equal(findings.length, 1);
  assert.doesNotMatch(findings.join(), /telling/);
});

test("tries the deployment: passes what is fine, and repeats what wrangler warns of or refuses", () => {
  const decided = TOML.replace('# AUTH_STRATEGY = "keystone"', 'AUTH_STRATEGY = "keys"');
  const secrets = join(folder, "secrets.env");
  writeFileSync(secrets, "ADMIN_API_KEY=sk_admin_0123456789abcdef0123456789abcdef\n");
  const fine = check(decided, "--secrets-file", secrets);
  assert.equal(fine.status, 0, fine.stderr);
  assert.equal(fine.stderr, "Nothing speaks against deploying this.\n");

  const warned = check(`surprise = true\n${decided}`);
  assert.equal(warned.status, 1);
  assert.match(warned.stderr, /^These settings need the secrets ADMIN_API_KEY: npx wrangler secret list/);
  assert.match(warned.stderr, /wrangler warns:\n[\s\S]*surprise/);

  const refused = check(decided.replace('main = "', 'main = "nowhere/'));
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /wrangler would not deploy this:/);
});

test("refuses a dollar sign that wrangler would take for a variable's, and none in a JSON object", () => {
  const decided = TOML.replace('# AUTH_STRATEGY = "keystone"', 'AUTH_STRATEGY = "keys"');
  const hex = "0123456789abcdef".repeat(2);
  const secrets = { ADMIN_API_KEY: `sk_admin_${hex}`, SIGNED_URL_SECRET_KEY: `${hex}$HOME` };
  const lines = join(folder, "lines.env");
  writeFileSync(
    lines,
    `ADMIN_API_KEY=${secrets.ADMIN_API_KEY}\nSIGNED_URL_SECRET_KEY=${secrets.SIGNED_URL_SECRET_KEY}\n`,
  );
  const { status, stderr } = check(decided, "--secrets-file", lines);
  assert.equal(status, 1);
  assert.equal(
    stderr,
    "SIGNED_URL_SECRET_KEY holds a $, behind which wrangler expects a variable: use a JSON object.\n",
  );
  const json = join(folder, "secrets.json");
  writeFileSync(json, JSON.stringify(secrets));
  assert.equal(check(decided, "--secrets-file", json).status, 0);
});

test("refuses an option that it does not know, in words", () => {
  const { status, stderr } = check(TOML, "--secret-file", "x");
  assert.equal(status, 1);
  assert.match(stderr, /^Unknown option '--secret-file'[^]*It takes --config PATH and --secrets-file PATH/);
  assert.doesNotMatch(stderr, /\n {4}at /);
});

/** The file has to be where the sources are: its paths begin there. */
function check(toml: string, ...args: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  const config = join(ROOT, `wrangler.${process.pid}.toml`);
  writeFileSync(config, toml);
  try {
    const script = join(ROOT, "scripts/deploy-check.ts");
    return spawnSync(process.execPath, [script, "--config", config, ...args], { encoding: "utf8", timeout: 60_000 });
  } finally {
    rmSync(config);
  }
}
