/**
 * `npm run stack < LOG`: a log of the service with the places of its sources instead of those of the bundle, which is
 * minified. It has to be the log of the bundle in dist/, and `npm run build` makes the same bytes of the same sources.
 */
import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Refusal } from "./refusal.ts";
import { ROOT } from "./wrangler.ts";

/** As workerd writes a place, alone or after a path. */
const PLACE = /(?:[^\s("]*\/)?\bindex\.js:(\d+):(\d+)/g;

/** Puts the places of the sources into a line. What the map does not know stays. */
export function toSources(line: string, map: SourceMap): string {
  return line.replace(PLACE, (place: string, row: string, column: string) => {
    const origin = map.findOrigin(Number(row), Number(column));
    if (!("fileName" in origin)) return place;
    // Where the sources are from the folder that the bundle was made in, which is not where it is.
    const path = origin.fileName.replace(/^(?:\.\.\/)+/, "");
    return `${path}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}

export function readMap(): SourceMap {
  try {
    return new SourceMap(JSON.parse(readFileSync(join(ROOT, "dist/index.js.map"), "utf8")) as SourceMapPayload);
  } catch {
    throw new Refusal("There is no dist/index.js.map: npm run build makes it.");
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
