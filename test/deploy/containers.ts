/**
 * Podman and docker-compose in place of Docker, with a storage that is removed at the end, and a base image. No registry of images is
 * needed: the base image consists of Debian's packages, and of the Node and the npm that run the tests.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { readOpenFilesMax } from "../../scripts/open-files.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { until } from "../versions/caller.ts";

/** The limit of file descriptors in containers. compose.yaml has more than this machine may allow. */
export const OPEN_FILES = Math.min(4096, readOpenFilesMax() ?? 4096);
/** The versions that the Dockerfile names. */
const [, NODE_MAJOR = "", DEBIAN = ""] =
  /^ARG NODE_IMAGE=.*node:(\d+)-(\w+)-slim$/m.exec(readFileSync(join(ROOT, "deploy/Dockerfile"), "utf8")) ?? [];
const BASE = "localhost/node";
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export class Containers {
  private readonly folder = mkdtempSync(join(tmpdir(), "sukkal-deploy-"));
  private readonly environment: NodeJS.ProcessEnv;
  private readonly socket = join(this.folder, "podman.sock");
  private readonly service: ChildProcess;

  /** `port` is the one that compose.yaml publishes. */
  constructor({ port }: { readonly port: number }) {
    const override = { services: { sukkal: { ulimits: { nofile: OPEN_FILES, nproc: 4096 } } } };
    this.environment = {
      ...process.env,
      PATH: [join(import.meta.dirname, "bin"), process.env["PATH"]].join(delimiter),
      DOCKER_HOST: `unix://${this.socket}`,
      SUKKAL_PORT: String(port),
      NODE_IMAGE: BASE,
      NPM_CACHE: npmConfig("cache"),
      // JSON is YAML.
      COMPOSE_OVERRIDE: this.write("override.yaml", JSON.stringify(override)),
      ...this.podmanSettings(),
    };
    const options = { env: this.environment, stdio: "ignore" } as const;
    this.service = spawn("podman", ["system", "service", "--time", "0", `unix://${this.socket}`], options);
  }

  /** Makes the base image, and waits until docker-compose can connect. */
  async prepare(): Promise<void> {
    await this.makeBase();
    await until("Podman listens", () => existsSync(this.socket));
  }

  /** Runs a shell command in the root of the checkout. Returns the standard output. Rejects if it fails, with all output. */
  async run(command: string): Promise<string> {
    const options = { cwd: ROOT, env: this.environment, maxBuffer: OUTPUT_BYTES_MAX };
    const { stdout } = await promisify(execFile)("bash", ["-euc", command], options);
    return stdout.trim();
  }

  async remove(): Promise<void> {
    const ended = once(this.service, "exit");
    this.service.kill("SIGTERM");
    await ended;
    await this.run("podman rm --all --force --time 0 && podman network prune --force && podman rmi --all --force");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Environment variables. */
  private podmanSettings(): Readonly<Record<string, string>> {
    const path = (name: string): string => JSON.stringify(join(this.folder, name));
    // No network unless a command names one: Podman would not remove its own bridge. runc, because crun refuses machines with
    // cgroups of both versions.
    const settings = `[containers]
netns = "none"
default_ulimits = ["nofile=${OPEN_FILES}:${OPEN_FILES}", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = ${path("tmp")}
volume_path = ${path("volumes")}
[network]
network_config_dir = ${path("networks")}
`;
    const storage = `[storage]\ndriver = "overlay"\ngraphroot = ${path("images")}\nrunroot = ${path("run")}\n`;
    return {
      CONTAINERS_CONF: this.write("containers.conf", settings),
      CONTAINERS_STORAGE_CONF: this.write("storage.conf", storage),
    };
  }

  /** Debian's packages of a slim image, Node and npm. npm gets the registry and the certificate authorities of this machine. */
  private async makeBase(): Promise<void> {
    if (process.versions.node.split(".")[0] !== NODE_MAJOR)
      throw new Error(`The Dockerfile names Node ${NODE_MAJOR}, and the tests run in ${process.versions.node}.`);
    // A copy, because tar refuses a file whose number of links changes.
    const node = join(this.folder, "node");
    copyFileSync(process.execPath, node);
    const npm = dirname(dirname(process.env["npm_execpath"] ?? ""));
    const authorities = npmConfig("cafile");
    const cafile = "/usr/local/etc/authorities.pem";
    const isOwn = existsSync(authorities);
    const settings = [`registry=${npmConfig("registry")}`, "prefer-offline=true", isOwn ? `cafile=${cafile}` : ""];
    const npmrc = this.write("npmrc", settings.join("\n"));
    const hooks = [
      `copy-in ${node} /usr/local/bin`,
      `chroot "$1" mkdir /usr/local/lib/node_modules`,
      `copy-in ${npm} /usr/local/lib/node_modules`,
      `upload ${npmrc} /usr/local/lib/node_modules/npm/npmrc`,
      isOwn ? `upload ${authorities} ${cafile}` : "true",
      `chroot "$1" ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm`,
      `chroot "$1" useradd --uid 1000 --user-group --create-home node`,
    ];
    const root = join(this.folder, "base.tar");
    // As in Debian's slim images: without documents, and without the translations of package lists.
    const documents = ["doc", "locale", "man"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
    const lean = ["--variant=minbase", `--aptopt=Acquire::Languages "none"`, ...documents];
    const options = ["--quiet", ...lean, ...hooks.map((hook) => `--customize-hook=${hook}`)];
    await promisify(execFile)("mmdebstrap", [...options, DEBIAN, root]);
    await this.run(`podman import --quiet ${root} ${BASE}`);
    rmSync(root);
  }
}

function npmConfig(name: string): string {
  return execFileSync("npm", ["config", "get", name], { encoding: "utf8" }).trim();
}
