/**
 * A Zaqar for one run: Debian's python3-zaqar with Debian's Redis, both on loopback and without data on the disk. Without
 * Keystone it trusts `X-Project-ID`.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endWithThisProcess } from "../../bench/children.ts";

/** Debian's own Python. Another one on the path would not have Debian's packages. */
const PYTHON = "/usr/bin/python3";
const REDIS = "/usr/bin/redis-server";
const START_MS_MAX = 30_000;
const ATTEMPTS = 3;
const RETRY_MS = 300;
const CLIENT_ID = "3381af92-2b9e-11e3-b191-71861300734c";

/** Debian's packages that are needed and missing. */
function missingPackages(): readonly string[] {
  const hasModule = (module: string): boolean => spawnSync(PYTHON, ["-c", `import ${module}`]).status === 0;
  return [
    ...(hasModule("zaqar") ? [] : ["python3-zaqar"]),
    ...(hasModule("redis") ? [] : ["python3-redis"]),
    ...(spawnSync(REDIS, ["--version"]).status === 0 ? [] : ["redis-server"]),
  ];
}

const MISSING = missingPackages();
/** Why tests are skipped; false: they run, and fail without the packages if none may be skipped. */
export const SKIP =
  MISSING.length > 0 && process.env["CI"] !== "true"
    ? `needs Debian's packages: apt-get install ${MISSING.join(" ")}`
    : false;

/** A configuration with each option of Zaqar. */
export function allOptions(): string {
  const script = `from zaqar.conf import opts
for group, options in opts.list_opts():
    print(f"[{group}]", *(f"{option.name} = 1" for option in options), sep="\\n")`;
  return execFileSync(PYTHON, ["-W", "ignore", "-c", script], { encoding: "utf8" });
}

/** Messages have the end of their claim in c.e, and claims the number of their messages in n. */
const LAPSE = `
for _, key in ipairs(redis.call("KEYS", "*")) do
  if redis.call("TYPE", key).ok == "hash" then
    if redis.call("HEXISTS", key, "c.e") == 1 then redis.call("HSET", key, "c.e", 0) end
    if redis.call("HEXISTS", key, "n") == 1 then redis.call("DEL", key) end
  end
end`;

export class Zaqar {
  readonly url: string;
  private readonly redisPort: number;
  private readonly children: readonly ChildProcess[];

  /** `folder`: for its configuration and logs. */
  static async start(folder: string): Promise<Zaqar> {
    const [port, redisPort] = [await freePort(), await freePort()];
    const config = join(folder, "zaqar.conf");
    writeFileSync(config, configuration(folder, port, redisPort));
    const address = ["--port", String(redisPort), "--bind", "127.0.0.1"];
    const redis = spawnLogged(folder, [REDIS, ...address, "--save", "", "--appendonly", "no", "--dir", folder]);
    const script = join(import.meta.dirname, "zaqar_server.py");
    const server = spawnLogged(folder, [PYTHON, "-W", "ignore", script, "--config-file", config]);
    const zaqar = new Zaqar(port, redisPort, [redis, server]);
    try {
      await zaqar.untilItAnswers(AbortSignal.timeout(START_MS_MAX));
      return zaqar;
    } catch (error) {
      await zaqar.stop();
      const log = readFileSync(logFile(folder), "utf8").split("\n").slice(-30).join("\n");
      throw new Error(`Zaqar did not start: ${String(error)}\n${log}`, { cause: error });
    }
  }

  private constructor(port: number, redisPort: number, children: readonly ChildProcess[]) {
    this.url = `http://127.0.0.1:${port}`;
    this.redisPort = redisPort;
    this.children = children;
  }

  /** The text of an answer. Requests that Zaqar refuses fail, with the reason; a busy one is asked again. */
  async ask(method: string, path: string, body?: string): Promise<string> {
    const headers = { "Client-ID": CLIENT_ID, "X-Project-ID": "demo", "Content-Type": "application/json" };
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(`${this.url}${path}`, { method, headers, body: body ?? null });
      const text = await response.text();
      if (response.ok) return text;
      if (response.status !== 503 || attempt === ATTEMPTS)
        throw new Error(`${method} ${path}: ${response.status} ${text}`);
      await sleep(RETRY_MS);
    }
  }

  /** Posts bodies as they are written, in batches, and returns the ids. */
  async post(queue: string, bodies: readonly string[], ttl = 3600): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let from = 0; from < bodies.length; from += 100) {
      const messages = bodies.slice(from, from + 100).map((body) => `{"ttl":${ttl},"body":${body}}`);
      const text = await this.ask("POST", `/v2/queues/${queue}/messages`, `{"messages":[${messages.join()}]}`);
      const { resources } = JSON.parse(text) as { readonly resources: readonly string[] };
      ids.push(...resources.map((href) => href.slice(href.lastIndexOf("/") + 1)));
    }
    return ids;
  }

  /** Removes records, as Redis does when they expire. The lists keep their ids: `zaqar-gc` of this version does nothing. */
  expire(ids: readonly string[]): void {
    execFileSync("/usr/bin/redis-cli", ["-p", String(this.redisPort), "DEL", ...ids]);
  }

  /** Ends all claims, as their time does. */
  lapse(): void {
    execFileSync("/usr/bin/redis-cli", ["-p", String(this.redisPort), "EVAL", LAPSE, "0"]);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, "exit");
        // It has nothing to save.
        child.kill("SIGKILL");
        await gone;
      }),
    );
  }

  private async untilItAnswers(signal: AbortSignal): Promise<void> {
    const headers = { "Client-ID": CLIENT_ID, "X-Project-ID": "demo" };
    while (this.children.every(({ exitCode }) => exitCode === null)) {
      const response = await fetch(`${this.url}/v2/ping`, { headers, signal }).catch(() => null);
      if (response?.ok === true) return;
      await sleep(50, undefined, { signal });
    }
    throw new Error("a process has ended");
  }
}

function configuration(folder: string, port: number, redisPort: number): string {
  return `
[DEFAULT]
admin_mode = true
# A storage that loses messages in a crash is meant.
unreliable = true
[drivers]
transport = wsgi
message_store = redis
management_store = redis
[drivers:management_store:redis]
uri = redis://127.0.0.1:${redisPort}
[drivers:message_store:redis]
uri = redis://127.0.0.1:${redisPort}
[drivers:transport:wsgi]
bind = 127.0.0.1
port = ${port}
[transport]
message_encryption_key = key-of-tests
[oslo_policy]
# It does not exist: without one, every file beside this one would be a policy.
policy_dirs = ${join(folder, "policy.d")}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen({ host: "127.0.0.1", port: 0 }), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A process that ends with this one. Its output goes to the log. */
function spawnLogged(folder: string, [program, ...args]: readonly [string, ...string[]]): ChildProcess {
  const log = openSync(logFile(folder), "a");
  const env = { PATH: "/usr/bin:/bin", LANG: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn(program, args, { stdio: ["ignore", log, log], env });
  closeSync(log);
  const unregister = endWithThisProcess(() => child.kill("SIGKILL"));
  child.once("exit", unregister);
  return child;
}

function logFile(folder: string): string {
  return join(folder, "zaqar.log");
}
