/**
 * The service beside the ceilings of the runtime, and sixteen queues beside one, in turns. The aims are ratios, and a ratio of
 * medians that were measured apart has the error of both.
 */
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import type { Workload } from "./load/workloads.ts";
import { measurePairs, type PairResult, type Side, type Sides } from "./pairs.ts";
import type { Bench, Target } from "./rounds.ts";
import { Server } from "./server.ts";
import { Workerd } from "./workerd.ts";

export type Subject =
  | "full cycle / no-op object RPC"
  | "full cycle / bare cycle"
  | "full cycle on 16 queues / on one"
  | "full cycle / one-row write"
  | "post of 1 / one-row write";

interface Part {
  readonly workload: Workload;
  /** null: the ceilings, which have none. */
  readonly queues: number | null;
}

interface Cell {
  readonly subject: Subject;
  readonly connections: number;
  readonly parts: readonly [Part, Part];
}

export type Comparison = Omit<Cell, "parts"> & PairResult;

const CYCLE = { workload: "cycle", queues: 1 } as const;
const ROW = { workload: "one-row write", queues: null } as const;

const CELLS: readonly Cell[] = [
  {
    subject: "full cycle / no-op object RPC",
    connections: 64,
    parts: [CYCLE, { workload: "no-op RPC", queues: null }],
  },
  { subject: "full cycle / bare cycle", connections: 64, parts: [CYCLE, { workload: "bare cycle", queues: null }] },
  { subject: "full cycle on 16 queues / on one", connections: 64, parts: [{ ...CYCLE, queues: 16 }, CYCLE] },
  { subject: "full cycle / one-row write", connections: 1, parts: [CYCLE, ROW] },
  { subject: "post of 1 / one-row write", connections: 1, parts: [{ workload: "post 1", queues: 1 }, ROW] },
];

/**
 * Longer turns than where both sides are alike: at the ends of a turn fewer requests are under way, which matters less for the
 * ceilings than for the service, and most for many queues. With 3, 12 and 30 requests of each connection, sixteen queues had 0.60,
 * 0.67 and 0.71 of the rate of one.
 */
const CONNECTION_REQUESTS = 30;
const TIME_FACTOR = 1.6;

export async function measureAgainstCeilings(bench: Bench, folder: string): Promise<readonly Comparison[]> {
  const { pairs } = bench.mode;
  const turns = { connectionRequests: CONNECTION_REQUESTS, seconds: TIME_FACTOR * pairs.seconds };
  const mode = { ...bench.mode, pairs: { ...pairs, ...turns } };
  const config = await buildCeilings(join(folder, "build"));
  const start = async (stack: AsyncDisposableStack, path: string) => {
    const targets = {
      service: stack.adopt(await Server.start({ dataDir: join(path, "service") }), async (each) => await each.stop()),
      ceilings: stack.adopt(
        await Workerd.start({ config, dataDir: join(path, "ceilings") }),
        async (each) => await each.end("SIGTERM"),
      ),
    };
    return ({ connections, parts: [first, second] }: Cell): Sides => ({
      first: sideOf(targets, connections, first),
      second: sideOf(targets, connections, second),
    });
  };
  return await measurePairs({ ...bench, mode }, "ceilings", CELLS, start, folder);
}

/** Returns the path of its configuration. */
export async function buildCeilings(folder: string): Promise<string> {
  return await bundle({ entry: "bench/ceilings.ts", config: "bench/ceilings.capnp" }, folder);
}

function sideOf(
  { service, ceilings }: Readonly<Record<"service" | "ceilings", Target>>,
  connections: number,
  { workload, queues }: Part,
): Side {
  if (queues === null) return { target: ceilings, workload, connections, queues: [] };
  const names = Array.from({ length: queues }, (_, index) => `beside-${workload.replaceAll(" ", "")}-${index}`);
  return { target: service, workload, connections, queues: names };
}
