/** Both packages, installed read-only in a path with blanks, run without a checkout, as another user without a home folder. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { refuses, shell, Start } from "../../scripts/started.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { ENVIRONMENT, installed, nodeOf, remove, user } from "./packed.ts";

/** The oldest versions of Node that the packages name. */
const OLDEST = { sukkal: "20.12.2", server: "22.13.0" };

let work: string;
let bin: string;

before(() => {
  work = join(installed(), "work");
  bin = join(installed(), "node_modules", ".bin");
});
after(() => remove());

/** Starts the service in the folder `work`, with its data in the default folder. */
function start(program: readonly string[], environment: Readonly<Record<string, string>> = {}): Start {
  const { uid } = user;
  const options = { program, cwd: work, ...(uid === undefined ? {} : { uid }) };
  return new Start({ ...ENVIRONMENT, HOME: undefined, ...environment }, options);
}

/** Runs `sukkal`. Returns the standard output. */
function sukkal({ port }: Start, ...args: readonly string[]): string {
  const url = ["--url", `http://127.0.0.1:${port}`, "--project", "demo"];
  return run("npx", "sukkal", ...args, ...url);
}

/** Runs a program in the folder `work`. Returns the standard output. */
function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { cwd: work, env: ENVIRONMENT, encoding: "utf8", stdio: "pipe", ...user });
}

test("npx sukkal-server serves, npx sukkal uses it, and a restart keeps the messages", async () => {
  const first = start(["npx", "sukkal-server"]);
  assert.match(await first.ready(), /^Sukkal serves http:\/\/127\.0\.0\.1:\d+ from \.\/data\./m);
  assert.equal(sukkal(first, "post", "jobs", '{"n": 1}', '{"n": 2}').trim().split("\n").length, 2);
  assert.match(sukkal(first, "claim", "jobs", "--limit", "1"), /\{"n": 1\}/);
  // The service itself, because npx does not pass SIGTERM on.
  process.kill(Number(readFileSync(join(work, "data", "start.pid"), "utf8")));
  assert.equal(await first.exit, 0, first.output);

  const second = start([join(bin, "sukkal-server")]);
  await second.ready();
  assert.equal(sukkal(second, "peek", "jobs", "--raw"), '{"n": 2}\n');
  assert.equal(await second.end("SIGTERM"), 0);
});

test("the page and the description of the API are served", async () => {
  const service = start([join(bin, "sukkal-server")], { DATA_DIR: join(work, "site") });
  await service.ready();
  for (const path of ["docs/", "docs/api.html", "openapi.json", "healthz"])
    assert.equal((await fetch(`http://127.0.0.1:${service.port}/${path}`)).status, 200, path);
  await service.end("SIGINT");
});

test("the printed commands are those of the package", async () => {
  const environment = { AUTH_STRATEGY: "keys", DATA_DIR: join(work, "keys") };
  const service = start([join(bin, "sukkal-server")], environment);
  const output = await service.ready();
  assert.doesNotMatch(output, /npm run/);
  const command = /npx sukkal key new-admin-key/.exec(output)?.[0];
  const admin = run("sh", "-c", command ?? "false");
  await service.end("SIGTERM");

  const keyed = start([join(bin, "sukkal-server")], { ...environment, ADMIN_API_KEY: admin.trim() });
  const [, key = "", post = ""] = /KEY=\$\((.*)\)[^]*?(curl .*)/.exec(await keyed.ready()) ?? [];
  const create = `cd '${work}' && KEY=$(${key.replace("ADMIN_API_KEY=...", `ADMIN_API_KEY=${admin.trim()}`)})`;
  assert.match(shell(`${create} && ${post}`), /^\{"resources":/);
  await keyed.end("SIGTERM");
});

test("errors are one sentence", async () => {
  const options = { program: [join(bin, "sukkal-server")] };
  await refuses({ ...ENVIRONMENT, PORT: "many" }, /^Sukkal is not running: PORT is "many"/, options);
});

test("arguments are refused, because they would have no effect, except those for help and version", async () => {
  const program = (...args: readonly string[]): readonly string[] => [join(bin, "sukkal-server"), ...args];
  await refuses(ENVIRONMENT, /^Sukkal is not running: --port has no effect: settings are/, {
    program: program("--port", "1"),
  });
  const { version } = JSON.parse(
    readFileSync(join(installed(), "node_modules/sukkal-server/package.json"), "utf8"),
  ) as {
    readonly version: string;
  };
  assert.equal(run("npx", "sukkal-server", "--version"), `${version}\n`);
  const help = run("npx", "sukkal-server", "--help");
  assert.match(help, /PORT=8080/);
  assert.ok(
    help.split("\n").every((line) => line.length <= 100),
    help,
  );
  // The same in a checkout.
  assert.equal(execFileSync(process.execPath, [join(ROOT, "scripts/run.cjs"), "--help"], { encoding: "utf8" }), help);
});

test("a test suite finds the installed server", () => {
  const program = join(work, "suite.mjs");
  writeFileSync(
    program,
    `import { Sukkal } from "sukkal/client";
    import { startServer } from "sukkal/testing";
    await using service = await startServer();
    const queue = new Sukkal({ url: service.url, project: "demo" }).queue("jobs");
    console.log((await queue.post({ n: 1 })).length > 0);`,
  );
  assert.equal(run(process.execPath, program), "true\n");
});

test("sukkal dev starts the installed server", async () => {
  const child = spawn(join(bin, "sukkal"), ["dev", "--port", "0"], {
    cwd: work,
    env: ENVIRONMENT,
    stdio: ["ignore", "ignore", "pipe"],
    ...user,
  });
  let printed = "";
  child.stderr.on("data", (chunk) => (printed += String(chunk)));
  const ended = once(child, "close");
  while (!printed.includes("Ctrl-C stops both.") && child.exitCode === null) await once(child.stderr, "data");
  const [, url = ""] = /Service: {2}(\S+) /.exec(printed) ?? [];
  assert.equal((await fetch(`${url}/healthz`)).status, 200, printed);
  assert.equal(readFileSync(join(work, ".sukkal", ".gitignore"), "utf8"), "*\n");
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
});

test("the oldest Node that each package names runs it", async () => {
  const service = start([nodeOf(OLDEST.server), join(bin, "sukkal-server")], { DATA_DIR: join(work, "oldest") });
  await service.ready();
  const who = [join(bin, "sukkal"), "whoami", "--url", `http://127.0.0.1:${service.port}`];
  assert.match(execFileSync(nodeOf(OLDEST.sukkal), who, { encoding: "utf8" }), /^service\thttp/);
  assert.equal(await service.end("SIGTERM"), 0);
});

test("an older Node is told that it is too old", () => {
  const { status, stderr } = spawnSync(nodeOf(OLDEST.sukkal), [join(bin, "sukkal-server")], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.equal(stderr, `Node ${OLDEST.sukkal} cannot run Sukkal: it needs Node 22.13 or newer.\n`);
});
