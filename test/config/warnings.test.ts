/** Settings that are valid, but that an operator should know something about. */
import { expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { VARIABLES } from "../../src/config/settings.ts";
import { warningsOf, warningsOfVariables } from "../../src/config/warnings.ts";

const warnings = (settings: Readonly<Record<string, string>>): readonly string[] =>
  warningsOf(readConfig({ AUTH_STRATEGY: "keys", ADMIN_API_KEY: `sk_admin_${"0".repeat(64)}`, ...settings }));

test("a service without authentication is for development and trusted networks", () => {
  expect(warnings({})).toEqual([]);
  expect(warnings({ AUTH_STRATEGY: "none" })).toEqual([expect.stringMatching(/^AUTH_STRATEGY=none trusts/)]);
});

test("SPREAD_ALWAYS that spreads no queue is told, with the setting to change", () => {
  expect(warnings({ SPREAD_ALWAYS: "true", SHARDS: "4" })).toEqual([]);
  expect(warnings({ SPREAD_ALWAYS: "true" })).toEqual([expect.stringMatching(/^SPREAD_ALWAYS .*: set SHARDS to 4 or/)]);
  expect(warnings({ SPREAD_ALWAYS: "true", SHARDS: "4", QUEUE_ORDER: "fifo" })).toEqual([
    expect.stringMatching(/^SPREAD_ALWAYS .*: unset QUEUE_ORDER/),
  ]);
});

test.each([
  ["MAX_MESAGES_POST_SIZE", "MAX_MESSAGES_POST_SIZE"],
  ["AUTH_STRATEGIE", "AUTH_STRATEGY"],
  ["ADMIN_API_KEYS", "ADMIN_API_KEY"],
  ["SHARD", "SHARDS"],
  ["DATADIR", "DATA_DIR"],
  ["auth_strategy", "AUTH_STRATEGY"],
  ["MAX_CLAIM_TTLS", "MAX_CLAIM_TTL"],
])("%s is told to be no setting, with the one that is meant, and without its value", (name, meant) => {
  expect(warningsOfVariables({ [name]: "a secret" }, ["DATA_DIR"])).toEqual([
    `${name} is no setting, and has no effect: did you mean ${meant}?`,
  ]);
});

test("settings, variables of other programs and bindings of a Worker are not told", () => {
  const others =
    "CI COLORTERM DATABASE_URL DEBUG DISPLAY DOC EDITOR HOME HOST HOSTNAME HTTP_URL INVOCATION_ID JOURNAL_STREAM KUBERNETES_PORT LANG " +
    "LC_ALL LOGNAME LOG_LEVEL LS_COLORS MAIL MANPATH NODE_ENV NODE_OPTIONS NO_COLOR OLDPWD OS_AUTH_URL OS_PROJECT_NAME " +
    "OTEL_EXPORTER_OTLP_PROTOCOL OTEL_EXPORTER_OTLP_TIMEOUT OTEL_RESOURCE_ATTRIBUTES OTEL_TRACES_EXPORTER OTEL_TRACES_SAMPLER PAGER " +
    "PATH PORT POST PWD SHELL SHLVL SMTP_HOST SSH_AUTH_SOCK SSL_CERT_FILE SUDO_USER SUKKAL_KEY SUKKAL_PORT SUKKAL_URL TERM TMPDIR TZ " +
    "USER VERSION WATCHDOG_PID XDG_RUNTIME_DIR _ npm_config_cache npm_lifecycle_event npm_package_name";
  for (const name of others.split(" "))
    expect(warningsOfVariables({ [name]: "x" }, ["HOST", "PORT"]), name).toEqual([]);
  for (const { name } of VARIABLES) expect(warningsOfVariables({ [name]: "x" }), name).toEqual([]);
  expect(warningsOfVariables({ METERS: {}, POOLS: {}, QUEUES: {}, SITE: {}, MAIL: {} })).toEqual([]);
});

test("a setting with a value that is no text is told, as wrangler.toml can have it", () => {
  expect(warningsOfVariables({ ACCESS_LOG: true })).toEqual([
    "ACCESS_LOG has no effect, because it is not a text: put its value into quotes.",
  ]);
});
