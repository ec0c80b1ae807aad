/**
 * `npm run bench`: measures the service of `npm start`, and the limits of the runtime in the same run. USAGE has the options; the
 * console is in no run but that with `--console`. Prints tables and writes the same numbers as JSON.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { measureAccess } from "./access.ts";
import { buildCeilings, measureAgainstCeilings } from "./against-ceilings.ts";
import {
  judge,
  judgeAccess,
  judgeClient,
  judgeComparisons,
  judgeConsole,
  judgeMetering,
  judgeSockets,
  judgeStart,
  type Aim,
  type Results,
} from "./aims.ts";
import { measureConsole, type ConsoleSummary } from "./console.ts";
import { measureDepths } from "./depth.ts";
import { LoadGenerator } from "./load/generator.ts";
import { describeMachine } from "./machine.ts";
import { measureManyQueues } from "./many-queues.ts";
import { measureMetering } from "./metering.ts";
import type { Outcome, Run } from "./outcome.ts";
import { MODES, type Mode } from "./plan.ts";
import { BadArgument, report, runProgram } from "./program.ts";
import { measureNotifications } from "./notifications.ts";
import { memory } from "./process-facts.ts";
import {
  render,
  renderAccess,
  renderClient,
  renderComparisons,
  renderConsole,
  renderMetering,
  renderPart,
  renderStart,
} from "./report.ts";
import { measureRounds, type Bench, type TargetBench } from "./rounds.ts";
import { measureRows } from "./rows-per-life.ts";
import { makeScratch, RESULTS } from "./scratch.ts";
import { Server } from "./server.ts";
import { measureSockets } from "./sockets/measure.ts";
import { renderSockets } from "./sockets/report.ts";
import { measureStart } from "./start.ts";
import { summarizeCell, summarizeDepth } from "./summary.ts";
import { measureClient } from "./typescript/measure.ts";
import { Workerd } from "./workerd.ts";

const USAGE =
  "Usage: npm run bench -- [--short] [--ceilings | --access | --metering | --sockets | --client | --console | --start]\n" +
  "                        [--out file.json]\n" +
  "--short takes about eight minutes and is too short to judge times; all of it takes half an hour. The others measure one\n" +
  "part only: the service beside the ceilings of the runtime, the cost of authentication, that of figures, WebSocket\n" +
  "connections, the TypeScript client, the console, the start.";

interface Measured {
  readonly results: Partial<Results> | { readonly console: ConsoleSummary };
  readonly aims: readonly Aim[];
  readonly lines: readonly string[];
}

/** What a run measures with one option. */
const PARTS: Readonly<Record<string, (bench: Bench, folder: string) => Promise<Measured>>> = {
  ceilings: async (bench, folder) => {
    const comparisons = await measureAgainstCeilings(bench, folder);
    return { results: { comparisons }, aims: judgeComparisons(comparisons), lines: renderComparisons(comparisons) };
  },
  access: async (bench, folder) => {
    const access = await measureAccess(bench, folder);
    return { results: { access }, aims: judgeAccess(access), lines: renderAccess(access) };
  },
  metering: async (bench, folder) => {
    const metering = await measureMetering(bench, folder);
    return { results: { metering }, aims: judgeMetering(metering), lines: renderMetering(metering) };
  },
  sockets: async (bench, folder) => {
    const sockets = await measureSockets(bench, folder);
    return { results: { sockets }, aims: judgeSockets(sockets), lines: renderSockets(sockets) };
  },
  client: async (bench, folder) => {
    await using stack = new AsyncDisposableStack();
    const service = stack.adopt(await Server.start({ dataDir: folder }), async (each) => await each.stop());
    const client = await measureClient(bench, service.url);
    return { results: { client }, aims: judgeClient(client), lines: renderClient(client) };
  },
  console: async (bench, folder) => {
    const summary = await measureConsole(bench, folder);
    return { results: { console: summary }, aims: judgeConsole(summary), lines: renderConsole(summary) };
  },
  start: async (bench, folder) => {
    const start = await measureStart(bench, folder);
    return { results: { start }, aims: judgeStart(start), lines: renderStart(start) };
  },
};

/** The fill of the depth measurement needs larger claims. All other settings have their defaults. */
const ENVIRONMENT = { MAX_MESSAGES_PER_CLAIM_OR_POP: "100", MAX_CLAIMED_MESSAGES: "200000" };

