/** The cost of figures: the service with METER=on and with METER=off, each in its own process, in turns. */
import { join } from "node:path";
import { measurePairs, type PairSummary } from "./pairs.ts";
import type { Bench } from "./rounds.ts";
import { Server } from "./server.ts";

/** First: with figures. Second: without. */
export type MeteringSummary = PairSummary;

const CELLS = [
  { workload: "post 1", connections: 1, queues: 1 },
  { workload: "list 10", connections: 16, queues: 1 },
  { workload: "cycle", connections: 1, queues: 1 },
  { workload: "cycle", connections: 64, queues: 1 },
] as const;

/** In each round of the mode. More pairs make the error smaller. */
const PAIRS_PER_ROUND = 6;

export async function measureMetering(bench: Bench, folder: string): Promise<readonly MeteringSummary[]> {
  await using stack = new AsyncDisposableStack();
  const start = async (meter: string): Promise<Server> =>
    stack.adopt(
      await Server.start({ dataDir: join(folder, meter), environment: { METER: meter } }),
      async (server) => await server.stop(),
    );
  const servers = { first: await start("on"), second: await start("off") };
  const pairs = PAIRS_PER_ROUND * bench.mode.rounds;
  return await measurePairs(bench, servers, { subject: "figures", cells: CELLS, pairs });
}
