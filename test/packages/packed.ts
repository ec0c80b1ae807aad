/** The packages as they would be published: packed, and installed from the tarballs outside of the checkout. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { PACKAGES } from "../../scripts/release-files.ts";
import { ROOT } from "../../scripts/wrangler.ts";

export type Package = (typeof PACKAGES)[number];

const NPM_OPTIONS = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
/** The user `nobody`, if this process may change the user. */
const NOBODY = 65_534;
export const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** The environment of a user without a home folder, whose `node` is that of the tests. */
export const ENVIRONMENT = {
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
  npm_config_update_notifier: "false",
};

let folder: string | undefined;

/** A folder whose path contains blanks, as some do on other systems. */
function scratch(): string {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), "sukkal packages "));
    chmodSync(folder, 0o755);
  }
  return folder;
}

let tarballs: Readonly<Record<Package, string>> | undefined;

/** The tarballs. `npm pack` builds the packages. */
export function packed(): Readonly<Record<Package, string>> {
  if (tarballs !== undefined) return tarballs;
  const pack = ["pack", "--silent", "--pack-destination", scratch()];
  const output = npm([...pack, ...PACKAGES.flatMap((name) => ["--workspace", name])], ROOT);
  const [client = "", server = ""] = output.trim().split("\n");
  tarballs = { sukkal: join(scratch(), client), "sukkal-server": join(scratch(), server) };
  return tarballs;
}

let installation: string | undefined;

/** A folder in which both packages are installed, read-only. Its folder `work` can be written. */
export function installed(): string {
  if (installation !== undefined) return installation;
  installation = join(scratch(), "program");
  const work = join(installation, "work");
  mkdirSync(work, { recursive: true });
  if (user.uid !== undefined) chownSync(work, user.uid, user.gid);
  install(installation, Object.values(packed()));
  execFileSync("chmod", ["-R", "a-w,a+rX", join(installation, "node_modules")]);
  return installation;
}

/** Installs packages into a new folder. */
function install(path: string, packages: readonly string[]): void {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "package.json"), JSON.stringify({ type: "module", private: true }));
  npm(["install", "--prefer-offline", ...NPM_OPTIONS, ...packages], path);
}

/** Another version of Node, from the registry. */
export function nodeOf(version: string): string {
  const path = join(scratch(), `node-${version}`);
  const name = `node-${process.platform}-${process.arch}`;
  const program = join(path, "node_modules", name, "bin", "node");
  if (!existsSync(program)) install(path, [`${name}@${version}`]);
  return program;
}

function npm(args: readonly string[], cwd: string): string {
  return execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

export function remove(): void {
  if (folder === undefined) return;
  execFileSync("chmod", ["-R", "u+w", folder]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  [folder, tarballs, installation] = [undefined, undefined, undefined];
}
