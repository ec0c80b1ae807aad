/**
 * The projects of vitest. A Worker has its settings from its start, so each project has a Worker with other settings: `defaults`
 * with the defaults, `settings` with a changed value of each setting, `access` with authentication (also of the objects, whose
 * settings no test can choose), `pools` with pools and flavors. The files of a project share one Worker, because its start takes
 * longer than most files; so every test has an OpenStack project of its own. In `apart` each file has a Worker, because the tests
 * break objects on purpose, and broken objects continue in the background. `plain` runs without a Worker.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { VARIABLES } from "./src/config/settings.ts";
import { ACCESS_SETTINGS_OF_OBJECTS } from "./test/support/access-settings.ts";
import { SETTINGS as CHANGED } from "./test/support/changed-settings.ts";

/** Milliseconds: these bound what hangs, also on a machine that is busy with other things. */
const BOUNDS = { testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 20_000 } } };
const setupFiles = ["test/support/quiet-log.ts"];
/** Run in Node, against the service as it is started. */
const IN_NODE = [
  "notifications",
  "versions",
  "examples",
  "client",
  "cli",
  "migrate",
  "packages",
  "deploy",
  "console",
  "docs-site",
  "guides",
  "metrics",
].map((name) => `test/${name}/**`);
/** Models of protocols and the pure parts of the console, which need no Worker. */
const PLAIN = [
  "test/model/{elastic,meter,scale}/*.test.ts",
  "test/console/{state,text,verdict}/*.test.ts",
  "test/docs-site/{pages,search}/*.test.ts",
];
const APART = ["test/objects/**/*.test.ts", "test/model/*.test.ts"];
const WITH_POOLS = [
  "api/pools",
  "api/pools-page",
  "api/flavors",
  "api/placement",
  "api/flavor-changes",
  "api/upstream-examples",
  "api/kept-placement",
  "objects/placement",
  "objects/placement-moves",
  "objects/pool-spread",
  "websocket/pools",
].map((name) => `test/${name}.test.ts`);
const UNDER_SETTINGS = ["checksum", "encryption", "health", "settings"]
  .map((name) => `test/api/${name}.test.ts`)
  .concat("test/websocket/limits.test.ts", "test/websocket/log.test.ts", "test/websocket/settings.test.ts");

/**
 * Tests run the service with its defaults, some of which wrangler.toml bounds for the cloud. But queues may be spread, as in the cloud:
 * with the default they would return to one object.
 */
const DEFAULTS = Object.fromEntries(
  VARIABLES.flatMap(({ name, default: value }) => (value === null || name === "SHARDS" ? [] : [[name, value]])),
);

/** Scenarios that run a second time, over frames. `test/support/drivers/http-only.ts` has those that cannot. */
const OVER_FRAMES = [
  "claims",
  "dead-letters",
  "delays",
  "details",
  "isolation",
  "limits",
  "message-deletion",
  "messages",
  "notices",
  "pause",
  "queues",
]
  .concat("queue-list", "redrive", "settlement", "subscription-list", "subscriptions", "time", "traces", "traps")
  .map((name) => `test/api/${name}.test.ts`);

// wrangler makes it before it runs; vitest does not run wrangler. By a process of its own, because what makes pages has the types of
// browsers, and the tests have those of workerd.
execFileSync(process.execPath, ["scripts/run.cjs", "site"], { cwd: import.meta.dirname, stdio: "inherit" });

/** Scenarios that run again with queues that are spread. */
const OVER_OBJECTS = [
  "claims",
  "delays",
  "details",
  "idempotency",
  "message-deletion",
  "messages",
  "pause",
  "settlement",
].map((name) => `test/api/${name}.test.ts`);
/** Each queue is spread when it is created. */
const SPREAD = { SHARDS: "4", SPREAD_ALWAYS: "true" };

/** With the settings of `test/support/access-settings.ts`. */
const WITH_CREDENTIALS = ["test/websocket/access/*.test.ts"];
/** The routes of pools exist, and queues are placed in them. Queues can be encrypted, as upstream's documentation has them. */
const POOLED = { ADMIN_MODE: "true", POOLING: "true", MESSAGE_ENCRYPTION_KEY: "a key for tests" };

function worker(bindings: Readonly<Record<string, string>>) {
  return cloudflareTest({
    wrangler: { configPath: "./wrangler.toml" },
    miniflare: { bindings: { AUTH_STRATEGY: "none", ...DEFAULTS, ...bindings } },
  });
}

export default defineConfig({
  test: {
    // One worker fewer than the cores is vitest's default. With two on two cores the whole run took 287 instead of 470 s.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // An intercepted line is a call from the Worker to vitest. One of an object that ends before the answer arrives is never
    // answered, and vitest waits for it forever (measured: an alarm that logs once, on a busy machine).
    disableConsoleIntercept: true,
    projects: [
      {
        plugins: [worker({})],
        test: {
          name: "defaults",
          ...BOUNDS,
          setupFiles,
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: [...UNDER_SETTINGS, ...WITH_CREDENTIALS, ...WITH_POOLS, ...APART, ...IN_NODE, ...PLAIN],
          globalSetup: ["test/support/fakes/mail-servers-setup.ts"],
        },
      },
      { plugins: [worker({})], test: { name: "apart", ...BOUNDS, setupFiles, include: APART, exclude: WITH_POOLS } },
      {
        plugins: [worker({})],
        test: {
          name: "frames",
          ...BOUNDS,
          setupFiles,
          isolate: false,
          include: OVER_FRAMES,
          provide: { transport: "frames" },
        },
      },
      {
        plugins: [worker(ACCESS_SETTINGS_OF_OBJECTS)],
        test: { name: "access", ...BOUNDS, setupFiles, isolate: false, include: WITH_CREDENTIALS },
      },
      {
        test: {
          name: "plain",
          ...BOUNDS,
          include: PLAIN,
          provide: {
            elasticSeeds: Number(process.env["ELASTIC_SEEDS"] ?? 200),
            meterSeeds: Number(process.env["METER_SEEDS"] ?? 300),
          },
        },
      },
      {
        plugins: [worker(SPREAD)],
        test: {
          name: "spread",
          ...BOUNDS,
          setupFiles,
          isolate: false,
          include: OVER_OBJECTS,
          provide: { isSpread: true },
        },
      },
      // A Worker per file, because pools are of the whole service.
      { plugins: [worker(POOLED)], test: { name: "pools", ...BOUNDS, setupFiles, include: WITH_POOLS } },
      {
        plugins: [worker(CHANGED)],
        test: { name: "settings", ...BOUNDS, setupFiles, isolate: false, include: UNDER_SETTINGS },
      },
    ],
  },
});
