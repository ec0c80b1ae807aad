/** `npm run deploy:check`: deployments that it accepts, and each of its findings. */
import assert from "node:assert/strict";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
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
      needed.map((name) => `These settings need the secret ${name}, which is not in the secrets file.`),
    );
  });
}

const FINDINGS: readonly (readonly [string, WranglerConfig, RegExp])[] = [
  ...(OURS.compatibility_flags ?? []).map((flag): (typeof FINDINGS)[number] => [
    `${flag} is missing`,
    withVars(KEYS, { compatibility_flags: OURS.compatibility_flags?.filter((each) => each !== flag) ?? [] }),
    new RegExp(`^compatibility_flags lack "${flag}": `),
  ]),
  [
    "no authentication strategy is chosen",
    OURS,
    /^AUTH_STRATEGY is not set: .*"none"\. Settings belong under \[vars\] in wrangler\.toml/,
  ],
  [
    "a setting is missing that another needs",
    withVars({ AUTH_STRATEGY: "keystone" }),
    /^KEYSTONE_URL is not set, .* Settings belong under \[vars\]/,
  ],
  [
    "a public service does not authenticate",
    withVars({ AUTH_STRATEGY: "none" }),
    /^AUTH_STRATEGY is none: anyone who finds/,
  ],
  ["a value is invalid", withVars({ ...KEYS, MAX_CLAIM_TTL: "a day" }), /^MAX_CLAIM_TTL is "a day": it must be [^[]*$/],
  ["a name is unknown", withVars({ ...KEYS, GREETING: "60" }), /^GREETING is not a setting of this version\.$/],
  [
    "a name is misspelt",
    withVars({ ...KEYS, MAX_CLAIM_TTI: "60" }),
    /^MAX_CLAIM_TTI is not a setting of this version: did you mean MAX_CLAIM_TTL\?$/,
  ],
  ["a value is not a text", withVars({ ...KEYS, ACCESS_LOG: true }), /^ACCESS_LOG must be a text/],
  ["a secret is in the file", withVars({ ...KEYS, ADMIN_API_KEY: "sk" }), /^ADMIN_API_KEY is a secret\. Remove it/],
  [
    "a text is too long",
    withVars({ ...KEYS, KEYSTONE_USER_DOMAIN: "x".repeat(TEXT_BYTES_MAX + 1) }),
    /^KEYSTONE_USER_DOMAIN has 5001 bytes/,
  ],
];

for (const [when, config, sentence] of FINDINGS) {
  test(`reports that ${when}`, () => {
    const { findings } = judge(config, null);
    assert.ok(
      findings.some((finding) => sentence.test(finding)),
      findings.join("\n"),
    );
  });
}

test("accepts AUTH_STRATEGY=none for a service that only a route reaches", () => {
  assert.deepEqual(judge(withVars({ AUTH_STRATEGY: "none" }, { workers_dev: false }), null).findings, []);
});

test("accepts the maximum number of vars and secrets and the maximum length of a text, and no more", () => {
  const count = Object.keys(withVars(KEYS).vars ?? {}).length;
  const others = Object.fromEntries(Array.from({ length: BINDINGS_MAX - count - 1 }, (_, index) => [`S${index}`, "x"]));
  const secrets = { ...others, ADMIN_API_KEY: "sk_admin_0123456789abcdef0123456789abcdef" };
  assert.deepEqual(judge(withVars(KEYS), secrets).findings, []);
  assert.match(judge(withVars(KEYS), { ...secrets, more: "x" }).findings.join(), /There are 61 vars and secrets/);
  const long = { ...KEYS, KEYSTONE_USER_DOMAIN: "x".repeat(TEXT_BYTES_MAX) };
  assert.deepEqual(judge(withVars(long), null).findings, []);
});

test("reports a misspelt secret, but not one of another program", () => {
  const ADMIN_API_KEY = "sk_admin_0123456789abcdef0123456789abcdef";
  const { findings } = judge(withVars(KEYS), { ADMIN_API_KEY, METRICS_API_KEYS: "telling", SENTRY_DSN: "x" });
  assert.deepEqual(findings, [
    "The secret METRICS_API_KEYS is not a setting of this version: did you mean METRICS_API_KEY?",
  ]);
});

test("never prints the value of a secret", () => {
  const { findings } = judge(withVars(KEYS), { ADMIN_API_KEY: "short and telling" });
  assert.equal(findings.length, 1);
  assert.doesNotMatch(findings.join(), /telling/);
});

test("makes a dry run: accepts a valid deployment, and prints wrangler's warnings and errors", () => {
  const decided = TOML.replace('# AUTH_STRATEGY = "keystone"', 'AUTH_STRATEGY = "keys"');
  const secrets = join(folder, "secrets.env");
  writeFileSync(secrets, "ADMIN_API_KEY=sk_admin_0123456789abcdef0123456789abcdef\n");
  const fine = check(decided, "--secrets-file", secrets);
  assert.equal(fine.status, 0, fine.stderr);
  assert.equal(fine.stderr, "The deployment check found no problems.\n");

  const warned = check(`surprise = true\n${decided}`);
  assert.equal(warned.status, 1);
  assert.match(
    warned.stderr,
    /^These settings need the secrets ADMIN_API_KEY\. To see which are set: npx wrangler secret list/,
  );
  assert.match(warned.stderr, /wrangler warns:\n[\s\S]*surprise/);

  const refused = check(decided.replace('main = "', 'main = "nowhere/'));
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /wrangler refuses this deployment:/);
});

test("refuses a dollar sign that wrangler would read as a variable, but accepts it in a JSON object", () => {
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
    "SIGNED_URL_SECRET_KEY contains a $, which wrangler would read as a variable. Use a JSON object in the secrets file.\n",
  );
  const json = join(folder, "secrets.json");
  writeFileSync(json, JSON.stringify(secrets));
  assert.equal(check(decided, "--secrets-file", json).status, 0);
});

test("says that there is no secrets file", () => {
  const missing = join(folder, "missing.env");
  const { status, stderr } = check(TOML, "--secrets-file", missing);
  assert.equal(status, 1);
  assert.equal(stderr, `${missing} cannot be read (ENOENT).\n`);
});

test("--help names the options", () => {
  const { status, stdout } = check(TOML, "--help");
  assert.equal(status, 0);
  assert.match(stdout, /^Usage: npm run deploy:check -- \[--config PATH\] \[--secrets-file PATH\]\n/);
});

test("refuses an unknown option with a sentence", () => {
  const { status, stderr } = check(TOML, "--secret-file", "x");
  assert.equal(status, 1);
  assert.match(stderr, /^Unknown option '--secret-file'[^]*The options are --config PATH and --secrets-file PATH/);
  assert.doesNotMatch(stderr, /\n {4}at /);
});

/** Writes the file to the root of the checkout, because its paths are relative. */
function check(toml: string, ...args: readonly string[]): SpawnSyncReturns<string> {
  const config = join(ROOT, `wrangler.${process.pid}.toml`);
  writeFileSync(config, toml);
  try {
    const script = join(ROOT, "scripts/deploy-check.ts");
    return spawnSync(process.execPath, [script, "--config", config, ...args], { encoding: "utf8", timeout: 60_000 });
  } finally {
    rmSync(config);
  }
}
