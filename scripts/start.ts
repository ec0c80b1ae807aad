/**
 * `npm start`: builds the bundle and serves it with plain workerd, everything durable in one folder. Settings are
 * environment variables: those of src/config/settings.ts, and HOST, PORT and DATA_DIR.
 *
 * Whatever is wrong is one sentence and exit code 1. SIGTERM, SIGINT and SIGHUP end it with exit code 0.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { get } from "node:http";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { readConfig } from "../src/config/config.ts";
import { build } from "./build.ts";
import { type DataFolder, takeDataFolder } from "./data-folder.ts";
import { Refusal } from "./refusal.ts";
import { ROOT } from "./wrangler.ts";

interface Settings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly dataDir: string;
  /** What workerd gets to see. */
  readonly environment: NodeJS.ProcessEnv;
}

/** How long workerd may take to answer its first request. */
const READY_MS_MAX = 30_000;
/** How long requests may take to end after a signal. What was acknowledged is on disk already. */
const DRAIN_MS_MAX = 5_000;
/** How long the signal that ended workerd may take to reach this process too: a terminal sends Ctrl-C to both. */
const SIGNAL_MS_MAX = 200;

const stopping = new AbortController();

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const folder = takeDataFolder(settings.dataDir);
  process.on("exit", () => folder.release());
  await checkAddress(settings);
  await build(stopping.signal);
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
  // Deny by default is for deployments; a laptop should just work, and says so.
  const trusting = { ...environment, AUTH_STRATEGY: read("AUTH_STRATEGY", "none") };
  try {
    readConfig(trusting);
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error));
  }
  return {
    host: read("HOST", "127.0.0.1"),
    port: Number(port),
    dataDir: read("DATA_DIR", "./data"),
    environment: trusting,
  };
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

async function serve(settings: Settings, folder: DataFolder): Promise<void> {
  if (stopping.signal.aborted) return;
  const child = spawnWorkerd(settings, folder);
  const ended = once(child, "exit");
  if (child.pid === undefined) throw new Refusal("workerd could not be started: run npm ci again.");
  folder.recordWorkerd(child.pid);
  process.on("exit", () => child.kill("SIGKILL"));
  stopping.signal.addEventListener("abort", () => void stop(child));
  const ready = announceWhenReady(child, settings);
  const [code, signal] = (await Promise.race([ended, ready.then(() => ended)])) as [number | null, string | null];
  if (!stopping.signal.aborted) await Promise.race([once(stopping.signal, "abort"), sleep(SIGNAL_MS_MAX)]);
  if (stopping.signal.aborted) return;
  throw new Refusal(`workerd ended by itself (${signal ?? `exit code ${code}`}). Its data is as it was; start again.`);
}

function spawnWorkerd(settings: Settings, folder: DataFolder): ChildProcess {
  const options = ["--socket-addr", `http=${toAddress(settings.host, settings.port)}`];
  const args = ["serve", join(ROOT, "config.capnp"), ...options, "--directory-path", `disk=${folder.path}`];
  return spawn(workerdPath(), [...args, "--control-fd=3"], {
    env: settings.environment,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
}

/** The native program, of the version that the bundler brings: bin/workerd may be a script around it. */
function workerdPath(): string {
  const here = createRequire(import.meta.url);
  const { default: path } = createRequire(here.resolve("wrangler"))("workerd") as { readonly default: string };
  return path;
}

async function announceWhenReady(child: ChildProcess, settings: Settings): Promise<void> {
  const lines = createInterface({ input: child.stdio[3] as Readable });
  const { port } = JSON.parse(String((await once(lines, "line"))[0])) as { readonly port: number };
  const isEverywhere = settings.host === "0.0.0.0" || settings.host === "::";
  const url = `http://${toAddress(isEverywhere ? "127.0.0.1" : settings.host, port)}`;
  const status = await askUntilAnswered(url);
  if (stopping.signal.aborted) return;
  if (status === null || status >= 500) {
    throw new Refusal(`workerd listens, but ${url}/ answers ${status === null ? "nothing" : `with ${status}`}.`);
  }
  announce(url, settings);
}

/** The status of the first answer; null when none comes in time. */
async function askUntilAnswered(url: string): Promise<number | null> {
  const deadline = performance.now() + READY_MS_MAX;
  while (performance.now() < deadline && !stopping.signal.aborted) {
    const status = await ask(url);
    if (status !== null) return status;
    await sleep(20);
  }
  return null;
}

async function ask(url: string): Promise<number | null> {
  return await new Promise((resolve) => {
    const request = get(`${url}/`, { agent: false, timeout: READY_MS_MAX }, (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(null));
  });
}

function announce(url: string, settings: Settings): void {
  const strategy = settings.environment["AUTH_STRATEGY"] ?? "";
  const headers = `-H 'Client-ID: 123e4567-e89b-12d3-a456-426614174000' ${credentialHeader(strategy)}`;
  const json = `-H 'Content-Type: application/json'`;
  const queue = `${url}/v2/queues/demo`;
  if (strategy === "none") {
    const whom = "EVERYBODY WHO CAN REACH THIS PORT IS BELIEVED to be of the project and roles they state";
    process.stderr.write(`AUTH_STRATEGY is none: ${whom}. For development and trusted networks only.\n`);
  }
  process.stdout.write(
    [
      `Sukkal serves ${url} from ${settings.dataDir}. Post a message, claim it, look at the queue:`,
      ...(strategy.includes("keys") ? keyLines(url) : []),
      ``,
      `  curl ${headers} ${json} -d '{"messages": [{"body": "hello", "ttl": 300}]}' ${queue}/messages`,
      `  curl ${headers} ${json} -d '{"ttl": 300, "grace": 60}' ${queue}/claims`,
      `  curl ${headers} ${queue}/stats`,
      ``,
      ``,
    ].join("\n"),
  );
}

function keyLines(url: string): readonly string[] {
  return [``, `  KEY=$(ADMIN_API_KEY=... SUKKAL_URL=${url} npm run --silent keys -- create --project demo)`];
}

/** What the curl lines prove themselves with: something to paste, or something to fill in. */
function credentialHeader(strategy: string): string {
  if (strategy === "none") return `-H 'X-Project-ID: demo'`;
  if (strategy === "keystone") return `-H "X-Auth-Token: $(openstack token issue -f value -c id)"`;
  return `-H "Authorization: Bearer $KEY"`;
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  await sleep(DRAIN_MS_MAX, undefined, { ref: false });
  child.kill("SIGKILL");
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
