/** promtool, the judge of what belongs to Prometheus. */
import { spawnSync } from "node:child_process";

export interface Verdict {
  /** Its output; "": it has no objection. */
  readonly output: string;
  readonly isAccepted: boolean;
}

export function promtool(args: readonly string[], input = ""): Verdict {
  const { status, stdout, stderr, error } = spawnSync("promtool", args, { input, encoding: "utf8", timeout: 30_000 });
  if (error !== undefined) throw error;
  return { output: stdout + stderr, isAccepted: status === 0 };
}
