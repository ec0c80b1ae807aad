/**
 * `npm run stack < LOG`: replaces positions in the minified bundle by positions in the sources. The log must be from the
 * bundle in dist/. `npm run build` on the same commit makes the same bundle again.
 */
import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Refusal } from "./refusal.ts";
import { ROOT } from "./wrangler.ts";

/** A position in a stack of workerd, alone or after a path. */
const POSITION = /(?:[^\s("]*\/)?\bindex\.js:(\d+):(\d+)/g;

/** Replaces the positions in a line. Positions that the source map does not contain stay. */
export function toSources(line: string, map: SourceMap): string {
  return line.replace(POSITION, (position: string, row: string, column: string) => {
    const origin = map.findOrigin(Number(row), Number(column));
    if (!("fileName" in origin)) return position;
    // Paths in the map are relative to the temporary folder of the build.
    const path = origin.fileName.replace(/^(?:\.\.\/)+/, "");
    return `${path}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}

export function readMap(): SourceMap {
  try {
    return new SourceMap(JSON.parse(readFileSync(join(ROOT, "dist/index.js.map"), "utf8")) as SourceMapPayload);
  } catch {
    throw new Refusal("dist/index.js.map is missing or invalid. Run npm run build on the commit that the log is from.");
  }
}

async function main(): Promise<void> {
  const map = readMap();
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${toSources(line, map)}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
