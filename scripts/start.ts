/**
 * `npm start`: builds the bundle, unless it is there, and serves it with plain workerd, everything durable in one folder.
 * Settings are environment variables: those of src/config/settings.ts, and HOST, PORT and DATA_DIR.
 *
 * Whatever is wrong is one sentence and exit code 1. SIGTERM, SIGINT and SIGHUP end it with exit code 0.
 */
import { once } from "node:events";
import { get } from "node:http";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { readConfig } from "../src/config/config.ts";
import { buildIfChanged } from "./build.ts";
import { findAuthorities } from "./ca-store.ts";
import { type DataFolder, notWritable, takeDataFolder } from "./data-folder.ts";
import { checkDataFormat } from "./data-format.ts";
import { tidyDatabases } from "./databases.ts";
import { Deaths } from "./deaths.ts";
import { DiskSpace } from "./disk-space.ts";
import { OPEN_FILES_ADVISED, readOpenFilesMax } from "./open-files.ts";
import { Refusal } from "./refusal.ts";
import { WorkerdRun } from "./workerd.ts";

interface Settings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly dataDir: string;
  /** Bytes; 0: any. */
  readonly diskFreeMin: number;
  /** What workerd gets to see. */
  readonly environment: NodeJS.ProcessEnv;
}

/** How long workerd may take to answer its first request. */
const READY_MS_MAX = 30_000;
/** How long the signal that ended workerd may take to reach this process too: a terminal sends Ctrl-C to both. */
const SIGNAL_MS_MAX = 200;

const stopping = new AbortController();

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const folder = takeDataFolder(settings.dataDir);
  process.on("exit", () => folder.release());
  prepare(settings, folder);
  await checkAddress(settings);
  warnOfFewFiles(settings);
  await buildIfChanged(stopping.signal);
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
  // Only here has AUTH_STRATEGY a default: a first try needs no configuration. The Worker logs a warning about it.
  const trusting = {
    ...environment,
    AUTH_STRATEGY: read("AUTH_STRATEGY", "none"),
    MAX_OPEN_FILES: read("MAX_OPEN_FILES", String(readOpenFilesMax() ?? -1)),
  };
  let diskFreeMin: number;
  try {
    ({ diskFreeMin } = readConfig(trusting));
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error));
  }
  return {
    host: read("HOST", "127.0.0.1"),
    port: Number(port),
    dataDir: read("DATA_DIR", "./data"),
    diskFreeMin,
    environment: trusting,
  };
}

/** What is to be known of the data, and put in order, before workerd opens it. */
function prepare({ dataDir, diskFreeMin, environment }: Settings, { path }: DataFolder): void {
  try {
    const space = new DiskSpace(path, diskFreeMin);
    checkDataFormat(dataDir, path);
    Object.assign(environment, findAuthorities(environment, path));
    for (const words of tidyDatabases(path)) process.stderr.write(`${words}\n`);
    space.watch();
  } catch (error) {
    throw error instanceof Refusal ? error : notWritable(dataDir, error);
  }
}

function warnOfFewFiles({ environment }: Settings): void {
  const max = Number(environment["MAX_OPEN_FILES"]);
  if (max < 0 || max >= OPEN_FILES_ADVISED) return;
  const few = `The limit of file descriptors is ${max} (ulimit -Hn)`;
  process.stderr.write(`${few}: raise it to ${OPEN_FILES_ADVISED} or more, or few queues can be in use at a time.\n`);
}

/** Before the build, and in words: workerd would say it late and with a stack. */
async function checkAddress({ host, port }: Settings): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen({ host, port }), "listening");
    server.close();
    await once(server, "close");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "EADDRINUSE") throw new Refusal(`Port ${port} of ${host} is taken: set PORT to a free one.`);
    if (code === "EACCES") throw new Refusal(`Port ${port} may not be opened by this user: set PORT to another.`);
    throw new Refusal(`HOST is "${host}": this machine has no such address (${code}).`);
  }
}

