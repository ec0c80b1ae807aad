/** The maximum number of file descriptors of workerd, which inherits the limit of this process. */
import { execFileSync } from "node:child_process";

/** With a lower limit the operator is warned. 4,096 descriptors allow about 700 queues in use at a time. */
export const OPEN_FILES_ADVISED = 4096;

/**
 * The limit; null: unlimited or unknown. It is the hard limit, because Node raises its soft limit to the hard limit when it
 * starts, and child processes inherit that.
 */
export function readOpenFilesMax(): number | null {
  try {
    // ulimit is a builtin of the shell, so it is always available.
    const text = execFileSync("/bin/sh", ["-c", "ulimit -n"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /^\d+\s*$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}
