/**
 * `npm run bench:compare -- REVISION [SECOND] [--processes 6] [--seconds 5] [--only CELL]`: measures the working tree, or the
 * revision SECOND, and an earlier revision in turns on this machine, and prints the ratios. "Not slower" is a ratio of server time
 * that exceeds 1 by no more than its error. Each of so many fresh pairs of processes is measured for so many seconds in each cell.
 * `--only "cycle @64"`: the cells whose names begin so.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/wrangler.ts";
import { whole, withError } from "./figures.ts";
import { LoadGenerator } from "./load/generator.ts";
import { measurePairs, sidesOf, type PairResult, type Sides } from "./pairs.ts";
import { MODES } from "./plan.ts";
import { BadArgument, numberOf, report, runProgram } from "./program.ts";
import { extract } from "./revision.ts";
import { makeScratch } from "./scratch.ts";
import { Server } from "./server.ts";
import { table } from "./table.ts";

const CELLS = [
  { workload: "post 1", connections: 1, queues: 1 },
  { workload: "post 10", connections: 64, queues: 1 },
  { workload: "list 10", connections: 16, queues: 1 },
  { workload: "cycle", connections: 1, queues: 1 },
  { workload: "cycle", connections: 64, queues: 1 },
  { workload: "cycle", connections: 64, queues: 16 },
] as const;

type Cell = (typeof CELLS)[number];
type Summary = Cell & PairResult;

const nameOf = ({ workload, connections, queues }: Cell): string => `${workload} @${connections}, ${queues} queues`;

const USAGE = `Usage: npm run bench:compare -- REVISION [SECOND] [--processes 6] [--seconds 5] [--only CELL]
SECOND: a newer revision than REVISION, instead of the working tree. --processes: how many fresh pairs of processes are
measured, each for so many --seconds in each cell; together about five minutes.
CELL: the beginning of one of "${CELLS.map(nameOf).join('", "')}"`;

interface Request {
  readonly before: string;
  /** null: the working tree. */
  readonly after: string | null;
  readonly processes: number;
  readonly seconds: number;
  readonly cells: readonly Cell[];
}

async function main(): Promise<void> {
  const request = readRequest();
  const scratch = makeScratch("compare");
  await using stack = new AsyncDisposableStack();
  stack.defer(() => scratch.remove());
  // Both before a server starts, because a revision may be missing.
  const [first, second] = [
    rootOf(request.after, scratch.path, "after"),
    rootOf(request.before, scratch.path, "before"),
  ];
  const start = async (pair: AsyncDisposableStack, folder: string) => {
    const serve = async (root: string, name: string): Promise<Server> =>
      pair.adopt(await Server.start({ root, dataDir: join(folder, name) }), async (each) => await each.stop());
    const servers = { first: await serve(first, "after"), second: await serve(second, "before") };
    return async (cell: Cell): Promise<Sides> => await sidesOf(cell, servers);
  };
  const generator = stack.adopt(new LoadGenerator(), (each) => each.stop());
  const { seconds, processes, cells } = request;
  const mode = { ...MODES.full, pairs: { ...MODES.full.pairs, seconds, processes } };
  const bench = { mode, generator, report };
  const summaries = await measurePairs(bench, "comparison", cells, start, join(scratch.path, "data"));
  process.stdout.write(`${render(request, summaries)}\n`);
}

function readRequest(): Request {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      processes: { type: "string", default: String(MODES.full.pairs.processes) },
      seconds: { type: "string", default: String(MODES.full.pairs.seconds) },
      only: { type: "string", default: "" },
    },
  });
  const [before, after = null] = positionals;
  const [processes, seconds] = [Number(values.processes), numberOf("seconds", values.seconds)];
  const cells = CELLS.filter((cell) => nameOf(cell).startsWith(values.only));
  if (before === undefined) throw new BadArgument("REVISION is missing.");
  if (positionals.length > 2) throw new BadArgument(`"${positionals[2]}" is one argument too many.`);
  if (!Number.isInteger(processes) || processes < 2)
    throw new BadArgument(`--processes is "${values.processes}": it must be a whole number from 2 on.`);
  if (cells.length === 0) throw new BadArgument(`--only is "${values.only}": no CELL begins with that.`);
  return { before, after, processes, seconds, cells };
}

/** The folder of a revision, which is written below `scratch`. */
function rootOf(revision: string | null, scratch: string, name: string): string {
  if (revision === null) return ROOT;
  report(`writing the files of ${revision}`);
  extract(revision, join(scratch, name));
  return join(scratch, name);
}

function render({ before, after, processes, seconds }: Request, summaries: readonly Summary[]): string {
  return [
    `${after ?? "the working tree"} / ${before}: means of ${processes} fresh pairs of processes, each measured in turns for`,
    `${seconds} s in a cell, with their standard errors. us/request: CPU time of the server, after and before. Not slower: a`,
    "server time that exceeds 1 by no more than its error.",
    table<Summary>(summaries, {
      workload: (each) => each.workload,
      connections: (each) => String(each.connections),
      queues: (each) => String(each.queues),
      "us/request": (each) => whole(each.first.serverCpuMicroseconds),
      before: (each) => whole(each.second.serverCpuMicroseconds),
      "server time": (each) => withError(each.cpu),
      "requests/s": (each) => withError(each.rate),
    }),
  ].join("\n");
}

await runProgram(USAGE, main);
