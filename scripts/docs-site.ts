/**
 * `npm run docs:site`: the documents as pages, in dist/site/docs. Any static host can serve this folder: all addresses in it are
 * relative. The service serves it at /docs/.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { nameWithDigest } from "../docs/site/images.ts";
import { readDocuments } from "../docs/site/site.ts";
import { makeFolder, type Files } from "./site-folder.ts";
import { digestOf, DOCS_SOURCES } from "./source-digest.ts";
import { DIST, ROOT, SITE } from "./wrangler.ts";

const FOLDER = join(SITE, "docs");
/** What understands `light-dark()` and nested rules. */
const BROWSERS = ["chrome123", "edge123", "firefox120", "safari17.5"];

const API_PAGE = join(ROOT, "openapi/page");
/** The package of Swagger UI, whose script and styles the page of the API uses. */
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const SWAGGER_UI_FILES = ["swagger-ui-bundle.js", "swagger-ui.css"];

/** Builds if the sources have changed. */
export async function makeDocs(): Promise<void> {
  await makeFolder(DIST, "docs", digestOf(DOCS_SOURCES), buildPages);
}

/** The pages and what they load, whose names contain digests, so that browsers can keep the files. */
async function buildPages(): Promise<Files> {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly version: string };
  const { entries, images, render } = readDocuments(ROOT, version);
  const loaded = new Map([...(await buildAssets()).files, ...otherAssets(), ["search.json", JSON.stringify(entries)]]);
  const nameOf = (file: string): string => {
    const content = loaded.get(file);
    if (content === undefined) throw new Error(`No page can load ${file}.`);
    return nameWithDigest(file, content);
  };
  return new Map([
    ...[...loaded].map(([file, content]) => [nameOf(file), content] as const),
    ...[...images].map(({ name, content }) => [name, content] as const),
    ...readAll([join(ROOT, "docs/openapi.json"), join(SWAGGER_UI, "swagger-ui-bundle.js.LICENSE.txt")]),
    ...(await render(nameOf)),
  ]);
}

interface BuiltAssets {
  readonly files: Files;
  /** Paths, for their licences. */
  readonly sources: readonly string[];
}

/** The style sheet and the scripts. */
async function buildAssets(): Promise<BuiltAssets> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["styles/site.css", "browser/early.ts", "browser/main.ts"].map((name) => `docs/site/${name}`),
    outdir: FOLDER,
    entryNames: "[name]",
    bundle: true,
    minify: true,
    format: "iife",
    target: BROWSERS,
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    write: false,
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents] as const));
  return { files, sources: Object.keys(metafile.inputs).map((path) => join(ROOT, path)) };
}

/** The icon, and what the page of the API loads. */
function otherAssets(): Files {
  return readAll([
    join(ROOT, "console/src/styles/mark.svg"),
    ...readdirSync(API_PAGE).map((name) => join(API_PAGE, name)),
    ...SWAGGER_UI_FILES.map((name) => join(SWAGGER_UI, name)),
  ]);
}

function readAll(paths: readonly string[]): Files {
  return new Map(paths.map((path) => [basename(path), readFileSync(path)] as const));
}

/** The paths of the files in the scripts and of Swagger UI, for their licences. */
export async function sourcesOfDocs(): Promise<readonly string[]> {
  return [...(await buildAssets()).sources, join(SWAGGER_UI, "package.json")];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await makeDocs();
  process.stdout.write(`${FOLDER}\n`);
}
