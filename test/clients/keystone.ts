/**
 * A Keystone for one run: Debian's python3-keystone on loopback, with its database (SQLite), keys and log in a folder. Two
 * processes serve the same data: a usual one, and one that issues tokens with a life of a few seconds. Both accept each other's
 * tokens, so a test can let a token expire.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { endWithThisProcess } from "../../bench/children.ts";
import { PYTHON } from "./python.ts";

const MANAGE = "/usr/bin/keystone-manage";

/** The time limit of the whole start, which takes about 8 s on two busy cores. */
const START_MS_MAX = 90_000;
const TOKEN_S = 3600;
const SHORT_TOKEN_S = 5;

const ADMIN_PASSWORD = "secret-of-admin";

export class Keystone {
  /** The URL without a version. */
  readonly url: string;
  /** The environment of the scripts. */
  readonly environment: Readonly<Record<string, string>>;
  private readonly servers: readonly Served[];

  /** Resolves when both processes answer and the account `admin` exists. */
  static async start(folder: string): Promise<Keystone> {
    prepareKeys(folder);
    prepareDatabase(folder);
    const signal = AbortSignal.timeout(START_MS_MAX);
    // Neither needs the database before its first request, so they load while it is created.
    const servers = await Promise.all([serve(folder, TOKEN_S), serve(folder, SHORT_TOKEN_S)]);
    const [usual] = servers;
    try {
      await Promise.all([
        initialize({ folder, config: usual.config, url: usual.url, signal }),
        ...servers.map((server) => untilItAnswers(server, signal)),
      ]);
    } catch (error) {
      const keystone = new Keystone(servers);
      await keystone.stop();
      throw new Error(`Keystone did not start: ${String(error)}\n${endOfLog(folder)}`, { cause: error });
    }
    return new Keystone(servers);
  }

  private constructor(servers: readonly [Served, Served]) {
    const [usual, shortLived] = servers;
    this.servers = servers;
    this.url = usual.url;
    this.environment = {
      KEYSTONE_URL: usual.url,
      KEYSTONE_SHORT_LIVED_URL: shortLived.url,
      KEYSTONE_PID: String(usual.process.pid),
      KEYSTONE_ADMIN_PASSWORD: ADMIN_PASSWORD,
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map(end));
  }
}

interface Served {
  readonly url: string;
  readonly config: string;
  readonly process: ChildProcess;
}

async function serve(folder: string, tokenSeconds: number): Promise<Served> {
  const port = await freePort();
  const config = join(folder, `keystone-${tokenSeconds}.conf`);
  writeFileSync(config, configuration(folder, tokenSeconds));
  const command = [PYTHON, join(import.meta.dirname, "keystone_server.py"), String(port)] as const;
  const server = spawnLogged(folder, command, { OS_KEYSTONE_CONFIG_FILES: config });
  return { url: `http://127.0.0.1:${port}`, config, process: server };
}

async function end({ process: server }: Served): Promise<void> {
  if (hasEnded(server)) return;
  const gone = once(server, "exit");
  // SIGKILL, because a failed script may have left it suspended, when it gets no other signal. It has nothing to save.
  server.kill("SIGKILL");
  await gone;
}

/** A free port. Keystone's own URL is in its catalogue, so the port must be known before the start. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen({ host: "127.0.0.1", port: 0 }), "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return address.port;
}

function configuration(folder: string, tokenSeconds: number): string {
  const keys = keyFolder(folder);
  return `
[database]
connection = sqlite:///${databaseFile(folder)}
[token]
expiration = ${tokenSeconds}
[fernet_tokens]
key_repository = ${keys}
[fernet_receipts]
key_repository = ${keys}
[cache]
# Without one a token costs hundreds of queries. It is each process's own: only the usual one may be used for changes.
enabled = true
backend = dogpile.cache.memory
[identity]
# The fewest there may be: no password here is worth more.
password_hash_rounds = 4
[oslo_policy]
# Neither exists: Keystone's own rules hold, and not those of /etc.
policy_file = ${join(folder, "policy.yaml")}
policy_dirs = ${join(folder, "policy.d")}
`;
}

function keyFolder(folder: string): string {
  return join(folder, "fernet-keys");
}

/** The keys as `keystone-manage fernet_setup` makes them: the next and the present one. */
function prepareKeys(folder: string): void {
  mkdirSync(keyFolder(folder), { recursive: true, mode: 0o700 });
  for (const name of ["0", "1"]) {
    const key = randomBytes(32).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
    writeFileSync(join(keyFolder(folder), name), key, { mode: 0o600 });
  }
}

function databaseFile(folder: string): string {
  return join(folder, "keystone.sqlite");
}

/** Keystone expects a database whose readers do not block writers. Without this it fails with "locked". */
function prepareDatabase(folder: string): void {
  const database = new DatabaseSync(databaseFile(folder));
  database.exec("PRAGMA journal_mode = WAL");
  database.close();
}

interface Initialization {
  readonly folder: string;
  readonly config: string;
  readonly url: string;
  readonly signal: AbortSignal;
}

async function initialize({ folder, config, url, signal }: Initialization): Promise<void> {
  const manage = async (...args: readonly string[]): Promise<void> => {
    const command = [MANAGE, "--config-file", config, ...args] as const;
    const child = spawnLogged(folder, command, { OS_BOOTSTRAP_PASSWORD: ADMIN_PASSWORD });
    const [code] = (await once(child, "exit", { signal })) as [number | null];
    if (code !== 0) throw new Error(`keystone-manage ${args[0]} ended with ${code}`);
  };
  await manage("db_sync");
  await manage("bootstrap", "--bootstrap-region-id", "RegionOne", "--bootstrap-public-url", `${url}/v3`);
}

async function untilItAnswers({ url, process: server }: Served, signal: AbortSignal): Promise<void> {
  while (!hasEnded(server)) {
    const response = await fetch(`${url}/v3`, { signal }).catch(() => null);
    if (response?.ok === true) return;
    await sleep(50, undefined, { signal });
  }
  throw new Error("its server ended");
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** A process that ends with this one. Its output goes to the log. */
function spawnLogged(
  folder: string,
  [program, ...args]: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>>,
): ChildProcess {
  const log = openSync(logFile(folder), "a");
  const child = spawn(program, args, {
    stdio: ["ignore", log, log],
    // Without the user's OS_ variables, which would configure Keystone.
    env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1", ...variables },
  });
  closeSync(log);
  child.once(
    "exit",
    endWithThisProcess(() => child.kill("SIGKILL")),
  );
  return child;
}

function logFile(folder: string): string {
  return join(folder, "keystone.log");
}

function endOfLog(folder: string): string {
  return readFileSync(logFile(folder), "utf8").split("\n").slice(-30).join("\n");
}
