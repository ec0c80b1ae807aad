/**
 * `npm run bench [-- --short] [-- --out file.json]`: measures the service of `npm start`, and the limits of the runtime in
 * the same run. Prints tables and writes the same numbers as JSON.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { measureAccess } from "./access.ts";
import { judge } from "./aims.ts";
import { bundle } from "./bundle.ts";
import { measureDepths } from "./depth.ts";
import { LoadGenerator } from "./load/generator.ts";
import { describeMachine } from "./machine.ts";
import type { Outcome } from "./outcome.ts";
import { MODES, type Mode } from "./plan.ts";
import { measureNotifications } from "./notifications.ts";
import { memory } from "./process-facts.ts";
import { render } from "./report.ts";
import { measureRounds } from "./rounds.ts";
import { measureRows } from "./rows-per-life.ts";
import { makeScratch, RESULTS } from "./scratch.ts";
import { Server } from "./server.ts";
import { measureSockets } from "./sockets/measure.ts";
import { summarizeCell, summarizeDepth } from "./summary.ts";
import { Workerd } from "./workerd.ts";

/** The fill of the depth measurement needs larger claims. All other settings have their defaults. */
const ENVIRONMENT = { MAX_MESSAGES_PER_CLAIM_OR_POP: "100", MAX_CLAIMED_MESSAGES: "200000" };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { short: { type: "boolean", default: false }, out: { type: "string" } } });
  const mode = MODES[values.short ? "short" : "full"];
  const out = values.out ?? join(RESULTS, `${mode.name}-${new Date().toISOString().replaceAll(":", "")}.json`);
  const scratch = makeScratch("run");
  try {
    const outcome = await measure(mode, scratch.path);
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, `${JSON.stringify(outcome, null, 2)}\n`);
    process.stdout.write(`${render(outcome)}\n\n${outcome.seconds.toFixed(0)} s; written to ${out}\n`);
  } finally {
    scratch.remove();
  }
}

async function measure(mode: Mode, folder: string): Promise<Outcome> {
  const startedAt = performance.now();
  report("building, and counting rows");
  const machine = describeMachine(folder);
  await using stack = new AsyncDisposableStack();
  const generator = stack.adopt(new LoadGenerator(), (each) => each.stop());
  const [config, rows] = await Promise.all([
    bundle({ entry: "bench/ceilings.ts", config: "bench/ceilings.capnp" }, join(folder, "ceilings")),
    measureRows(generator, join(folder, "rows"), mode.lives),
  ]);
  const dataDir = join(folder, "service");
  const service = stack.adopt(
    await Server.start({ dataDir, environment: ENVIRONMENT }),
    async (each) => await each.stop(),
  );
  const options = { config, dataDir: join(folder, "ceilings", "data") };
  const ceilings = stack.adopt(await Workerd.start(options), async (each) => await each.end("SIGTERM"));
  const bench = { mode, generator, service, ceilings, report };
  const cells = (await measureRounds(bench)).map(summarizeCell);
  const depths = (await measureDepths(bench)).map(summarizeDepth);
  const access = await measureAccess(bench, join(folder, "access"));
  const notifications = await measureNotifications(bench, join(folder, "notifications"));
  const sockets = await measureSockets(bench, join(folder, "sockets"));
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    machine,
    mode,
    seconds,
    cells,
    rows,
    depths,
    access,
    notifications,
    sockets,
    memory: memory(service.pid),
    aims: judge({ cells, rows, depths, access, notifications, sockets }),
  };
}

function report(progress: string): void {
  process.stderr.write(`bench: ${progress}\n`);
}

await main();
