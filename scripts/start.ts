/**
 * `npm start` and `sukkal-server`: builds the bundle if necessary and runs it on workerd, with all data in one folder. Settings
 * are environment variables: those of src/config/settings.ts, and HOST, PORT, DATA_DIR and LOG_FORMAT.
 *
 * An error is printed as one sentence, and the exit code is 1. After SIGTERM, SIGINT and SIGHUP the exit code is 0.
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { get } from "node:http";
import { createServer, isIPv4 } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readConfig, type Config } from "../src/config/config.ts";
import { warningsOfVariables } from "../src/config/warnings.ts";
import { findAuthorities } from "./ca-store.ts";
import { type DataFolder, notWritable, takeDataFolder } from "./data-folder.ts";
import { checkDataFormat } from "./data-format.ts";
import { tidyDatabases } from "./databases.ts";
import { DiskSpace } from "./disk-space.ts";
import { type LogOutput, toLogFormat, toLogOutput } from "./log-output.ts";
import { OPEN_FILES_ADVISED, readOpenFilesMax } from "./open-files.ts";
import { Refusal } from "./refusal.ts";
import { RestartPolicy } from "./restart-policy.ts";
import { answerTo } from "./start-arguments.ts";
import { WorkerdRun } from "./workerd.ts";
import { ROOT } from "./wrangler.ts";

interface Settings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly dataDir: string;
  /** Bytes; 0: no minimum. */
  readonly diskFreeMin: number;
  readonly stdout: LogOutput;
  readonly stderr: LogOutput;
  /** The environment variables of workerd. */
  readonly environment: NodeJS.ProcessEnv;
}

/** The settings of this script. All others are those of the Worker. */
const OWN_SETTINGS = ["HOST", "PORT", "DATA_DIR", "LOG_FORMAT"];
/** Whether this is a checkout. The package sukkal-server contains the bundle of the Worker and no sources. */
const HAS_SOURCES = existsSync(join(ROOT, "wrangler.toml"));
/** The command for API keys. */
const KEY = HAS_SOURCES ? "npm run --silent keys --" : "npx sukkal key";
/** Milliseconds for workerd to answer its first request. */
const READY_MS_MAX = 30_000;
/** Milliseconds to wait for a signal after workerd has ended: a terminal sends Ctrl-C to both processes. */
const SIGNAL_MS_MAX = 200;

const stopping = new AbortController();

async function main(): Promise<void> {
  const answer = answerTo(process.argv.slice(2));
  if (answer !== null) return void process.stdout.write(answer);
  const settings = readSettings(process.env);
  const folder = takeDataFolder(settings.dataDir);
  process.on("exit", () => folder.release());
  prepare(settings, folder);
  await checkAddress(settings);
  warnOfLowFileLimit(settings);
  for (const warning of warningsOfVariables(process.env, OWN_SETTINGS)) process.stderr.write(`${warning}\n`);
  if (HAS_SOURCES) {
    const { buildIfChanged } = await import("./build.ts");
    await buildIfChanged();
  }
  await serve(settings, folder);
}

function readSettings(environment: NodeJS.ProcessEnv): Settings {
  // An empty text counts as unset, as it does for the settings of the service.
  const read = (name: string, otherwise: string): string => {
    const text = environment[name] ?? "";
    return text === "" ? otherwise : text;
  };
  const port = read("PORT", "8787");
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new Refusal(`PORT is "${port}": it must be a whole number from 0 to 65535.`);
  }
  const host = read("HOST", "127.0.0.1");
  // Only here does AUTH_STRATEGY have a default: a first try needs no configuration. The Worker logs a warning about it.
  const authStrategy = read("AUTH_STRATEGY", isLoopback(host) ? "none" : "");
  if (authStrategy === "") {
    throw new Refusal(
      `HOST is "${host}": other machines may reach it, and AUTH_STRATEGY is not set. Set it to keys or keystone, ` +
        `or to none if everybody who reaches the service may be admin of every project.`,
    );
  }
  const complete = {
    ...environment,
    AUTH_STRATEGY: authStrategy,
    MAX_OPEN_FILES: read("MAX_OPEN_FILES", String(readOpenFilesMax() ?? -1)),
  };
  const { diskFreeMin, jurisdiction } = configOf(complete);
  if (jurisdiction !== null) {
    throw new Refusal(`JURISDICTION is "${jurisdiction}": only Cloudflare has jurisdictions. Do not set it here.`);
  }
  const format = toLogFormat(read("LOG_FORMAT", "auto"));
  return {
    host,
    port: Number(port),
    dataDir: read("DATA_DIR", "./data"),
    diskFreeMin,
    stdout: toLogOutput(format, process.stdout),
    stderr: toLogOutput(format, process.stderr),
    environment: complete,
  };
}