/** Runs workerd, and again when it ends by itself, until this process is told to stop. */
async function serve(settings: Settings, folder: DataFolder): Promise<void> {
  const deaths = new Deaths();
  let run: WorkerdRun | null = null;
  let { port } = settings;
  let hasServed = false;
  process.on("exit", () => run?.kill());
  stopping.signal.addEventListener("abort", () => void run?.stop());
  while (!stopping.signal.aborted) {
    const began = performance.now();
    // After the first run the port is the one that clients know.
    run = new WorkerdRun({ address: toAddress(settings.host, port), folder, environment: settings.environment });
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
    await recover(how, hasServed ? deaths.next(performance.now() - began) : null, deaths);
  }
}

/** Waits before the next run; null: there is none. */
async function recover(how: string, pause: number | null, { lastWords }: Deaths): Promise<void> {
  const death = `workerd ended by itself (${how})`;
  if (pause === null) throw new Refusal(`${death}${lastWords}. Its data is as it was.`);
  process.stderr.write(
    `${death}. Its data is as it was, and it is started again ${pause === 0 ? "at once" : `in ${pause / 1000} s`}.\n`,
  );
  await Promise.race([once(stopping.signal, "abort"), sleep(pause)]);
}

/** null: it has ended meanwhile, or is to. */
async function urlWhenReady(run: WorkerdRun, settings: Settings): Promise<URL | null> {
  const port = await run.port();
  const isEverywhere = settings.host === "0.0.0.0" || settings.host === "::";
  const url = new URL(`http://${toAddress(isEverywhere ? "127.0.0.1" : settings.host, port)}`);
  const status = await askUntilAnswered(url, run);
  if (stopping.signal.aborted || run.isOver) return null;
  if (status === null || status >= 500) {
    throw new Refusal(`workerd listens, but ${url.href} answers ${status === null ? "nothing" : `with ${status}`}.`);
  }
  return url;
}

/** The status of the first answer; null when none comes in time. */
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
  const headers = `-H 'Client-ID: 123e4567-e89b-12d3-a456-426614174000' ${credentialHeader(strategy)}`;
  const json = `-H 'Content-Type: application/json'`;
  const queue = `${url}/v2/queues/demo`;
  process.stdout.write(
    [
      `Sukkal serves ${url} from ${settings.dataDir}. Post a message, claim it, look at the queue:`,
      ...(strategy.includes("keys") ? keyLines(url, settings) : []),
      ``,
      `  curl ${headers} ${json} -d '{"messages": [{"body": "hello", "ttl": 300}]}' ${queue}/messages`,
      `  curl ${headers} ${json} -d '{"ttl": 300, "grace": 60}' ${queue}/claims`,
      `  curl ${headers} ${queue}/stats`,
      ``,
      ``,
    ].join("\n"),
  );
}

function keyLines(url: string, { environment }: Settings): readonly string[] {
  if ((environment["ADMIN_API_KEY"] ?? "") === "") {
    const whom = "ADMIN_API_KEY is not set, so nobody but a project's own admin can make API keys";
    process.stderr.write(`${whom}: npm run --silent keys -- new-admin-key draws one.\n`);
  }
  return [``, `  KEY=$(ADMIN_API_KEY=... SUKKAL_URL=${url} npm run --silent keys -- create --project demo)`];
}

/** What the curl lines prove themselves with: something to paste, or something to fill in. */
function credentialHeader(strategy: string): string {
  if (strategy === "none") return `-H 'X-Project-ID: demo'`;
  if (strategy === "keystone") return `-H "X-Auth-Token: $(openstack token issue -f value -c id)"`;
  return `-H "Authorization: Bearer $KEY"`;
}

function toAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  // The second one is impatient: leaving takes workerd along.
  process.on(signal, () => (stopping.signal.aborted ? process.exit(0) : stopping.abort()));
}

try {
  await main();
  process.exit(0);
} catch (error) {
  if (stopping.signal.aborted) process.exit(0);
  const text = error instanceof Refusal ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`Sukkal is not running: ${text}\n`);
  process.exit(1);
}
