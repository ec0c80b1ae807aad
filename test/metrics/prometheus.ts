/** A Prometheus of the test's own, on loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endWithThisProcess } from "../../bench/children.ts";

type Labels = Readonly<Record<string, string>>;

export interface Series {
  readonly metric: Labels;
  readonly values: readonly (readonly [at: number, value: string])[];
}

interface Target {
  readonly labels: Labels;
  readonly health: string;
  readonly lastError: string;
}

const START_MS_MAX = 20_000;
const LOOK_MS = 200;

export class Prometheus {
  private readonly url: string;
  private readonly child: ChildProcess;
  private output = "";

  /** `config`: its configuration, as JSON, which is YAML. */
  static async start(folder: string, config: object): Promise<Prometheus> {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "prometheus.yml");
    writeFileSync(file, JSON.stringify(config));
    const prometheus = new Prometheus(folder, file, await freePort());
    await prometheus.until(
      "is ready",
      async () => (await fetch(`${prometheus.url}/-/ready`).catch(() => null))?.ok === true,
    );
    return prometheus;
  }

  private constructor(folder: string, file: string, port: number) {
    const address = `127.0.0.1:${port}`;
    this.url = `http://${address}`;
    const paths = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, "data")}`];
    const args = [...paths, `--web.listen-address=${address}`, "--log.level=warn"];
    this.child = spawn("prometheus", args, { stdio: ["ignore", "pipe", "pipe"] });
    this.child.once(
      "exit",
      endWithThisProcess(() => this.child.kill("SIGKILL")),
    );
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on("data", (text) => (this.output += String(text)));
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  }

  async targets(): Promise<readonly Target[]> {
    const { activeTargets } = (await this.ask("targets")) as { readonly activeTargets: readonly Target[] };
    return activeTargets;
  }

  /** The samples of a range, such as `up[5m]`. */
  async samples(query: string): Promise<readonly Series[]> {
    const { result } = (await this.ask(`query?query=${encodeURIComponent(query)}`)) as {
      readonly result: readonly Series[];
    };
    return result;
  }

  /** The value of a query; null: it has none. Throws if it has several. */
  async value(query: string): Promise<number | null> {
    const answer = await this.ask(`query?query=${encodeURIComponent(query)}`);
    const { result } = answer as { readonly result: readonly { readonly value: readonly [number, string] }[] };
    if (result.length > 1) throw new Error(`${query} has ${result.length} values.`);
    const [first] = result;
    return first === undefined ? null : Number(first.value[1]);
  }

  /** Waits until the condition holds. */
  async until(what: string, holds: () => Promise<boolean>, msMax = START_MS_MAX): Promise<void> {
    for (const start = Date.now(); !(await holds()); await sleep(LOOK_MS)) {
      if (this.child.exitCode !== null) throw new Error(`Prometheus has ended:\n${this.output}`);
      if (Date.now() - start > msMax)
        throw new Error(`It took more than ${msMax} ms until Prometheus ${what}.\n${this.output}`);
    }
  }

  private async ask(path: string): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const answer = (await response.json()) as {
      readonly status: string;
      readonly data: unknown;
      readonly error?: string;
    };
    if (answer.status !== "success") throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
