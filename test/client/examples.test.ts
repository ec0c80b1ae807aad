/**
 * The examples in TypeScript of the documents and of the client's comments. Each is a program that is checked and run, with the
 * constants `url`, `secret` and `server`, the folder of the service.
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

const SOURCES = "packages/sukkal/src";
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

const paths = [...DOCUMENTS, ...readdirSync(join(ROOT, SOURCES)).map((name) => join(SOURCES, name))];
const examples = paths.flatMap(examplesIn);
const fileOf = ({ where }: Example): string => join(scratch.path, `${where.replaceAll(/\W+/g, "-")}.ts`);

let service: TestServer;

before(async () => {
  service = await startServer({ server: ROOT });
  const constants = Object.entries({ url: service.url, secret: `whsec_${"A".repeat(32)}`, server: ROOT })
    .map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`)
    .join(" ");
  for (const example of examples) writeFileSync(fileOf(example), `${constants}\n${example.program}\nexport {};\n`);
  const compilerOptions = { noUnusedLocals: false, customConditions: ["sukkal-source"], types: ["node"] };
  const config = { extends: join(ROOT, "tsconfig.json"), compilerOptions, include: ["*.ts"], exclude: [] };
  writeFileSync(join(scratch.path, "tsconfig.json"), JSON.stringify(config));
});

after(async () => {
  await service.stop();
  scratch.remove();
});

test("every document and part of the client has one", () => {
  for (const path of [...DOCUMENTS, ...["sukkal", "webhooks", "testing"].map((name) => join(SOURCES, `${name}.ts`))]) {
    assert.ok(
      examples.some(({ where }) => where.startsWith(`${path}:`)),
      `${path} has no example`,
    );
  }
});

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
