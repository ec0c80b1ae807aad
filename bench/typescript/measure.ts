/** What the TypeScript client costs: messages a second against the same work by `fetch`, in turns. */
import { inRounds } from "../posts.ts";
import type { Bench } from "../rounds.ts";
import { median } from "../statistics.ts";
import { ratio } from "../summary.ts";
import { CONSUME, POST, type Means, type Work } from "./loops.ts";

export interface ClientSummary {
  readonly workload: string;
  readonly means: Means;
  readonly messagesPerSecond: number;
  /** Messages/s of each round, in order. */
  readonly rounds: readonly number[];
  /** The median of the rounds' ratios; null for `fetch` itself. */
  readonly ratioToFetch: number | null;
}

interface Workload {
  readonly title: string;
  readonly kind: "post" | "consume";
  readonly concurrency: number;
  /** Of a round of 1 s. */
  readonly messages: number;
}

const WORKLOADS: readonly Workload[] = [
  { title: "post, 100 a request", kind: "post", concurrency: 1, messages: 20_000 },
  { title: "consume, one at a time", kind: "consume", concurrency: 1, messages: 500 },
  { title: "consume, 10 at a time", kind: "consume", concurrency: 10, messages: 4000 },
];

/** Rounds for each of the mode, which are as much shorter: the other load of the machine changes from second to second. */
const SLICES = 4;

const MEANS: readonly Means[] = ["fetch", "client"];

export async function measureClient(bench: Bench, url: string): Promise<readonly ClientSummary[]> {
  const summaries: ClientSummary[] = [];
  for (const workload of WORKLOADS) {
    bench.report(`TypeScript client: ${workload.title}`);
    const rounds = await inRounds(SLICES * bench.mode.rounds, async (round) => {
      const rates: Record<Means, number> = { fetch: 0, client: 0 };
      // Whoever is first in a round is second in the next.
      for (const means of round % 2 === 0 ? MEANS : MEANS.toReversed()) {
        rates[means] = await rateOf(workload, means, {
          url,
          queue: `typescript-${means}-${queues++}`,
          messages: Math.ceil((workload.messages * bench.mode.seconds) / SLICES),
          concurrency: workload.concurrency,
        });
      }
      return rates;
    });
    const of = (means: Means): readonly number[] => rounds.map((rates) => rates[means]);
    summaries.push(
      ...MEANS.map((means) => ({
        workload: workload.title,
        means,
        messagesPerSecond: median(of(means)),
        rounds: of(means),
        ratioToFetch: means === "fetch" ? null : ratio(of("client"), of("fetch")),
      })),
    );
  }
  return summaries;
}

let queues = 0;

async function rateOf({ kind }: Workload, means: Means, work: Work): Promise<number> {
  if (kind === "consume") await POST.fetch(work);
  const loop = kind === "post" ? POST[means] : CONSUME[means];
  const startedAt = performance.now();
  await loop(work);
  return (1000 * work.messages) / (performance.now() - startedAt);
}