function configOf(environment: NodeJS.ProcessEnv): Config {
  try {
    return readConfig(environment);
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error));
  }
}

/** Checks and repairs the data folder before workerd opens it. */
function prepare({ dataDir, diskFreeMin, environment }: Settings, { path }: DataFolder): void {
  try {
    const space = new DiskSpace(path, diskFreeMin);
    checkDataFormat(dataDir, path);
    Object.assign(environment, findAuthorities(environment, path));
    for (const sentence of tidyDatabases(path)) process.stderr.write(`${sentence}\n`);
    space.watch();
  } catch (error) {
    throw error instanceof Refusal ? error : notWritable(dataDir, error);
  }
}

function warnOfLowFileLimit({ environment }: Settings): void {
  const max = Number(environment["MAX_OPEN_FILES"]);
  if (max < 0 || max >= OPEN_FILES_ADVISED) return;
  const limit = `The limit of file descriptors is ${max} (ulimit -Hn)`;
  const effect = `which allows only ${Math.floor(max / 6)} queues in use at a time`;
  process.stderr.write(`${limit}, ${effect}. Raise it to ${OPEN_FILES_ADVISED} or more.\n`);
}

/** Refuses an address that cannot be used. workerd would report it only after the build, and with a stack. */
async function checkAddress({ host, port }: Settings): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen({ host, port }), "listening");
    server.close();
    await once(server, "close");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "EADDRINUSE") {
      throw new Refusal(`Port ${port} of ${host} is in use by another program. Stop it, or set PORT to a free port.`);
    }
    if (code === "EACCES") {
      throw new Refusal(`This user has no permission to listen on port ${port}. Set PORT to 1024 or above.`);
    }
    throw new Refusal(
      `HOST is "${host}": this machine has no such address (${code}). Set HOST to one of its addresses, or to 0.0.0.0 for all.`,
    );
  }
}

/** Runs workerd, and restarts it when it ends by itself, until this process is stopped. */
async function serve(settings: Settings, folder: DataFolder): Promise<void> {
  const restarts = new RestartPolicy();
  let run: WorkerdRun | null = null;
  let { port } = settings;
  let hasServed = false;
  process.on("exit", () => run?.kill());
  stopping.signal.addEventListener("abort", () => void run?.stop());
  while (!stopping.signal.aborted) {
    const began = performance.now();
    // A restart uses the port of the first run, which clients know.
    run = new WorkerdRun({ ...settings, address: toAddress(settings.host, port), folder });
    const ready = urlWhenReady(run, settings).then((url) => {
      if (url === null) return;
      announce(url, settings, hasServed);
      port = Number(url.port);
      hasServed = true;
    });
    const { ended } = run;
    const how = await Promise.race([ended, ready.then(() => ended)]);
    if (!stopping.signal.aborted) await Promise.race([once(stopping.signal, "abort"), sleep(SIGNAL_MS_MAX)]);
    if (stopping.signal.aborted) return;
    await waitForRestart(how, hasServed ? restarts.delayAfter(performance.now() - began) : null, restarts);
  }
}

