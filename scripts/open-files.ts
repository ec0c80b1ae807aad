/** How many file descriptors workerd may hold: it inherits the limit of this process. */
import { execFileSync } from "node:child_process";

/** Below so many an operator is warned: about 700 queues in use at a time, and as many connections as descriptors. */
export const OPEN_FILES_ADVISED = 4096;

/**
 * null: no limit, or none that can be told. It is the hard limit: Node raises its soft limit to that when it starts, and
 * its children inherit it.
 */
export function readOpenFilesMax(): number | null {
  try {
    // Part of the shell, so no program has to be there for it.
    const text = execFileSync("/bin/sh", ["-c", "ulimit -n"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /^\d+\s*$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}
