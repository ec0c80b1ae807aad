/** The lines of the first page: each works as it is, with every tool and every credential that a reader may have. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
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

const ADMIN_API_KEY = `sk_admin_${"firststeps".repeat(4)}`;
const MAIN = join(ROOT, "packages/sukkal/src/cli/main.ts");
/** Where a reader has installed the command line. */
const INSTALLED = `sukkal() { node --conditions=sukkal-source ${MAIN} "$@"; }`;

type Environment = Readonly<Record<string, string>>;

/** What the lines print. A line that fails ends them. */
const RUNS: Readonly<Record<Tool, (steps: FirstSteps, env: Environment) => string>> = {
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

function run(command: string, words: readonly string[], env: Environment, cwd = scratch.path): string {
  const { PATH = "" } = process.env;
  const options = {
    cwd,
    env: { PATH, SUKKAL_CONFIG: "/dev/null", ...env },
    encoding: "utf8",
    timeout: 60_000,
  } as const;
  const { status, stdout, stderr } = spawnSync(command, words, options);
  assert.equal(status, 0, stderr);
  return stdout;
}

async function check(tool: Tool, of: FirstStepsOf, env: Environment, sukkal: Sukkal): Promise<void> {
  assert.match(RUNS[tool](firstSteps(tool, of), env), /cat\.png/);
  const { total, claimed } = await sukkal.queue(of.queue).stats();
  assert.deepEqual([total, claimed], [0, 0], "the message is deleted");
}

for (const strategy of ["none", "keys"] as const) {
  describe(`AUTH_STRATEGY=${strategy}`, () => {
    let server: Server | undefined;
    before(async () => {
      const environment = { AUTH_STRATEGY: strategy, ...(strategy === "keys" && { ADMIN_API_KEY }) };
      server = await Server.start({ dataDir: join(scratch.path, strategy), environment });
    });
    after(() => server?.stop());
    for (const tool of Object.keys(TOOLS) as Tool[])
      test(tool, async () => {
        const { url = "" } = server ?? {};
        // A name that has to be quoted.
        const [project, queue] = ["o'brien", `first-${tool}`];
        const clientId = crypto.randomUUID();
        if (strategy === "none") {
          const of = { url: `${url}/`, way: "project", project, queue, clientId } as const;
          return check(tool, of, {}, new Sukkal({ url, project }));
        }
        const { key } = await new Sukkal({ url, key: ADMIN_API_KEY }).keys.create({ project_id: "shop" });
        const of = { url: `${url}/`, way: "key", project: "shop", queue, clientId } as const;
        return check(tool, of, { SUKKAL_KEY: key }, new Sukkal({ url, key }));
      });
  });
}