/** Logs the end of a run and waits `delay` milliseconds. Throws a Refusal if `delay` is null: no restart. */
/** Whether only this machine reaches the address. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

async function waitForRestart(how: string, delay: number | null, { summary }: RestartPolicy): Promise<void> {
  const end = `workerd ended by itself (${how})`;
  if (delay === null)
    throw new Refusal(`${end}${summary}. No stored data is lost. The lines above may contain the reason.`);
  const when = delay === 0 ? "at once" : `in ${delay / 1000} s`;
  process.stderr.write(`${end}. No stored data is lost. It is started again ${when}.\n`);
  await Promise.race([once(stopping.signal, "abort"), sleep(delay)]);
}

/** The URL, when the service answers requests. null: workerd has ended, or is being stopped. */
async function urlWhenReady(run: WorkerdRun, settings: Settings): Promise<URL | null> {
  const port = await run.port();
  const isEverywhere = settings.host === "0.0.0.0" || settings.host === "::";
  const url = new URL(`http://${toAddress(isEverywhere ? "127.0.0.1" : settings.host, port)}`);
  const status = await askUntilAnswered(url, run);
  if (stopping.signal.aborted || run.isOver) return null;
  if (status === null || status >= 500) {
    const answer =
      status === null ? `has not answered within ${READY_MS_MAX / 1000} s` : `answers with status ${status}`;
    throw new Refusal(`workerd is running, but ${url.href} ${answer}. The lines above may contain the reason.`);
  }
  return url;
}

/** The status of the first answer; null: none within READY_MS_MAX. */
async function askUntilAnswered(url: URL, run: WorkerdRun): Promise<number | null> {
  const deadline = performance.now() + READY_MS_MAX;
  while (performance.now() < deadline && !stopping.signal.aborted && !run.isOver) {
    const status = await ask(url);
    if (status !== null) return status;
    await sleep(20);
  }
  return null;
}

async function ask(url: URL): Promise<number | null> {
  return await new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: READY_MS_MAX }, (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(null));
  });
}

function announce({ origin: url }: URL, settings: Settings, isAgain: boolean): void {
  if (isAgain) return void process.stderr.write(`Sukkal serves ${url} again.\n`);
  const strategy = settings.environment["AUTH_STRATEGY"] ?? "";
  const { console, docs } = configOf(settings.environment);
  const headers = `-H 'Client-ID: 123e4567-e89b-12d3-a456-426614174000' ${credentialHeader(strategy)}`;
  const json = `-H 'Content-Type: application/json'`;
  const queue = `${url}/v2/queues/demo`;
  process.stdout.write(
    [
      `Sukkal serves ${url} from ${settings.dataDir}. To post a message, claim it and show the queue's statistics:`,
      ...(strategy.includes("keys") ? keyLines(url, settings) : []),
      ``,
      `  curl ${headers} ${json} -d '{"messages": [{"body": "hello", "ttl": 300}]}' ${queue}/messages`,
      `  curl ${headers} ${json} -d '{"ttl": 300, "grace": 60}' ${queue}/claims`,
      `  curl ${headers} ${queue}/stats`,
      ``,
      ...(console ? [`The console is on ${url}/console/.`] : []),
      ...(docs ? [`The documents are on ${url}/docs/.`, `The API is described on ${url}/docs/api.html.`] : []),
      ...(console || docs ? [``] : []),
      ``,
    ].join("\n"),
  );
}

function keyLines(url: string, { environment }: Settings): readonly string[] {
  if ((environment["ADMIN_API_KEY"] ?? "") === "") {
    const effect = "ADMIN_API_KEY is not set, so only admin keys that exist already can create API keys";
    process.stderr.write(`${effect}. To generate a value: ${KEY} new-admin-key\n`);
  }
  return [``, `  KEY=$(ADMIN_API_KEY=... SUKKAL_URL=${url} ${KEY} create --project demo)`];
}

/** The header of the curl examples that authenticates the request. */
function credentialHeader(strategy: string): string {
  if (strategy === "none") return `-H 'X-Project-ID: demo'`;
  if (strategy === "keystone") return `-H "X-Auth-Token: $(openstack token issue -f value -c id)"`;
  return `-H "Authorization: Bearer $KEY"`;
}

function toAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  // A second signal ends this process and workerd at once.
  process.on(signal, () => (stopping.signal.aborted ? process.exit(0) : stopping.abort()));
}
// The program that has started the service with a channel, such as `sukkal dev`, has ended without stopping it.
process.on("disconnect", () => stopping.abort());

try {
  await main();
  process.exit(0);
} catch (error) {
  if (stopping.signal.aborted) process.exit(0);
  const text = error instanceof Refusal ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`Sukkal is not running: ${text}\n`);
  process.exit(1);
}
