/**
 * The examples in TypeScript of the documents and of the client's comments. Each is a program that is checked and run, with the
 * constants `url`, `secret` and `server`, the folder of the service. Those that name `adminKey` run at a service with API keys, of
 * which that is the operator's.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startServer, type TestServer } from "sukkal/testing";
import { makeScratch } from "../../bench/scratch.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { ADMIN_KEY, ADMINISTERED } from "./administered.ts";
import { declarationsOf } from "./declarations.ts";

const SOURCES = "packages/sukkal/src";
const ENTRIES = ["client", "webhooks", "testing"];
const DOCUMENTS = ["README.md", "docs/CLIENT.md", "packages/sukkal/README.md"];
const scratch = makeScratch("examples");
const run = promisify(execFile);

interface Example {
  readonly where: string;
  readonly program: string;
}

function examplesIn(path: string): Example[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  return [...text.matchAll(/^( \* |[ ]*\* |)```ts\n([\s\S]*?)^\1```/gm)].map(
    ({ 1: margin = "", 2: body = "", index }) => {
      const lines = body
        .split("\n")
        .map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line.replace(/^ *\*$/, "")));
      return { where: `${path}:${text.slice(0, index).split("\n").length}`, program: lines.join("\n") };
    },
  );
}

const sources = readdirSync(join(ROOT, SOURCES)).filter((name) => name.endsWith(".ts"));
const paths = [...DOCUMENTS, ...sources.map((name) => join(SOURCES, name))];
const examples = paths.flatMap(examplesIn);
const fileOf = ({ where }: Example): string => join(scratch.path, `${where.replaceAll(/\W+/g, "-")}.ts`);

const services: TestServer[] = [];

before(async () => {
  for (const settings of [{ SIGNED_URL_SECRET_KEY: ADMINISTERED.SIGNED_URL_SECRET_KEY }, ADMINISTERED])
    services.push(await startServer({ server: ROOT, settings }));
  const [open, administered] = services.map(({ url }) => url);
  for (const example of examples) {
    const isAdministered = example.program.includes("adminKey");
    const constants = {
      url: isAdministered ? administered : open,
      ...(isAdministered ? { adminKey: ADMIN_KEY } : {}),
      secret: `whsec_${"A".repeat(32)}`,
      server: ROOT,
    };
    const lines = Object.entries(constants).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
    writeFileSync(fileOf(example), `${lines.join(" ")}\n${example.program}\nexport {};\n`);
  }
  const compilerOptions = { noUnusedLocals: false, customConditions: ["sukkal-source"], types: ["node"] };
  const config = { extends: join(ROOT, "tsconfig.json"), compilerOptions, include: ["*.ts"], exclude: [] };
  writeFileSync(join(scratch.path, "tsconfig.json"), JSON.stringify(config));
});

after(async () => {
  await Promise.all(services.map((each) => each.stop()));
  scratch.remove();
});

test("every document has one", () => {
  for (const path of DOCUMENTS) {
    assert.ok(
      examples.some(({ where }) => where.startsWith(`${path}:`)),
      `${path} has no example`,
    );
  }
});

/**
 * What a program constructs or calls has an example: exported classes, functions and interfaces with methods have one in their
 * comments, and each method is called by some example. Types of options and results have none of their own: the examples of the
 * methods that take and return them show them.
 */
const called = ENTRIES.flatMap((entry) => declarationsOf(join(ROOT, SOURCES), entry)).filter(
  ({ kind, methods }) => kind !== "interface" || methods.length > 0,
);

test("whatever an entry point exports is found", () => {
  const names = called.map(({ name }) => name);
  for (const name of ["Sukkal", "Queue", "Consumer", "verifyWebhook", "WebhookError", "startServer", "TestServer"])
    assert.ok(names.includes(name), name);
  const methods = called.find(({ name }) => name === "Queue")?.methods ?? [];
  for (const name of ["claim", "drain", "post", "messages"]) assert.ok(methods.includes(name), name);
  assert.ok(!methods.includes("claimOrWait") && !methods.includes("startConsumer"), "it is internal");
});

for (const { name, comment, methods } of called) {
  test(`${name} has an example, and so have its methods`, () => {
    assert.match(comment, /@example\n \* ```ts\n/, `the comment of ${name} has no example`);
    const uncalled = methods.filter(
      (method) => !examples.some(({ program }) => new RegExp(`\\.${method}\\(`).test(program)),
    );
    assert.deepEqual(uncalled, [], "no example calls them");
  });
}

test("they are well typed", () => {
  try {
    execFileSync(process.execPath, [join(ROOT, "node_modules/.bin/tsc"), "--project", scratch.path], {
      encoding: "utf8",
    });
  } catch (error) {
    assert.fail((error as { readonly stdout: string }).stdout);
  }
});

for (const example of examples) {
  test(`runs: ${example.where}`, async () => {
    await run(process.execPath, ["--conditions=sukkal-source", fileOf(example)], { timeout: 30_000 });
  });
}
