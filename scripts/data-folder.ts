/**
 * Allows one process per data folder. Two processes would run the same queues on the same databases and give two clients a
 * lease on the same message. So a second start on the folder is refused.
 */
import { execFileSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FOLDERS } from "../src/storage/folders.ts";
import { releaseReserve } from "./disk-space.ts";
import { Refusal } from "./refusal.ts";

/** Milliseconds for the search for files that cannot be written. 100,000 files take a second. */
const SEARCH_MS_MAX = 2000;

/** A data folder that this process has locked. The lock ends with the process. */
export interface DataFolder {
  /** The absolute path without symbolic links. */
  readonly path: string;
  /** Writes the pid of the workerd process that uses the folder to `workerd.pid`. */
  recordWorkerd(pid: number): void;
  /** Removes the pid files. The lock ends with the process. */
  release(): void;
}

/** Creates the folder if necessary and locks it. Throws a Refusal if it cannot be used. */
export function takeDataFolder(given: string): DataFolder {
  const path = makeFolder(given);
  const startPid = join(path, "start.pid");
  const workerdPid = join(path, "workerd.pid");
  releaseReserve(path);
  lock(given, path, startPid);
  refuseOrphan(given, path, workerdPid);
  refuseForeignFiles(given, path);
  write(given, startPid, process.pid);
  return {
    path,
    recordWorkerd: (pid) => write(given, workerdPid, pid),
    release: () => [startPid, workerdPid].forEach((file) => rmSync(file, { force: true })),
  };
}

function makeFolder(given: string): string {
  try {
    makeFolders(resolve(given));
    // Throws if it is a file.
    readdirSync(given);
    accessSync(given, constants.R_OK | constants.W_OK);
    return realpathSync(given);
  } catch (error) {
    throw notWritable(given, error);
  }
}

/** Replaces mkdirSync with `recursive`, which never returns for a path below /proc. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  mkdirSync(path);
}

/** SQLite's message for a full disk. */
const SQLITE_FULL = "database or disk is full";

/** The connection that holds the lock. It is never closed. */
let holder: DatabaseSync | undefined;

/**
 * The lock is an exclusive transaction on an empty SQLite database. The kernel releases it when the process ends for any
 * reason, so there are no stale locks.
 */
function lock(given: string, path: string, startPid: string): void {
  try {
    holder = new DatabaseSync(join(path, "lock"), { timeout: 0 });
    holder.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    if (!(error instanceof Error && error.message.includes("locked"))) throw notWritable(given, error);
    throw new Refusal(
      `The data folder ${given} is in use by another npm start (process ${readPid(startPid) ?? "unknown"}). Stop that one, or ` +
        "set DATA_DIR to another folder.",
    );
  }
}

/**
 * Refuses a folder that a workerd process still uses after its start script was killed: such a process has no lock. It is not
 * stopped automatically, because it may be serving clients. The pid may belong to another program by now, so the command line
 * is compared.
 */
function refuseOrphan(given: string, path: string, workerdPid: string): void {
  const pid = readPid(workerdPid);
  if (pid === null || !commandOf(pid).includes(`disk=${path}`)) return;
  throw new Refusal(
    `The data folder ${given} is still in use by workerd (process ${pid}), whose npm start was killed. Stop it: kill ${pid}.`,
  );
}

/**
 * Refuses a folder with files that this user cannot write, left by a start as another user. Without this check only the
 * queues of these files would fail, with 503. Called with the lock held, so that no other process changes files.
 */
function refuseForeignFiles(given: string, path: string): void {
  const until = performance.now() + SEARCH_MS_MAX;
  const ours = new Set<string>(Object.values(FOLDERS));
  // The root folder of a disk also contains lost+found, which belongs to root.
  const entries = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile() || ours.has(entry.name));
  for (const { name } of entries) refuseForeignFile(given, path, name);
  for (const { name: folder } of entries.filter((entry) => ours.has(entry.name))) {
    for (const name of readdirSync(join(path, folder))) {
      if (performance.now() >= until) return;
      refuseForeignFile(given, path, join(folder, name));
    }
  }
}

function refuseForeignFile(given: string, path: string, name: string): void {
  try {
    accessSync(join(path, name), constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new Refusal(
      `The data folder ${given} contains ${name}, which this user cannot write (${codeOf(error)}), because another user has ` +
        "run the service. Change the owner of the folder (chown -R), or set DATA_DIR to another folder.",
    );
  }
}

function write(given: string, file: string, pid: number): void {
  try {
    writeFileSync(file, `${pid}\n`);
  } catch (error) {
    throw notWritable(given, error);
  }
}

function readPid(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** The command line of a process; empty if the process has ended. */
function commandOf(pid: number): string {
  try {
    // Some Linux images have no ps.
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return execFileSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}

export function notWritable(given: string, error: unknown): Refusal {
  const code = codeOf(error);
  const isFull = code === "ENOSPC" || code === SQLITE_FULL;
  const isFile = code === "ENOTDIR" || code === "EEXIST";
  const reason = isFile ? ": part of the path is a file" : "";
  const remedy = isFull ? "Free some disk space, or set" : isFile ? "Set" : "Make it writable for this user, or set";
  return new Refusal(
    `The data folder ${given} cannot be written (${code})${reason}. ${remedy} DATA_DIR to another folder.`,
  );
}

/** The code of an error of Node, or the message of an error of SQLite, for which Node has only one code. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error && "code" in error)) return String(error);
  return "errstr" in error ? String(error.errstr) : String(error.code);
}
