import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it that are missing. Node's `recursive` never ends where a folder exists in which none can be
 * made: below /proc, and behind a link to nothing.
 */
export function makeFolder(path: string, mode = 0o777): void {
  const parent = dirname(path);
  if (existsSync(path) || parent === path) return;
  makeFolder(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process has made it meanwhile, or it is a link to nothing, in which nothing can be written.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
