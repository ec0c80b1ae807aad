/** The load process: runs one job of its parent at a time and returns the result of each. */
import type { Job, TurnsJob } from "./job.ts";
import { run } from "./run-job.ts";
import { runInTurns } from "./run-turns.ts";

process.on("message", (job: Job | TurnsJob) => {
  const running = "first" in job ? runInTurns(job) : run(job);
  running.then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
// The parent has ended.
process.on("disconnect", () => process.exit());
