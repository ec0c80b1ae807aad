/** The same requests over HTTP and over WebSocket, in turns, so that a slow phase of the machine affects both. */
import type { Sample } from "../load/job.ts";
import type { Transport } from "../load/transports.ts";
import type { Bench, Target } from "../rounds.ts";
import { summarize, type Summary } from "../summary.ts";
import type { Parts } from "./parts.ts";

export interface TransportSummary extends Summary, Cell {
  readonly transport: Transport;
  /** The server's CPU time per request divided by that over HTTP; null for HTTP itself, and where it is not known. */
  readonly cpuRatioToHttp: number | null;
}

interface Cell {
  readonly workload: "post 1" | "list 10" | "cycle";
  readonly connections: number;
}

const CELLS: readonly Cell[] = [1, 64].flatMap((connections) =>
  (["post 1", "list 10", "cycle"] as const).map((workload) => ({ workload, connections })),
);
const TRANSPORTS: readonly Transport[] = ["http", "websocket"];

export async function measureTransports({ bench, client, server }: Parts): Promise<readonly TransportSummary[]> {
  const samples = new Map<string, Sample[]>();
  for (const cell of CELLS) await client.createQueue(queueOf(cell));
  for (let round = 0; round < 2 * bench.mode.rounds; round++) {
    bench.report(`sockets: requests, round ${round + 1} of ${2 * bench.mode.rounds}`);
    for (const cell of CELLS) {
      for (const transport of round % 2 === 0 ? TRANSPORTS : TRANSPORTS.toReversed()) {
        const key = keyOf(cell, transport);
        samples.set(key, [...(samples.get(key) ?? []), await run(bench, server, cell, transport)]);
      }
    }
  }
  return CELLS.flatMap((cell) => {
    const of = (transport: Transport): Summary => summarize(samples.get(keyOf(cell, transport)) ?? []);
    const http = of("http").serverCpuMicroseconds;
    return TRANSPORTS.map((transport) => {
      const summary = of(transport);
      const own = summary.serverCpuMicroseconds;
      const cpuRatioToHttp = transport === "http" || own === null || http === null ? null : own / http;
      return { transport, ...cell, ...summary, cpuRatioToHttp };
    });
  });
}

function keyOf(cell: Cell, transport: Transport): string {
  return `${transport} ${queueOf(cell)}`;
}

/** A list is of an empty queue: the cheapest request shows the cost of the transport best. */
function queueOf({ workload, connections }: Cell): string {
  return `transports-${workload.replace(" ", "-")}-${connections}`;
}

async function run(
  { generator, mode: { warmupSeconds, seconds } }: Bench,
  { port, pid }: Target,
  cell: Cell,
  transport: Transport,
): Promise<Sample> {
  const job = { ...cell, transport, queues: [queueOf(cell)], port, serverPid: pid };
  return await generator.run({ ...job, requests: null, warmupSeconds, seconds });
}