async function main(): Promise<void> {
  const names = Object.keys(PARTS);
  const flags = ["short", ...names].map((name) => [name, { type: "boolean" }] as const);
  const { values } = parseArgs({ options: { ...Object.fromEntries(flags), out: { type: "string" } } });
  const given = new Set(Object.keys(values));
  const chosen = names.filter((name) => given.has(name));
  if (chosen.length > 1) throw new BadArgument(`--${chosen.join(" and --")} are too many: a run has one part, or all.`);
  const mode = MODES[given.has("short") ? "short" : "full"];
  const out = values.out ?? join(RESULTS, `${mode.name}-${new Date().toISOString().replaceAll(":", "")}.json`);
  const scratch = makeScratch("run");
  try {
    const part = PARTS[chosen[0] ?? ""];
    const { outcome, text } = await (part === undefined
      ? runAll(mode, scratch.path)
      : runPart(part, mode, scratch.path));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, `${JSON.stringify(outcome, null, 2)}\n`);
    process.stdout.write(`${text}\n\n${outcome.seconds.toFixed(0)} s; written to ${out}\n`);
  } finally {
    scratch.remove();
  }
}

interface Finished {
  readonly outcome: Run;
  readonly text: string;
}

async function runAll(mode: Mode, folder: string): Promise<Finished> {
  const outcome = await measure(mode, folder);
  return { outcome, text: render(outcome) };
}

async function runPart(part: (typeof PARTS)[string], mode: Mode, folder: string): Promise<Finished> {
  const startedAt = performance.now();
  using stack = new DisposableStack();
  const generator = stack.adopt(new LoadGenerator(), (each) => each.stop());
  const machine = describeMachine(folder);
  const { results, aims, lines } = await part({ mode, generator, report }, join(folder, "part"));
  const outcome = { machine, mode, seconds: secondsSince(startedAt), ...results, aims };
  return { outcome, text: renderPart(outcome, lines) };
}

async function measure(mode: Mode, folder: string): Promise<Outcome> {
  const startedAt = performance.now();
  const machine = describeMachine(folder);
  await using stack = new AsyncDisposableStack();
  const generator = stack.adopt(new LoadGenerator(), (each) => each.stop());
  report("counting rows");
  const rows = await measureRows(generator, join(folder, "rows"), mode.lives);
  const start = await measureStart({ mode, report }, join(folder, "start"));
  const bench = await startTargets(stack, { mode, generator, report }, folder);
  const { service } = bench;
  const cells = (await measureRounds(bench)).map(summarizeCell);
  const comparisons = await measureAgainstCeilings(bench, join(folder, "beside"));
  const manyQueues = await measureManyQueues(bench);
  const depths = (await measureDepths(bench)).map(summarizeDepth);
  const access = await measureAccess(bench, join(folder, "access"));
  const metering = await measureMetering(bench, join(folder, "metering"));
  const notifications = await measureNotifications(bench, join(folder, "notifications"));
  const sockets = await measureSockets(bench, join(folder, "sockets"));
  const client = await measureClient(bench, service.url);
  const results = {
    start,
    cells,
    comparisons,
    rows,
    depths,
    manyQueues,
    access,
    metering,
    notifications,
    sockets,
    client,
  };
  const seconds = secondsSince(startedAt);
  return { machine, mode, seconds, ...results, memory: memory(service.pid), aims: judge(results) };
}

interface ServedBench extends TargetBench {
  readonly service: Server;
}

/** Starts the service and the Worker of the ceilings, until the stack is disposed. */
async function startTargets(stack: AsyncDisposableStack, bench: Bench, folder: string): Promise<ServedBench> {
  report("building the ceilings");
  const config = await buildCeilings(join(folder, "ceilings"));
  const dataDir = join(folder, "service");
  const service = stack.adopt(
    await Server.start({ dataDir, environment: ENVIRONMENT }),
    async (each) => await each.stop(),
  );
  const options = { config, dataDir: join(folder, "ceilings", "data") };
  const ceilings = stack.adopt(await Workerd.start(options), async (each) => await each.end("SIGTERM"));
  return { ...bench, service, ceilings };
}

function secondsSince(instant: number): number {
  return (performance.now() - instant) / 1000;
}

await runProgram(USAGE, main);
