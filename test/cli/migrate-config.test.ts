/** `sukkal migrate config`: the settings that correspond to a configuration of Zaqar. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeScratch } from "../../bench/scratch.ts";
import { EXIT } from "../../packages/sukkal/src/cli/exit-code.ts";
import { convert } from "../../packages/sukkal/src/cli/migrate/config/convert.ts";
import { parseIni, substituted } from "../../packages/sukkal/src/cli/migrate/config/ini.ts";
import { toPolicyRules } from "../../packages/sukkal/src/cli/migrate/config/policy.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { sukkal } from "./command-line.ts";
import { linesOf } from "./service.ts";

const scratch = makeScratch("migrate-config");
after(() => scratch.remove());

function file(name: string, content: string): string {
  const path = join(scratch.path, name);
  writeFileSync(path, content);
  return path;
}

const CONF = `# A comment
[DEFAULT]
auth_strategy = keystone
debug = true
admin_mode: True
[transport]
max_message_ttl = 86400
max_message_ttl = 43200
message_paging_uplimit = 100
subscriber_types = http,
    https
message_encryption_key = canary-1
[signed_url]
secret_key = "canary-2 with 'blanks'"
[keystone_authtoken]
auth_url = http://$host:5000
host = keystone
password = canary-3
user_domain_id = 4f3a
[notification]
smtp_host = mail.example
smtp_user_name = ops@example
smtp_user_password = canary-4
[oslo_policy]
policy_file = policy.yaml
[drivers:message_store:redis]
uri = redis://:canary-5@10.0.0.1
[unknown]
x = canary-6
`;
const POLICY = `"context_is_admin": "role:admin"
"queues:create": "rule:context_is_admin or role:writer"
"queues:get": ""
"claims:create": "!"
"messages:create": "role:a and role:b"
`;

test("settings, secrets that are named, and reasons for what has none", async () => {
  file("policy.yaml", POLICY);
  const path = file("zaqar.conf", CONF);
  const { stdout, stderr, code } = await sukkal(["migrate", "config", path]);
  assert.equal(code, EXIT.done, stderr);
  assert.deepEqual(
    linesOf({ stdout }).map((line) => line.replace(/: .*| set it by hand.*/, "")),
    [
      "AUTH_STRATEGY=keystone",
      "ADMIN_MODE=true",
      "MAX_MESSAGE_TTL=43200",
      "MAX_MESSAGES_PER_PAGE=100",
      "SUBSCRIBER_TYPES=http,https",
      "KEYSTONE_URL=http://keystone:5000",
      `POLICY_RULES='{"queues:create":["admin","writer"],"queues:get":["*"],"claims:create":[]}'`,
      "# SIGNED_URL_SECRET_KEY=",
      "# KEYSTONE_PASSWORD=",
      "# SMTP_URL=",
      "# [DEFAULT] debug",
      "# [transport] message_encryption_key",
      "# [keystone_authtoken] host",
      "# [keystone_authtoken] user_domain_id",
      "# [notification] smtp_host",
      "# [notification] smtp_user_name",
      "# [notification] smtp_user_password",
      "# [drivers:message_store:redis] uri",
      "# [unknown] x",
      "# [oslo_policy] policy_file",
    ],
  );
  assert.match(stdout, /by hand: messages:create\.$/m);
  assert.match(stdout, /# \[unknown\] x: it is not known\./);
  assert.doesNotMatch(stdout + stderr, /canary/);
  assert.match(stderr, /Secrets are not printed/);
});

