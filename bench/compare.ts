/**
 * `npm run bench:compare -- REVISION [SECOND] [--pairs 30] [--seconds 0.5] [--only CELL]`: measures the working tree, or the revision
 * SECOND, and an earlier revision in turns on this machine, and prints the ratios. "Not slower" is a ratio of server time that exceeds
 * 1 by no more than its error. `--only "cycle @64"`: the cells whose names begin so, to measure them for longer.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/wrangler.ts";
import { whole, withError } from "./figures.ts";
import { LoadGenerator } from "./load/generator.ts";
import { measurePairs, type PairSummary } from "./pairs.ts";
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

const nameOf = ({ workload, connections, queues }: Cell): string => `${workload} @${connections}, ${queues} queues`;

const USAGE = `Usage: npm run bench:compare -- REVISION [SECOND] [--pairs 30] [--seconds 0.5] [--only CELL]
CELL: the beginning of one of "${CELLS.map(nameOf).join('", "')}"`;

interface Request {
  readonly before: string;
  /** null: the working tree. */
  readonly after: string | null;
  readonly pairs: number;
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
  const start = async (root: string, name: string): Promise<Server> => {
    report(`starting ${name}`);
    const server = await Server.start({ root, dataDir: join(scratch.path, `${name}-data`) });
    return stack.adopt(server, async (each) => await each.stop());
  };
  const servers = { first: await start(first, "after"), second: await start(second, "before") };
  const generator = stack.adopt(new LoadGenerator(), (each) => each.stop());
  const { seconds } = request;
  // Many short pairs have the smallest error: the machine's own speed changes from second to second.
  const mode = { ...MODES.full, seconds, warmupSeconds: Math.min(MODES.full.warmupSeconds, seconds / 4) };
  const plan = { subject: "comparison", cells: request.cells, pairs: request.pairs };
  process.stdout.write(`${render(request, await measurePairs({ mode, generator, report }, servers, plan))}\n`);
}

function readRequest(): Request {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pairs: { type: "string", default: "30" },
      seconds: { type: "string", default: "0.5" },
      only: { type: "string", default: "" },
    },
  });
  const [before, after = null] = positionals;
  const [pairs, seconds] = [Number(values.pairs), numberOf("seconds", values.seconds)];
  const cells = CELLS.filter((cell) => nameOf(cell).startsWith(values.only));
  if (before === undefined) throw new BadArgument("REVISION is missing.");
  if (positionals.length > 2) throw new BadArgument(`"${positionals[2]}" is one argument too many.`);
  if (!Number.isInteger(pairs) || pairs < 2)
    throw new BadArgument(`--pairs is "${values.pairs}": it must be a whole number from 2 on.`);
  if (cells.length === 0) throw new BadArgument(`--only is "${values.only}": no CELL begins with that.`);
  return { before, after, pairs, seconds, cells };
}

/** The folder of a revision, which is written below `scratch`. */
function rootOf(revision: string | null, scratch: string, name: string): string {
  if (revision === null) return ROOT;
  report(`writing the files of ${revision}`);
  extract(revision, join(scratch, name));
  return join(scratch, name);
}

function render({ before, after, pairs, seconds }: Request, summaries: readonly PairSummary[]): string {
  return [
    `${after ?? "the working tree"} / ${before}: means of ${pairs} pairs of ${seconds} s in turns, with their standard errors`,
    table<PairSummary>(summaries, {
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
