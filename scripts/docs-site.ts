/**
 * `npm run docs:site`: the documents as pages, in dist/site/docs. Any static host can serve this folder: all addresses in it are
 * relative. The service serves it at /docs/.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { nameWithDigest } from "../docs/site/images.ts";
import { readDocuments } from "../docs/site/site.ts";
import { replaceFile } from "./replace-file.ts";
import { digestOf, DOCS_SOURCES, readIfExists } from "./source-digest.ts";
import { ROOT, SITE } from "./wrangler.ts";

const FOLDER = join(SITE, "docs");
const DIGEST = join(ROOT, "dist/docs.sha256");
/** What understands `light-dark()` and nested rules. */
const BROWSERS = ["chrome123", "edge123", "firefox120", "safari17.5"];

const API_PAGE = join(ROOT, "openapi/page");
/** The package of Swagger UI, and its files that the page of the API uses. */
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const SWAGGER_UI_FILES = ["swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css"];

type Files = ReadonlyMap<string, string | Uint8Array>;

/** Builds if the sources have changed. A service that runs may be reading the files. */
export async function makeDocs(): Promise<void> {
  const digest = digestOf(DOCS_SOURCES);
  if (digest === readIfExists(DIGEST) && existsSync(join(FOLDER, "index.html"))) return;
  const files = new Map([...(await buildPages()), ...apiFiles()]);
  mkdirSync(FOLDER, { recursive: true });
  // Pages come last, because they name the others.
  for (const [name, content] of [...files].toSorted(([a], [b]) => Number(isPage(a)) - Number(isPage(b))))
    replaceFile(join(FOLDER, name), Buffer.from(content));
  for (const name of readdirSync(FOLDER)) if (!files.has(name)) rmSync(join(FOLDER, name), { recursive: true });
  writeFileSync(DIGEST, digest);
}

function isPage(name: string): boolean {
  return name.endsWith(".html");
}

/** The pages and what they load. */
async function buildPages(): Promise<Files> {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly version: string };
  const { entries, images, render } = readDocuments(ROOT, version);
  const { files, nameOf } = await buildAssets();
  const index = JSON.stringify(entries);
  const mark = readFileSync(join(ROOT, "console/src/styles/mark.svg"));
  const search = nameWithDigest("search.json", index);
  const icon = nameWithDigest("mark.svg", mark);
  const assets = { style: nameOf("site"), early: nameOf("early"), script: nameOf("main"), mark: icon, search };
  const pictures = [...images].map(({ name, content }) => [name, content] as const);
  return new Map([...files, ...(await render(assets)), ...pictures, [search, index], [icon, mark]]);
}

interface BuiltAssets {
  readonly files: Files;
  readonly nameOf: (entry: string) => string;
  /** Paths, for their licences. */
  readonly sources: readonly string[];
}

/** The style sheet and the scripts. Their names contain digests, so that browsers can keep them. */
async function buildAssets(): Promise<BuiltAssets> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["styles/site.css", "browser/early.ts", "browser/main.ts"].map((name) => `docs/site/${name}`),
    outdir: FOLDER,
    entryNames: "[name]-[hash]",
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
  const nameOf = (entry: string): string => {
    const name = [...files.keys()].find((file) => file.startsWith(`${entry}-`));
    if (name === undefined) throw new Error(`${entry} was not built.`);
    return name;
  };
  return { files, nameOf, sources: Object.keys(metafile.inputs).map((path) => join(ROOT, path)) };
}

/** What the page of the API loads. */
function apiFiles(): Files {
  const paths = [
    ...readdirSync(API_PAGE).map((name) => join(API_PAGE, name)),
    ...SWAGGER_UI_FILES.map((name) => join(SWAGGER_UI, name)),
    join(ROOT, "docs/openapi.json"),
  ];
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
