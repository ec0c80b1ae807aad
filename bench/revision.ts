/** A revision of the repository, in a folder of its own. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../scripts/wrangler.ts";

const ARCHIVE_BYTES_MAX = 100_000_000;

/**
 * Writes the files of a revision into `path`, a new folder, with the packages of the working tree if it needs the same ones, or if
 * `packages` says so. Without its history throws an Error that says what to do.
 */
export function extract(revision: string, path: string, packages: "own" | "present" = "own"): void {
  mkdirSync(path);
  execFileSync("tar", ["-x", "-C", path], { input: archive(revision) });
  const isSame = lockOf(path) === lockOf(ROOT);
  if (isSame || packages === "present") symlinkSync(join(ROOT, "node_modules"), join(path, "node_modules"));
  else execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: path, stdio: ["ignore", "ignore", "pipe"] });
}

function lockOf(root: string): string {
  return readFileSync(join(root, "package-lock.json"), "utf8");
}

function archive(revision: string): Buffer {
  try {
    return execFileSync("git", ["archive", "--format=tar", revision], {
      cwd: ROOT,
      maxBuffer: ARCHIVE_BYTES_MAX,
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    throw new Error(
      `There is no revision ${revision} here. Is its name right? A shallow clone has no history: git fetch --unshallow.`,
      {
        cause: error,
      },
    );
  }
}
