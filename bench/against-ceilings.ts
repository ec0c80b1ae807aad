/**
 * The service beside the ceilings of the runtime, and sixteen queues beside one, in turns. The aims are ratios, and a ratio of
 * medians that were measured apart has the error of both.
 */
import { measureSides, shorten, type PairResult, type Side } from "./pairs.ts";
import type { TargetBench } from "./rounds.ts";

export interface Comparison extends PairResult {
  readonly subject: Subject;
  readonly connections: number;
}

export type Subject =
  | "full cycle / no-op object RPC"
  | "full cycle / bare cycle"
  | "full cycle on 16 queues / on one"
  | "full cycle / one-row write"
  | "post of 1 / one-row write";

/** In each round of the mode. */
const PAIRS_PER_ROUND = 6;

export async function measureAgainstCeilings(bench: TargetBench): Promise<readonly Comparison[]> {
  const { mode, service, ceilings } = bench;
  const queuesOf = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `beside-${index}`);
  const compared = (subject: Subject, connections: number, first: Part, second: Part) => ({
    subject,
    connections,
    first: { connections, ...first },
    second: { connections, ...second },
  });
  const cycle = { target: service, workload: "cycle", queues: queuesOf(1) } as const;
  const row = { target: ceilings, workload: "one-row write", queues: [] } as const;
  const cells = [
    compared("full cycle / no-op object RPC", 64, cycle, { target: ceilings, workload: "no-op RPC", queues: [] }),
    compared("full cycle / bare cycle", 64, cycle, { target: ceilings, workload: "bare cycle", queues: [] }),
    compared("full cycle on 16 queues / on one", 64, { ...cycle, queues: queuesOf(16) }, cycle),
    compared("full cycle / one-row write", 1, cycle, row),
    compared("post of 1 / one-row write", 1, { ...cycle, workload: "post 1", queues: ["beside-post"] }, row),
  ];
  const pairs = PAIRS_PER_ROUND * mode.rounds;
  const results = await measureSides(shorten(bench), { subject: "ceilings", cells, pairs });
  return cells.flatMap(({ subject, connections }, index) => {
    const result = results[index];
    return result === undefined ? [] : { subject, connections, ...result };
  });
}

type Part = Omit<Side, "connections">;
