/**
 * `npm run test:clients`: the official Python clients with the service that `npm start` starts, and the service with a real
 * Keystone. All are Debian's packages. If one is missing, its tests are skipped, with a line that names the package; with CI=true
 * they fail. `npm run test:clients -- keystone` runs one part only, `-- --missing` names the missing packages. The last line
 * counts the tests.
 */
import { join } from "node:path";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { Keystone } from "./keystone.ts";
import { hasModule, PYTHON, runScript, type Tally } from "./python.ts";
import { withSpreadQueues } from "./spread.ts";

interface Part {
  readonly name: string;
  /** Debian's package of each module. */
  readonly needs: Readonly<Record<string, string>>;
  readonly run: (folder: string) => Promise<readonly Tally[]>;
}

const ZAQARCLIENT = { zaqarclient: "python3-zaqarclient" };
const WEBSOCKET = { websocket: "python3-websocket" };
const OPENSTACKSDK = { openstack: "python3-openstacksdk" };

const PARTS: readonly Part[] = [
  { name: "zaqarclient", needs: ZAQARCLIENT, run: async (folder) => await trusting(folder, "with_zaqarclient.py") },
  {
    name: "pools",
    needs: ZAQARCLIENT,
    run: async (folder) => await trusting(folder, "with_pools.py", { POOLING: "true" }),
  },
  {
    name: "websocket",
    needs: { ...ZAQARCLIENT, ...WEBSOCKET, msgpack: "python3-msgpack" },
    run: async (folder) => await trusting(folder, "with_websocket.py"),
  },
  { name: "openstacksdk", needs: OPENSTACKSDK, run: async (folder) => await trusting(folder, "with_openstacksdk.py") },
  {
    name: "spread",
    needs: {
      ...ZAQARCLIENT,
      ...OPENSTACKSDK,
      zaqar: "python3-zaqar",
      ddt: "python3-ddt",
      fixtures: "python3-fixtures",
      testtools: "python3-testtools",
    },
    run: withSpreadQueues,
  },
  {
    name: "keystone",
    needs: {
      keystone: "python3-keystone",
      keystoneclient: "python3-keystoneclient",
      openstackclient: "python3-openstackclient",
      os_collect_config: "python3-os-collect-config",
      ...ZAQARCLIENT,
      ...OPENSTACKSDK,
      ...WEBSOCKET,
    },
    run: withKeystone,
  },
];

async function main(names: readonly string[]): Promise<boolean> {
  if (names[0] === "--missing") {
    process.stdout.write(`${[...new Set(PARTS.flatMap(missingOf))].join(" ")}\n`);
    return true;
  }
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) {
    const known = PARTS.map((part) => part.name).join(", ");
    process.stderr.write(`There is no part ${unknown.join(", ")}, only ${known}.\n`);
    return false;
  }
  const tallies: Tally[] = [];
  for (const part of PARTS) {
    if (names.length === 0 || names.includes(part.name)) tallies.push(...(await runPart(part)));
  }
  const total = (kind: keyof Tally): number => tallies.reduce((sum, tally) => sum + tally[kind], 0);
  process.stdout.write(`${total("passed")} passed, ${total("failed")} failed\n`);
  return total("failed") === 0;
}

/** Debian's packages. */
function missingOf({ needs }: Part): readonly string[] {
  return Object.entries(needs).flatMap(([module, debianPackage]) => (hasModule(module) ? [] : [debianPackage]));
}

async function runPart(part: Part): Promise<readonly Tally[]> {
  const { name, run } = part;
  const missing = missingOf(part);
  if (missing.length > 0) {
    const isFailure = process.env["CI"] === "true";
    const sentence = `${PYTHON} has not all that ${name} needs; apt-get install ${missing.join(" ")}`;
    process.stdout.write(`${isFailure ? "failed" : "skipped"}: ${sentence}\n`);
    return isFailure ? [{ passed: 0, failed: 1 }] : [];
  }
  process.stdout.write(`${name}:\n`);
  const scratch = makeScratch(`clients-${name}`);
  try {
    return await run(scratch.path);
  } finally {
    scratch.remove();
  }
}

async function trusting(folder: string, file: string, more: Settings = {}): Promise<readonly Tally[]> {
  const settings = { AUTH_STRATEGY: "none", ...HEALTH, ...more };
  return await withServer(join(folder, "data"), settings, async (url) => [
    await runScript({ file, environment: { SUKKAL_URL: url } }),
  ]);
}

/** The health report, which only admins get, and only with ADMIN_MODE. */
const HEALTH = { ADMIN_MODE: "true" };

/** A host that does not resolve: requests to it are made inside the service, or not at all. */
const PUBLIC_URL = "http://sukkal.test/messaging";

/** The account with which the service validates tokens. The scripts create it. */
const ACCOUNT = { KEYSTONE_USERNAME: "sukkal", KEYSTONE_PASSWORD: "secret-of-sukkal", KEYSTONE_PROJECT: "service" };

/** The words that run the command line of this checkout. */
const SUKKAL_COMMAND = JSON.stringify([
  process.execPath,
  "--conditions=sukkal-source",
  join(ROOT, "packages/sukkal/src/cli/main.ts"),
]);

async function withKeystone(folder: string): Promise<readonly Tally[]> {
  const keystone = await Keystone.start(join(folder, "keystone"));
  const settings = {
    AUTH_STRATEGY: "keystone",
    KEYSTONE_URL: keystone.url,
    KEYSTONE_USER_DOMAIN: "Default",
    PUBLIC_URL,
    ...HEALTH,
  };
  const environment = { ...keystone.environment, ...ACCOUNT, PUBLIC_URL, SUKKAL_COMMAND };
  try {
    return await withServer(join(folder, "data"), { ...settings, ...ACCOUNT }, async (url) => {
      const toScripts = { ...environment, SUKKAL_URL: url };
      const present = await runScript({ file: "with_keystone.py", environment: toScripts });
      const commands = await runScript({ file: "with_command_line.py", environment: toScripts });
      const sockets = await runScript({ file: "with_keystone_websocket.py", environment: toScripts });
      const pooled = { ...settings, ...ACCOUNT, POOLING: "true" };
      const pools = await withServer(join(folder, "pooled"), pooled, async (other) => {
        process.stdout.write("keystone, with pools:\n");
        const toOther = { ...environment, SUKKAL_URL: other, POOLS_REGION: "Pools" };
        return await runScript({ file: "with_command_line.py", environment: toOther });
      });
      const accountless = await withServer(join(folder, "accountless"), settings, async (other) => {
        process.stdout.write("keystone, without an account of the service:\n");
        const toOther = { ...environment, SUKKAL_URL: other };
        return await runScript({ file: "with_keystone.py", environment: toOther, only: TESTS_OF_CHECKS });
      });
      // The last one, because it kills Keystone.
      const gone = await runScript({ file: "with_keystone_gone.py", environment: toScripts });
      return [present, commands, sockets, pools, accountless, gone];
    });
  } finally {
    await keystone.stop();
  }
}

/** The tests of token validation, repeated without an account, where each token validates itself. */
const TESTS_OF_CHECKS = ["ApplicationCredentialTest", "CrowdTest", "RefusalTest", "ScopeTest", "TrustTest"];

type Settings = Readonly<Record<string, string>>;

async function withServer<T>(dataDir: string, environment: Settings, use: (url: string) => Promise<T>): Promise<T> {
  const server = await Server.start({ dataDir, environment });
  try {
    return await use(server.url);
  } finally {
    await server.stop();
  }
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
