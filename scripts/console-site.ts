/** Builds the console (console/) into dist/site/console: a page, one script, one style sheet and the icon. */
import { join } from "node:path";
import type { Rolldown } from "vite";
import { makeFolder } from "./site-folder.ts";
import { digestOf } from "./source-digest.ts";
import { DIST, ROOT } from "./wrangler.ts";

/** What determines the files. package.json pins the exact versions of the packages. */
const SOURCES = ["console", "packages/sukkal/src", "package.json", "tsconfig.json"];

/** Builds if the sources have changed, because Vite takes a second, which every start of the tests would pay. */
export async function makeConsole(): Promise<void> {
  await makeFolder(DIST, "console", digestOf(SOURCES), async () => {
    return new Map((await buildConsole()).map(({ fileName, content }) => [fileName, content]));
  });
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
  // Loaded only where it is used, because that takes longer than all else of a start whose console is built.
  const { build } = await import("vite");
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
