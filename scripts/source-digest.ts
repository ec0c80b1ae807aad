/** The digest of files, which tells whether what was built from them is still what they say. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./wrangler.ts";

/** In dist, the digest of the sources of the bundle and of the site. Without it both are built. */
export const BUNDLE_DIGEST = "sources.sha256";

/** What determines the pages of the documents. package.json pins the exact versions of the packages that make them. */
export const DOCS_SOURCES = [
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "LICENSE",
  "README.md",
  "SECURITY.md",
  "console",
  "deploy",
  "docs",
  "examples",
  "openapi/page",
  "package.json",
  "test/README.md",
];

/** `sources`: files and folders, relative to the root. Contents count, because images and packages do not keep file times. */
export function digestOf(sources: readonly string[]): string {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const path of filesBelow(source).toSorted()) {
      const content = readFileSync(join(ROOT, path));
      hash.update(`${path.replaceAll("\\", "/")} ${content.length}\n`).update(content);
    }
  }
  return hash.digest("hex");
}

function filesBelow(path: string): string[] {
  if (statSync(join(ROOT, path)).isFile()) return [path];
  return readdirSync(join(ROOT, path)).flatMap((name) => filesBelow(join(path, name)));
}

export function readIfExists(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}
