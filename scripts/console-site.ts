/** Builds the console (console/) into dist/site/console: a page, one script, one style sheet and the icon. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Rolldown } from "vite";
import { replaceFile } from "./replace-file.ts";
import { digestOf, readIfExists } from "./source-digest.ts";
import { ROOT, SITE } from "./wrangler.ts";

const FOLDER = join(SITE, "console");
/** What determines the files. package.json pins the exact versions of the packages. */
const SOURCES = ["console", "packages/sukkal/src", "package.json", "tsconfig.json"];
const DIGEST = join(ROOT, "dist/console.sha256");

/** Builds if the sources have changed, because Vite takes a second, which every start of the tests would pay. */
export async function makeConsole(): Promise<void> {
  const digest = digestOf(SOURCES);
  if (digest === readIfExists(DIGEST) && existsSync(join(FOLDER, "index.html"))) return;
  const files = await buildConsole();
  mkdirSync(FOLDER, { recursive: true });
  // The page comes last, because it names the others.
  for (const { fileName, content } of files.toSorted((a) => (a.fileName === "index.html" ? 1 : -1)))
    replaceFile(join(FOLDER, fileName), content);
  const names = new Set(files.map(({ fileName }) => fileName));
  for (const name of readdirSync(FOLDER)) if (!names.has(name)) rmSync(join(FOLDER, name));
  writeFileSync(DIGEST, digest);
}

/** The paths of the files in the bundle, for their licences. */
export async function sourcesOfConsole(): Promise<readonly string[]> {
  return (await buildConsole()).flatMap(({ modules }) => modules);
}

interface BuiltFile {
  readonly fileName: string;
  readonly content: Uint8Array;
  readonly modules: readonly string[];
}

/** `page`: the file in console/ to begin with. */
export async function buildConsole(page = "index.html"): Promise<readonly BuiltFile[]> {
  const configFile = join(ROOT, "console/vite.config.ts");
  const input = join(ROOT, "console", page);
  const built = await build({ configFile, logLevel: "warn", build: { write: false, rolldownOptions: { input } } });
  // One output, not watched.
  return (built as Rolldown.RolldownOutput).output.map((file) => ({
    fileName: file.fileName,
    content: Buffer.from(file.type === "chunk" ? file.code : file.source),
    modules: file.type === "chunk" ? file.moduleIds : [],
  }));
}
