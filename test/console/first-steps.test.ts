/** The lines of the first page: each works as it is, with every tool and every credential that a reader may have. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { Sukkal } from "sukkal/client";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import {
  firstSteps,
  TOOLS,
  type FirstSteps,
  type FirstStepsOf,
  type Tool,
} from "../../console/src/text/first-steps.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { PYTHON } from "../clients/python.ts";
import { KeystoneStandIn } from "./keystone-stand-in.ts";

const ADMIN_API_KEY = `sk_admin_${"firststeps".repeat(4)}`;
const MAIN = join(ROOT, "packages/sukkal/src/cli/main.ts");
/** Where a reader has installed the command line. */
const INSTALLED = `sukkal() { node --conditions=sukkal-source ${MAIN} "$@"; }`;

type Environment = Readonly<Record<string, string>>;

/** What the lines print. A line that fails ends them. */
const RUNS: Readonly<Record<Tool, (steps: FirstSteps, env: Environment) => Promise<string>>> = {
  curl({ post, claim, remove }, env) {
    const href = `HREF=$(printf %s "$CLAIM" | sed 's/.*"href": *"\\([^"]*\\)".*/\\1/')`;
    const script = [post, `CLAIM=$(${claim})`, `echo "$CLAIM"`, href, remove.replace("curl -s", "curl -sf")];
    return run("bash", ["--norc", "-e", "-c", script.join("\n")], env);
  },
  python: ({ post, claim, remove }, env) => run(PYTHON, ["-c", [post, claim, remove].join("\n")], env),
  typescript({ post, claim, remove }, env) {
    const program = [post, claim, remove].join("\n");
    return run("node", ["--conditions=sukkal-source", "--input-type=module", "--eval", program], env, ROOT);
  },
  sukkal: ({ post, claim, remove }, env) =>
    run("bash", ["--norc", "-e", "-c", [INSTALLED, post, claim, remove].join("\n")], env),
};

const scratch = makeScratch("first-steps");
after(() => scratch.remove());

/** Without blocking this process, which is Keystone too. */
async function run(command: string, words: readonly string[], env: Environment, cwd = scratch.path): Promise<string> {
  const { PATH = "" } = process.env;
  const options = { cwd, env: { PATH, SUKKAL_CONFIG: "/dev/null", ...env }, timeout: 60_000 };
  return (await promisify(execFile)(command, words, options)).stdout;
}

interface Strategy {
  readonly settings: Environment;
  /** The credential of a project, for the lines and to look at what they have done. */
  readonly credentialOf: (url: string) => Promise<{
    readonly way: FirstStepsOf["way"];
    readonly env: Environment;
    readonly sukkal: Sukkal;
  }>;
}

/** A name that has to be quoted. */
const PROJECT = "o'brien";
const keystone = await KeystoneStandIn.start({ "gAAAAAB-member": { project: PROJECT, roles: ["member"] } });
after(() => keystone.stop());

const STRATEGIES: readonly Strategy[] = [
  {
    settings: { AUTH_STRATEGY: "none" },
    credentialOf: async (url) => ({ way: "project", env: {}, sukkal: new Sukkal({ url, project: PROJECT }) }),
  },
  {
    settings: { AUTH_STRATEGY: "keys", ADMIN_API_KEY },
    credentialOf: async (url) => {
      const { key } = await new Sukkal({ url, key: ADMIN_API_KEY }).keys.create({ project_id: PROJECT });
      return { way: "key", env: { SUKKAL_KEY: key }, sukkal: new Sukkal({ url, key }) };
    },
  },
  {
    settings: { AUTH_STRATEGY: "keystone", KEYSTONE_URL: keystone.url },
    credentialOf: async (url) => {
      const token = "gAAAAAB-member";
      return { way: "token", env: { OS_TOKEN: token }, sukkal: new Sukkal({ url, token: () => token }) };
    },
  },
];

for (const [index, { settings, credentialOf }] of STRATEGIES.entries()) {
  describe(`AUTH_STRATEGY=${settings["AUTH_STRATEGY"]}`, () => {
    let server: Server | undefined;
    before(async () => {
      server = await Server.start({ dataDir: join(scratch.path, String(index)), environment: settings });
    });
    after(() => server?.stop());
    for (const tool of Object.keys(TOOLS) as Tool[])
      test(tool, async () => {
        const { url = "" } = server ?? {};
        const { way, env, sukkal } = await credentialOf(url);
        const queue = `first-${tool}`;
        const of = { url: `${url}/`, way, project: PROJECT, queue, clientId: crypto.randomUUID() };
        assert.match(await RUNS[tool](firstSteps(tool, of), env), /cat\.png/);
        const { total, claimed } = await sukkal.queue(queue).stats();
        assert.deepEqual([total, claimed], [0, 0], "the message is deleted");
      });
  });
}
