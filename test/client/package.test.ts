/** The package as it would be published: packed, checked, installed into an empty folder, and used from there. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { makeScratch } from "../../bench/scratch.ts";
import { ROOT } from "../../scripts/wrangler.ts";

const scratch = makeScratch("package");
const folder = join(scratch.path, "program");
const bin = (name: string): string => join(ROOT, "node_modules", ".bin", name);
let tarball: string;

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

before(() => {
  const packed = run("npm", ["pack", "--silent", "--workspace", "sukkal", "--pack-destination", scratch.path], ROOT);
  tarball = join(scratch.path, packed.trim());
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "program", type: "module", private: true }));
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], folder);
});

after(() => scratch.remove());

test("the package is what its manifest says", async () => {
  const { messages, pkg } = await publint({ pkgDir: join(ROOT, "packages", "sukkal"), strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
  assert.deepEqual((pkg as { readonly dependencies?: unknown }).dependencies, undefined);
});

test("its types are found by every resolution of ES modules", () => {
  // Fails with what is wrong.
  run(process.execPath, [bin("attw"), tarball, "--profile", "esm-only", "--quiet"], ROOT);
});

test("a program in JavaScript uses each part", () => {
  const program = `
    import { Sukkal, SukkalError } from "sukkal/client";
    import { Sukkal as Same } from "sukkal";
    import { verifyWebhook } from "sukkal/webhooks";
    import { startServer } from "sukkal/testing";
    console.log([Sukkal === Same, SukkalError, verifyWebhook, startServer].every(Boolean));`;
  writeFileSync(join(folder, "program.js"), program);
  assert.equal(run(process.execPath, ["program.js"], folder).trim(), "true");
});

test("a program in TypeScript is checked against its types", () => {
  const program = `
    import { Sukkal, type Handler } from "sukkal/client";
    interface Job { readonly resize: string }
    const jobs = new Sukkal({ url: "http://127.0.0.1:1", project: "demo" }).queue<Job>("jobs");
    const handler: Handler<Job> = async ({ body }, { signal, attempt }) => { body.resize.at(attempt); signal.throwIfAborted(); };
    export const consumer = jobs.consume(handler, { concurrency: 2 });
    // @ts-expect-error: not a job
    void jobs.post({ size: 1 });`;
  writeFileSync(join(folder, "program.ts"), program);
  const options = {
    strict: true,
    noEmit: true,
    module: "nodenext",
    target: "es2022",
    lib: ["es2022", "dom", "esnext.disposable"],
    types: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["program.ts"] }));
  run(process.execPath, [bin("tsc")], folder);
});

test("its types are understood by TypeScript 5.2", () => {
  const compiler = join(scratch.path, "compiler");
  run(
    "npm",
    ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", compiler, "typescript@5.2.2"],
    scratch.path,
  );
  const program = ["client", "webhooks"].map((part) => `export * from "sukkal/${part}";`).join("\n");
  writeFileSync(join(folder, "old.ts"), program);
  const lib = ["es2022", "dom", "dom.iterable", "esnext.disposable"];
  const options = { strict: true, noEmit: true, module: "nodenext", target: "es2022", lib, types: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["old.ts"] }));
  run(process.execPath, [join(compiler, "node_modules/typescript/bin/tsc")], folder);
});

test("it has a licence and a page", () => {
  for (const name of ["LICENSE", "README.md"]) {
    assert.ok(readFileSync(join(folder, "node_modules", "sukkal", name), "utf8").length > 0);
  }
});
