/**
 * One process per data folder. Two would each run every queue on the same databases and lease the same messages twice,
 * so the second is refused, whichever port it asks for.
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
import { makeRoom } from "./disk-space.ts";
import { Refusal } from "./refusal.ts";

/** How long files that cannot be written are looked for (ms): 100,000 take a second. */
const SEARCH_MS_MAX = 2000;

/** The folder, ours until this process ends. */
export interface DataFolder {
  /** Absolute, without symbolic links: one folder has one path. */
  readonly path: string;
  /** Leaves the pid of the workerd that opens the folder in `workerd.pid`. */
  recordWorkerd(pid: number): void;
  /** Removes the pid files. The lock itself goes with the process. */
  release(): void;
}

/** Creates the folder if need be and takes it. Throws a Refusal if that cannot be. */
export function takeDataFolder(given: string): DataFolder {
  const path = makeFolder(given);
  const startPid = join(path, "start.pid");
  const workerdPid = join(path, "workerd.pid");
  makeRoom(path);
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
    // Throws for a file.
    readdirSync(given);
    accessSync(given, constants.R_OK | constants.W_OK);
    return realpathSync(given);
  } catch (error) {
    throw notWritable(given, error);
  }
}

/** Not mkdirSync's `recursive`: below /proc and its like Node repeats that for ever. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  mkdirSync(path);
}

/** What SQLite calls a full disk. */
const SQLITE_FULL = "database or disk is full";

/** Never closed: what holds the lock is this connection. */
let holder: DatabaseSync | undefined;

/**
 * The lock is the kernel's, on an empty SQLite database that is never written: it ends with the process, however that
 * ends, so there is no stale lock to tell from a live one.
 */
function lock(given: string, path: string, startPid: string): void {
  try {
    holder = new DatabaseSync(join(path, "lock"), { timeout: 0 });
    holder.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    if (!(error instanceof Error && error.message.includes("locked"))) throw notWritable(given, error);
    throw new Refusal(
      `The data folder ${given} is in use by another start, process ${readPid(startPid) ?? "unknown"}.`,
    );
  }
}

/**
 * A start that was killed outright leaves its workerd running, on the folder but without the lock. It is not stopped
 * here: somebody may be talking to it. A pid may have been given to another program since, so the command decides.
 */
function refuseOrphan(given: string, path: string, workerdPid: string): void {
  const pid = readPid(workerdPid);
  if (pid === null || !commandOf(pid).includes(`disk=${path}`)) return;
  throw new Refusal(
    `The data folder ${given} is still in use by process ${pid}, whose start was killed: stop it (kill ${pid}).`,
  );
}

/**
 * A run as another user leaves files that this one cannot write, and only their queues would say so, by 503. Called by the
 * one who has the lock: otherwise files come and go.
 */
function refuseForeignFiles(given: string, path: string): void {
  const until = performance.now() + SEARCH_MS_MAX;
  const ours = new Set<string>(Object.values(FOLDERS));
  // A disk's own folder has a lost+found that is root's.
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
      `The data folder ${given} holds ${name}, which this user cannot write (${codeOf(error)}): another user has run ` +
        "the service. Make all of the folder this user's (chown -R), or set DATA_DIR to another.",
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

/** The command line of a process; empty when it is gone, or dead and not yet reaped. */
function commandOf(pid: number): string {
  try {
    // Not every Linux has ps.
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return execFileSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}

export function notWritable(given: string, error: unknown): Refusal {
  const code = codeOf(error);
  const isFull = code === "ENOSPC" || code === SQLITE_FULL;
  return new Refusal(
    `The data folder ${given} cannot be written (${code}): ${isFull ? "make room" : "make it writable"}, or set ` +
      "DATA_DIR to another.",
  );
}

/** SQLite's own words say more than the one code that Node has for all of them. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error && "code" in error)) return String(error);
  return "errstr" in error ? String(error.errstr) : String(error.code);
}
