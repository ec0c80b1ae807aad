/**
 * `npm run bench`: measures the service of `npm start`, and the limits of the runtime in the same run. USAGE has the options; the
 * console is in no run but that with `--console`. Prints tables and writes the same numbers as JSON.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { measureAccess } from "./access.ts";
import { measureAgainstCeilings } from "./against-ceilings.ts";
import { judge, judgeClient, judgeComparisons, judgeConsole, judgeMetering, judgeSockets, judgeStart } from "./aims.ts";
import { bundle } from "./bundle.ts";
import { measureConsole } from "./console.ts";
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
  renderCeilingsRun,
  renderClientRun,
  renderConsoleRun,
  renderMeteringRun,
  renderSocketRun,
  renderStartRun,
} from "./report.ts";
import { measureRounds, type Bench, type TargetBench } from "./rounds.ts";
import { measureRows } from "./rows-per-life.ts";
import { makeScratch, RESULTS } from "./scratch.ts";
import { Server } from "./server.ts";
import { measureSockets } from "./sockets/measure.ts";
import { measureStart } from "./start.ts";
import { summarizeCell, summarizeDepth } from "./summary.ts";
import { measureClient } from "./typescript/measure.ts";
import { Workerd } from "./workerd.ts";

const USAGE =
  "Usage: npm run bench -- [--short] [--ceilings | --sockets | --client | --metering | --console | --start] [--out file.json]\n" +
  "--short takes about eight minutes, all of it half an hour. The others measure one part only: the service beside the ceilings\n" +
  "of the runtime, WebSocket connections, the TypeScript client, the cost of figures, the console, the start.";

const PARTS = ["ceilings", "sockets", "client", "metering", "console", "start"] as const;

/** The fill of the depth measurement needs larger claims. All other settings have their defaults. */
const ENVIRONMENT = { MAX_MESSAGES_PER_CLAIM_OR_POP: "100", MAX_CLAIMED_MESSAGES: "200000" };

async function main(): Promise<void> {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: {
      short: flag,
      ceilings: flag,
      sockets: flag,
      client: flag,
      metering: flag,
      console: flag,
      start: flag,
      out: { type: "string" },
    },
  });
  const parts = PARTS.filter((part) => values[part]);
  if (parts.length > 1) throw new BadArgument(`--${parts.join(" and --")} are too many: a run has one part, or all.`);
  const mode = MODES[values.short ? "short" : "full"];
  const out = values.out ?? join(RESULTS, `${mode.name}-${new Date().toISOString().replaceAll(":", "")}.json`);
  const scratch = makeScratch("run");
  try {
    const { outcome, text } = await chooseRun(values)(mode, scratch.path);
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

function chooseRun(only: Readonly<Record<(typeof PARTS)[number], boolean>>): typeof runAll {
  if (only.ceilings) return runCeilings;
  if (only.sockets) return runSockets;
  if (only.metering) return runMetering;
  if (only.console) return runConsole;
  if (only.start) return runStart;
  return only.client ? runClient : runAll;
}

async function runAll(mode: Mode, folder: string): Promise<Finished> {
  const outcome = await measure(mode, folder);
  return { outcome, text: render(outcome) };
}

async function runSockets(mode: Mode, folder: string): Promise<Finished> {
  const startedAt = performance.now();
  using stack = new DisposableStack();
  const generator = stack.adopt(new LoadGenerator(), (each) => each.stop());
  const machine = describeMachine(folder);
  const sockets = await measureSockets({ mode, generator, report }, folder);
  const outcome = { machine, mode, seconds: secondsSince(startedAt), sockets, aims: judgeSockets(sockets) };
  return { outcome, text: renderSocketRun(outcome) };
}

async function runClient(mode: Mode, folder: string): Promise<Finished> {
  const startedAt = performance.now();
  await using stack = new AsyncDisposableStack();
  const generator = stack.adopt(new LoadGenerator(), (each) => each.stop());
  const machine = describeMachine(folder);
  const service = stack.adopt(
    await Server.start({ dataDir: join(folder, "service") }),
    async (each) => await each.stop(),
  );
  const client = await measureClient({ mode, generator, report }, service.url);
  const outcome = { machine, mode, seconds: secondsSince(startedAt), client, aims: judgeClient(client) };
  return { outcome, text: renderClientRun(outcome) };
}

async function runCeilings(mode: Mode, folder: string): Promise<Finished> {
  const startedAt = performance.now();
  await using stack = new AsyncDisposableStack();
  const generator = stack.adopt(new LoadGenerator(), (each) => each.stop());
  const machine = describeMachine(folder);
  const bench = await startTargets(stack, { mode, generator, report }, folder);
  const comparisons = await measureAgainstCeilings(bench);
  const outcome = { machine, mode, seconds: secondsSince(startedAt), comparisons, aims: judgeComparisons(comparisons) };
  return { outcome, text: renderCeilingsRun(outcome) };
}

async function runMetering(mode: Mode, folder: string): Promise<Finished> {
  const startedAt = performance.now();
  using stack = new DisposableStack();
  const generator = stack.adopt(new LoadGenerator(), (each) => each.stop());
  const machine = describeMachine(folder);
  const metering = await measureMetering({ mode, generator, report }, folder);
  const outcome = { machine, mode, seconds: secondsSince(startedAt), metering, aims: judgeMetering(metering) };
  return { outcome, text: renderMeteringRun(outcome) };
}

async function runConsole(mode: Mode, folder: string): Promise<Finished> {
  const startedAt = performance.now();
  const machine = describeMachine(folder);
  const summary = await measureConsole({ mode, report }, folder);
  const outcome = { machine, mode, seconds: secondsSince(startedAt), console: summary, aims: judgeConsole(summary) };
  return { outcome, text: renderConsoleRun(outcome) };
}

async function runStart(mode: Mode, folder: string): Promise<Finished> {
  const startedAt = performance.now();
  const machine = describeMachine(folder);
  const start = await measureStart({ mode, report }, folder);
  const outcome = { machine, mode, seconds: secondsSince(startedAt), start, aims: judgeStart(start) };
  return { outcome, text: renderStartRun(outcome) };
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
  const comparisons = await measureAgainstCeilings(bench);
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
  const config = await bundle({ entry: "bench/ceilings.ts", config: "bench/ceilings.capnp" }, join(folder, "ceilings"));
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
