/** The cost of figures: the service with METER=on and with METER=off, each in its own process, in turns. */
import { join } from "node:path";
import { measurePairs, sidesOf, type PairCell, type PairResult, type Sides } from "./pairs.ts";
import type { Bench } from "./rounds.ts";
import { Server } from "./server.ts";

/** First: with figures. Second: without. */
export interface MeteringSummary extends PairCell, PairResult {}

const CELLS = [
  { workload: "post 1", connections: 1, queues: 1 },
  { workload: "list 10", connections: 16, queues: 1 },
  { workload: "cycle", connections: 1, queues: 1 },
  { workload: "cycle", connections: 64, queues: 1 },
] as const;

export async function measureMetering(bench: Bench, folder: string): Promise<readonly MeteringSummary[]> {
  const start = async (stack: AsyncDisposableStack, path: string) => {
    const serve = async (meter: string): Promise<Server> =>
      stack.adopt(
        await Server.start({ dataDir: join(path, meter), environment: { METER: meter } }),
        async (server) => await server.stop(),
      );
    const servers = { first: await serve("on"), second: await serve("off") };
    return async (cell: PairCell): Promise<Sides> => await sidesOf(cell, servers);
  };
  return await measurePairs(bench, "figures", CELLS, start, folder);
}
