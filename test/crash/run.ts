/**
 * `npm run test:crash -- [--cycles N] [--seed S] [--part queues|notifications] [--pools] [--spread]`: several clients work on a few
 * queues, with `--pools` in pools elsewhere. The process of the service is killed at a random moment, starts again on the same
 * folder, is audited, and continues; this is repeated. After each crash the history of the clients is compared with the promises of the service. Fails with the part of the
 * history that shows the violation. With `--spread` queues are spread over several objects and brought back all the time. The second part does the same with subscribers that fail at times, and must have got
 * everything in the end.
 *
 * `kill -9` shows the effects of a crash of the process. It does not show those of a power cut, because the operating system
 * still writes what the process has passed to it.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "../../bench/bundle.ts";
import { makeScratch } from "../../bench/scratch.ts";
import { Workerd } from "../../bench/workerd.ts";
import { PAGE_MAX } from "./auditor.ts";
import { CrashTest, type Options } from "./crash-test.ts";
import { NotificationTest } from "./notification-test.ts";

const PARTS = ["queues", "notifications"] as const;

interface Run extends Options {
  readonly parts: readonly (typeof PARTS)[number][];
  readonly pools: boolean;
}

async function main({ parts, pools, ...options }: Run): Promise<boolean> {
  process.stdout.write(`crash test: ${options.cycles} cycles, seed ${options.seed}\n`);
  const scratch = makeScratch("crash");
  const config = await bundle({ entry: "src/index.ts", config: "config.capnp" }, scratch.path);
  const environment = {
    AUTH_STRATEGY: "none",
    MAX_MESSAGES_PER_PAGE: String(PAGE_MAX),
    ALLOW_PRIVATE_SUBSCRIBERS: "true",
    ...(options.resizes ? { SHARDS: "4", SPREAD_ALWAYS: "true" } : {}),
    ...(pools ? { ADMIN_MODE: "true", POOLING: "true" } : {}),
  };
  const started: Workerd[] = [];
  const start = async (): Promise<Workerd> => {
    const workerd = await Workerd.start({ config, dataDir: join(scratch.path, "data"), environment });
    started.push(workerd);
    if (pools) await createPools(workerd);
    return workerd;
  };
  let hasPassed = true;
  try {
    if (parts.includes("queues")) hasPassed = await new CrashTest(options, start).run();
    if (hasPassed && parts.includes("notifications")) hasPassed = await new NotificationTest(options, start).run();
  } catch (error) {
    hasPassed = false;
    throw error;
  } finally {
    await started.at(-1)?.end("SIGKILL");
    if (hasPassed) {
      scratch.remove();
    } else {
      scratch.keep();
      process.stdout.write(`the data is left in ${scratch.path}\n`);
    }
  }
  return hasPassed;
}

/** Two pools, so that queues exchange messages between regions. */
async function createPools({ port }: Workerd): Promise<void> {
  const headers = {
    "Client-ID": randomUUID(),
    "X-Project-ID": "operations",
    "X-Roles": "admin",
    "Content-Type": "application/json",
  };
  for (const location of ["weur", "enam"]) {
    const body = JSON.stringify({ uri: `durable-object://${location}`, weight: 1 });
    const { status } = await fetch(`http://127.0.0.1:${port}/v2/pools/${location}`, { method: "PUT", headers, body });
    if (status !== 201) throw new Error(`The pool ${location} was not accepted: ${status}`);
  }
}

function readOptions(): Run {
  const { values } = parseArgs({
    options: {
      cycles: { type: "string", default: "10" },
      seed: { type: "string" },
      part: { type: "string" },
      pools: { type: "boolean", default: false },
      spread: { type: "boolean", default: false },
    },
  });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const options = { cycles: Number(values.cycles), seed, resizes: values.spread };
  if (!Number.isInteger(options.cycles) || options.cycles < 1)
    throw new Error("--cycles must be a whole number of at least 1");
  if (!Number.isInteger(options.seed)) throw new Error("--seed must be a whole number");
  // Queues with subscribers are on one object.
  const part = values.part ?? (values.spread ? "queues" : undefined);
  const parts = PARTS.filter((each) => part === undefined || each === part);
  if (parts.length === 0) throw new Error(`--part must be one of ${PARTS.join(", ")}`);
  return { ...options, parts, pools: values.pools };
}

process.exitCode = (await main(readOptions())) ? 0 : 1;
