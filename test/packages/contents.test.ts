/** What the tarballs contain, and nothing else. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { before, test } from "node:test";
import { ROOT } from "../../scripts/wrangler.ts";
import { installed, PACKAGES, packed, type Package } from "./packed.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const OF_EVERY_PACKAGE = ["LICENSE", "README.md", "dist/THIRD-PARTY.txt", "package.json"];
const OF_THE_SERVER = [
  "config.capnp",
  "dist/index.js",
  "dist/site/docs/favicon-32x32.png",
  "dist/site/docs/index.html",
  "dist/site/docs/page.css",
  "dist/site/docs/page.js",
  "dist/site/docs/swagger-ui-bundle.js",
  "dist/site/docs/swagger-ui-bundle.js.LICENSE.txt",
  "dist/site/docs/swagger-ui.css",
  "dist/site/openapi.json",
  "dist/start.js",
  "sukkal-server.cjs",
];
/** Of the tarballs. 161,000 and 706,000 bytes when this was written. */
const BYTES_MAX: Readonly<Record<Package, number>> = { sukkal: 250_000, "sukkal-server": 900_000 };

let folder: string;

before(() => {
  folder = join(installed(), "node_modules");
});

function filesOf(name: Package): readonly string[] {
  return readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, name).length + 1))
    .toSorted();
}

function manifestOf(path: string): Manifest {
  return JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as Manifest;
}

test("the client has its modules with their types and sources, and the command line in one file", () => {
  const modules = readdirSync(join(ROOT, "packages/sukkal/src"))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => basename(name, ".ts"));
  const ofModules = modules.flatMap((name) => [
    ...[".js", ".js.map", ".d.ts", ".d.ts.map"].map((end) => `dist/${name}${end}`),
    `src/${name}.ts`,
  ]);
  assert.deepEqual(filesOf("sukkal"), [...OF_EVERY_PACKAGE, ...ofModules, "dist/cli.js"].toSorted());
});

test("the server has what a start needs", () => {
  assert.deepEqual(filesOf("sukkal-server"), [...OF_EVERY_PACKAGE, ...OF_THE_SERVER].toSorted());
});

test("tarballs are small", () => {
  for (const name of PACKAGES) {
    const { size } = statSync(packed()[name]);
    assert.ok(size <= BYTES_MAX[name], `${name} has ${size} bytes`);
  }
});

test("source maps name sources of the package", () => {
  for (const file of filesOf("sukkal").filter((path) => path.endsWith(".map"))) {
    const path = join(folder, "sukkal", file);
    const { sources } = JSON.parse(readFileSync(path, "utf8")) as { readonly sources: readonly string[] };
    for (const source of sources) assert.ok(statSync(join(dirname(path), source)).isFile(), `${file}: ${source}`);
  }
});

test("no file contains a path of the machine that has built it", () => {
  for (const name of PACKAGES)
    for (const file of filesOf(name))
      assert.ok(!readFileSync(join(folder, name, file), "utf8").includes(ROOT), `${name}/${file}`);
});

test("the client depends on nothing, the server on the workerd of this repository", () => {
  const { dependencies } = manifestOf(ROOT);
  assert.equal(manifestOf(join(folder, "sukkal")).dependencies, undefined);
  assert.deepEqual(manifestOf(join(folder, "sukkal-server")).dependencies, { workerd: dependencies?.["workerd"] });
});

test("all packages have the version of the repository", () => {
  for (const name of PACKAGES) assert.equal(manifestOf(join(folder, name)).version, manifestOf(ROOT).version);
});

test("the licences of all bundled packages are contained", () => {
  const licences = (name: Package): readonly string[] =>
    [...readFileSync(join(folder, name, "dist/THIRD-PARTY.txt"), "utf8").matchAll(/^(\S+) [\d.]+ \(\S+\)\n=+$/gm)].map(
      ([, title = ""]) => title,
    );
  assert.deepEqual(licences("sukkal-server"), ["hono", "swagger-ui-dist", "valibot"]);
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "packages/sukkal/package.json"), "utf8")) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  // Those that the command line imports, and theirs.
  const ours = licences("sukkal");
  assert.deepEqual(
    Object.keys(devDependencies).filter((name) => !ours.includes(name)),
    [],
  );
});
