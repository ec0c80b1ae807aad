/** The pictures of the documents. Names contain digests, so that browsers can keep the files. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, posix } from "node:path";

export interface Image {
  /** In the folder of the pages. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** All pictures below docs, by their paths. */
export function readImages(root: string): ReadonlyMap<string, Image> {
  const paths = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".svg"))
    .map((name) => posix.join("docs", name));
  return new Map(
    paths.map((path) => {
      const content = readFileSync(join(root, path));
      return [path, { name: nameWithDigest(basename(path), content), content }] as const;
    }),
  );
}

export function nameWithDigest(name: string, content: string | Uint8Array): string {
  const digest = createHash("sha256").update(content).digest("base64url").slice(0, 8);
  return name.replace(".", `-${digest}.`);
}
