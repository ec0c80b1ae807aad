/** What the tarballs contain, and nothing else. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { before, test } from "node:test";
import { readFiles } from "../../docs/site/files.ts";
import { PACKAGES } from "../../scripts/release-files.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { installed, packed, type Package } from "./packed.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const OF_EVERY_PACKAGE = ["LICENSE", "README.md", "dist/THIRD-PARTY.txt", "package.json"];
const OF_THE_SERVER = [
  "config.capnp",
  "dist/index.js",
  "dist/site/.assetsignore",
  "dist/site/console/index.html",
  "dist/site/console/index-DIGEST.css",
  "dist/site/console/index-DIGEST.js",
  "dist/site/console/mark-DIGEST.svg",
  "dist/site/console/part-DIGEST.js",
  "dist/site/console/part-DIGEST.js",
  "dist/site/docs/404.html",
  "dist/site/docs/api.html",
  "dist/site/docs/early-DIGEST.js",
  "dist/site/docs/index.html",
  "dist/site/docs/main-DIGEST.js",
  "dist/site/docs/mark-DIGEST.svg",
  "dist/site/docs/openapi.json",
  "dist/site/docs/page-DIGEST.css",
  "dist/site/docs/page-DIGEST.js",
  "dist/site/docs/scaling-DIGEST.svg",
  "dist/site/docs/search-DIGEST.json",
  "dist/site/docs/site-DIGEST.css",
  "dist/site/docs/swagger-ui-DIGEST.css",
  "dist/site/docs/swagger-ui-bundle-DIGEST.js",
  "dist/site/docs/swagger-ui-bundle.js.LICENSE.txt",
  "dist/start.js",
  "sukkal-server.cjs",
];
/**
 * Of the tarballs. 250,000 and 3,070,000 bytes when this was written; 160,000 of the first are the command line, most of the second the
 * documents and the console, with a compressed copy of each file.
 */
const BYTES_MAX: Readonly<Record<Package, number>> = { sukkal: 400_000, "sukkal-server": 3_600_000 };

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
  const files = filesOf("sukkal-server").map((file) =>
    file.replace(/(\/(?:console|docs)\/[\w-]+)-[\w-]{8}\.(?!html)/, "$1-DIGEST."),
  );
  const pages = [...readFiles(ROOT).values()].map(({ address }) => `dist/site/docs/${address}`);
  const stored = [...OF_THE_SERVER, ...pages].flatMap((file) =>
    /\/(?:console|docs)\//.test(file) ? [file, `${file}.gz`] : [file],
  );
  assert.deepEqual(files.toSorted(), [...OF_EVERY_PACKAGE, ...stored].toSorted());
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

test("the client depends on nothing, the server on workerd", () => {
  assert.equal(manifestOf(join(folder, "sukkal")).dependencies, undefined);
  assert.deepEqual(Object.keys(manifestOf(join(folder, "sukkal-server")).dependencies ?? {}), ["workerd"]);
});

test("the server has the versions of the repository, of what it needs and of what it contains", () => {
  const repository = manifestOf(ROOT);
  const { dependencies, devDependencies } = manifestOf(join(folder, "sukkal-server"));
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
    assert.equal(version, { ...repository.dependencies, ...repository.devDependencies }[name], name);
});

test("all packages have the version of the repository", () => {
  for (const name of PACKAGES) assert.equal(manifestOf(join(folder, name)).version, manifestOf(ROOT).version);
});

test("bundled packages are named in the manifest, and their licences are contained", () => {
  for (const name of PACKAGES) {
    const text = readFileSync(join(folder, name, "dist/THIRD-PARTY.txt"), "utf8");
    const licences = [...text.matchAll(/^(\S+) [\d.]+ \(\S+\)\n=+$/gm)].map(([, title = ""]) => title);
    const { devDependencies = {} } = manifestOf(join(folder, name));
    const missing = Object.keys(devDependencies).filter((title) => !licences.includes(title));
    assert.deepEqual(missing, [], name);
    // The command line also contains the dependencies of its libraries.
    if (name === "sukkal-server") assert.deepEqual(licences, Object.keys(devDependencies));
  }
});
