/** Many queues with little load each: the same requests per second on a thousand queues, on sixteen and on one. */
import type { Sample } from "./load/job.ts";
import { memory } from "./process-facts.ts";
import type { TargetBench } from "./rounds.ts";
import { summarize, type Summary } from "./summary.ts";

export interface ManyQueuesSummary extends Summary {
  readonly queues: number;
  /** Bytes of the server process after the row's last round; null: not known on this system. */
  readonly resident: number | null;
}

/** Each connection sends one request a second: a post of 10, a claim, a deletion. */
const INTERVAL_MS = 1000;
/** Each connection has created its queue by then. */
const WARMUP_SECONDS = 4;
const SECONDS = 6;

/** Fewest queues first, because the memory of the process does not shrink at once. */
export async function measureManyQueues(bench: TargetBench): Promise<readonly ManyQueuesSummary[]> {
  const { mode, service, generator, report } = bench;
  const { pid, port } = service;
  const summaries: ManyQueuesSummary[] = [];
  for (const count of [1, 16, mode.manyQueues]) {
    const queues = Array.from({ length: count }, (_, index) => `many-${count}-${index}`);
    const samples: Sample[] = [];
    for (let round = 1; round <= mode.rounds; round++) {
      report(`${count} queues, round ${round} of ${mode.rounds}`);
      const job = {
        workload: "cycle",
        port,
        serverPid: pid,
        connections: mode.manyQueues,
        queues,
        requests: null,
      } as const;
      samples.push(
        await generator.run({ ...job, warmupSeconds: WARMUP_SECONDS, seconds: SECONDS, intervalMs: INTERVAL_MS }),
      );
    }
    summaries.push({ queues: count, ...summarize(samples), resident: memory(pid)?.resident ?? null });
  }
  return summaries;
}
