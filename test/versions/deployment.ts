/**
 * Two versions in one workerd, as during a rollout: the Worker of each has its own address, and an arrangement determines the
 * version of the objects that a Worker or an object of a version calls.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { endWithThisProcess } from "../../bench/children.ts";
import type { Version } from "./version.ts";

export type Side = "before" | "after";
export type Arrangement = Readonly<Record<Side, Side>>;

const SIDES = ["before", "after"] as const;

export class Deployment {
  /** Addresses of the Workers. */
  readonly urls: Readonly<Record<Side, string>>;
  private readonly workerd: ChildProcess;

  /** `folder`: the folder of its databases and of its bundle. */
  static async start(
    versions: Readonly<Record<Side, Version>>,
    arrangement: Arrangement,
    { folder, settings }: { readonly folder: string; readonly settings: Readonly<Record<string, string>> },
  ): Promise<Deployment> {
    for (const side of SIDES) {
      mkdirSync(join(folder, side));
      copyFileSync(versions[side].bundle, join(folder, `${side}.js`));
    }
    const config = join(folder, "config.capnp");
    writeFileSync(config, configuration(versions, arrangement, settings));
    const disks = SIDES.map((side) => `--directory-path=disk-${side}=${join(folder, side)}`);
    const workerd = spawn(workerdPath(), ["serve", config, ...disks, "--control-fd=3"], {
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    });
    workerd.once(
      "exit",
      endWithThisProcess(() => workerd.kill("SIGKILL")),
    );
    return new Deployment(workerd, await depsOf(workerd));
  }

  private constructor(workerd: ChildProcess, ports: Readonly<Record<Side, number>>) {
    this.workerd = workerd;
    this.urls = { before: `http://127.0.0.1:${ports.before}`, after: `http://127.0.0.1:${ports.after}` };
  }

  async stop(): Promise<void> {
    if (this.workerd.exitCode !== null || this.workerd.signalCode !== null) return;
    const gone = once(this.workerd, "exit");
    this.workerd.kill("SIGKILL");
    await gone;
  }
}

const LISTENING_MS_MAX = 30_000;

/** The port of each socket, which workerd reports when it listens. */
async function depsOf(workerd: ChildProcess): Promise<Readonly<Record<Side, number>>> {
  const ports = new Map<string, number>();
  const lines = createInterface({ input: workerd.stdio[3] as Readable });
  lines.on("line", (line) => {
    const { socket, port } = JSON.parse(line) as { readonly socket?: string; readonly port?: number };
    if (socket !== undefined && port !== undefined) ports.set(socket, port);
    if (ports.size === SIDES.length) lines.close();
  });
  await once(lines, "close", { signal: AbortSignal.timeout(LISTENING_MS_MAX) });
  const [before, after] = [ports.get("before"), ports.get("after")];
  if (before === undefined || after === undefined) throw new Error("workerd did not start with two versions.");
  return { before, after };
}

function configuration(
  versions: Readonly<Record<Side, Version>>,
  arrangement: Arrangement,
  settings: Readonly<Record<string, string>>,
): string {
  const services = SIDES.flatMap((side) => [
    `(name = "${side}", worker = .${side}),`,
    `(name = "disk-${side}", disk = (writable = true)),`,
  ]);
  const sockets = SIDES.map((side) => `(name = "${side}", address = "127.0.0.1:0", http = (), service = "${side}"),`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join("\n    ")}
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [${sockets.join(" ")}],
);
${SIDES.map((side) => worker(side, versions, arrangement, settings)).join("\n")}`;
}

function worker(
  side: Side,
  versions: Readonly<Record<Side, Version>>,
  arrangement: Arrangement,
  settings: Readonly<Record<string, string>>,
): string {
  const { compatibilityDate, compatibilityFlags, objects } = versions[side];
  const host = arrangement[side];
  const namespaces = objects.map(
    ({ className }) => `(className = "${className}", uniqueKey = "${side}-${className}", enableSql = true),`,
  );
  const bindings = objects.map(({ binding, className }) => {
    // An object that one version does not have is taken from the other.
    const service = versions[host].objects.some((other) => other.className === className) ? host : side;
    const namespace = `(className = "${className}", serviceName = "${service}")`;
    return `(name = "${binding}", durableObjectNamespace = ${namespace}),`;
  });
  const texts = Object.entries(settings).map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)}),`);
  return `const ${side} :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "${side}.js")],
  compatibilityDate = "${compatibilityDate}",
  compatibilityFlags = ${JSON.stringify(compatibilityFlags)},
  durableObjectNamespaces = [${namespaces.join(" ")}],
  durableObjectStorage = (localDisk = "disk-${side}"),
  bindings = [
    ${[...bindings, ...texts].join("\n    ")}
    (name = "PRIVATE_NETWORK", service = "internet"),
  ],
);
`;
}

/** The native program in the version of the bundler. bin/workerd may be a script that starts it. */
function workerdPath(): string {
  const here = createRequire(import.meta.url);
  const { default: path } = createRequire(here.resolve("wrangler"))("workerd") as { readonly default: string };
  return path;
}
