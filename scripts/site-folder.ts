/**
 * A folder of dist/site, which has the files of the last build, a compressed copy of each, and no others. A service that runs
 * may be reading them.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BUNDLE_DIGEST, readIfExists } from "./source-digest.ts";
import { replaceFile } from "./replace-file.ts";

export type Files = ReadonlyMap<string, string | Uint8Array>;

/** Builds a folder of `dist/site` if the digest of its sources has changed, or the names in it. */
export async function makeFolder(
  dist: string,
  name: string,
  digest: string,
  build: () => Promise<Files>,
): Promise<void> {
  const folder = join(dist, "site", name);
  const record = join(dist, `${name}.txt`);
  const toRecord = (): string => [`${digest}, compressed too`, ...readdirSync(folder).toSorted(), ""].join("\n");
  if (existsSync(folder) && toRecord() === readIfExists(record)) return;
  const files = withPacked(await build());
  // It vouches for the site too.
  rmSync(join(dist, BUNDLE_DIGEST), { force: true });
  mkdirSync(folder, { recursive: true });
  // Pages come last, because they name the others.
  for (const [file, content] of [...files].toSorted(([a], [b]) => Number(isPage(a)) - Number(isPage(b))))
    replaceFile(join(folder, file), Buffer.from(content));
  for (const file of readdirSync(folder)) if (!files.has(file)) rmSync(join(folder, file), { recursive: true });
  writeFileSync(record, toRecord());
}

function isPage(name: string): boolean {
  return /\.html(?:\.gz)?$/.test(name);
}

/** Level 9: it is made once, and read often. */
function withPacked(files: Files): Files {
  const packed = [...files].map(([name, content]) => [`${name}.gz`, gzipSync(content, { level: 9 })] as const);
  return new Map([...files, ...packed]);
}