test("--secrets prints them into a pipe, and never on a terminal", async () => {
  const path = file("secrets.conf", CONF.replace("policy_file = policy.yaml", ""));
  const { stdout, stderr } = await sukkal(["migrate", "config", path, "--secrets"]);
  assert.match(stdout, /^SIGNED_URL_SECRET_KEY='canary-2 with '\\''blanks'\\'''$/m);
  assert.match(stdout, /^SMTP_URL=smtp:\/\/ops%40example:canary-4@mail\.example$/m);
  assert.doesNotMatch(stdout, /canary-[156]/);
  assert.match(stderr, /warning: The output has secrets/);
  const shown = await sukkal(["migrate", "config", path, "--secrets"], { terminal: 80 });
  assert.equal(shown.code, EXIT.usage);
  assert.doesNotMatch(shown.stdout + shown.stderr, /canary/);
  const document = await sukkal(["migrate", "config", path, "--json"]);
  assert.doesNotMatch(document.stdout, /canary/);
  const { secrets } = JSON.parse(document.stdout) as { readonly secrets: readonly string[] };
  assert.deepEqual(secrets, ["SIGNED_URL_SECRET_KEY", "KEYSTONE_PASSWORD", "SMTP_URL"]);
});

test("later files win, and files that are no configuration are told without their text", async () => {
  const [one, other] = [
    file("1.conf", "[transport]\nmax_claim_ttl=1\n"),
    file("2.conf", "[transport]\nmax-claim-ttl = 2\n"),
  ];
  const { stdout: merged } = await sukkal(["migrate", "config", one, other]);
  assert.match(
    merged,
    /^MAX_CLAIM_TTL=2\n# \[DEFAULT\] auth_strategy: it is not set, so Zaqar trusts every X-Project-ID; .*\n$/,
  );
  for (const [content, line] of [
    ["[transport\nx = canary", 1],
    ["[a]\ncanary", 2],
    ["canary = 1", 1],
  ] as const) {
    const { code, stdout, stderr } = await sukkal(["migrate", "config", file("broken.conf", content)]);
    assert.equal(code, EXIT.usage);
    assert.match(stderr, new RegExp(`broken\\.conf is not a file of oslo\\.config: .* \\(line ${line}\\)`));
    assert.doesNotMatch(stdout + stderr, /canary/);
  }
  assert.equal((await sukkal(["migrate", "config", "/nowhere/zaqar.conf"])).code, EXIT.usage);
});

test("values of several lines, quotes, comments, repeated names, substitutions", () => {
  const text = "[a]\nx = 1,\n  2\n # no comment\n\n; c\nb: 'q = 1'\nb = 2\ny = $x/${c.z}/$$/$none\n[c]\nz = 9\n";
  assert.deepEqual(substituted(parseIni(text, "f")), [
    { section: "a", name: "x", values: ["1,\n2\n# no comment"] },
    { section: "a", name: "b", values: ["q = 1", "2"] },
    { section: "a", name: "y", values: ["1,\n2\n# no comment/9/$/$none"] },
    { section: "c", name: "z", values: ["9"] },
  ]);
});

test("rules that are parts of each other, and what is no rule", () => {
  const { rules, others } = toPolicyRules({
    "a:b": "rule:c",
    c: "rule:c",
    "d:e": "project_id:%(project_id)s",
    "f:g": [],
    "h:i": 5,
  });
  assert.deepEqual(rules, { "f:g": ["*"] });
  assert.deepEqual(others, ["a:b", "d:e", "h:i"]);
  assert.deepEqual(toPolicyRules(null), { rules: {}, others: [] });
});

test("every setting with an option of Zaqar is printed for that option", () => {
  const document = readFileSync(join(ROOT, "docs/CONFIGURATION.md"), "utf8");
  const rows = [...document.matchAll(/^\| `([A-Z_]+)` \|.*\| \[([^\]]+)\] (\w+) \|$/gm)];
  assert.ok(rows.length > 30);
  for (const [, variable = "", section = "", name = ""] of rows) {
    if (["POLICY_RULES", "MESSAGE_ENCRYPTION_KEY"].includes(variable)) continue;
    const value = name === "auth_strategy" ? "keystone" : "true";
    const lines = convert([{ section, name, values: [value] }]);
    const printed = lines.some((line) => line.kind !== "none" && line.variable === variable);
    assert.ok(printed, `${variable} for [${section}] ${name}`);
  }
});
