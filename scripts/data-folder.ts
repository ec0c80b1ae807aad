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
import { makeRoom } from "./disk-space.ts";
import { Refusal } from "./refusal.ts";

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
    // A run as another user leaves folders that this one cannot write.
    for (const entry of [".", ...readdirSync(given)]) accessSync(join(given, entry), constants.R_OK | constants.W_OK);
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
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new Refusal(
    `The data folder ${given} cannot be written (${code}): make it writable, or set DATA_DIR to another.`,
  );
}
