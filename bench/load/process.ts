/** The load process: takes jobs from its parent one at a time and answers each with a sample. */
import type { Job } from "./job.ts";
import { run } from "./run-job.ts";

process.on("message", (job: Job) => {
  run(job).then(
    (sample) => process.send?.({ sample }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
// The parent is gone: so is the reason to be here.
process.on("disconnect", () => process.exit());
