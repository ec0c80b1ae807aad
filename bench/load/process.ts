/** The load process: runs one job of its parent at a time and returns a sample for each. */
import type { Job } from "./job.ts";
import { run } from "./run-job.ts";

process.on("message", (job: Job) => {
  run(job).then(
    (sample) => process.send?.({ sample }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
// The parent has ended.
process.on("disconnect", () => process.exit());
