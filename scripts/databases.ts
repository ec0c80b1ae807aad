/**
 * What is put in order among the databases of a data folder before workerd opens them: empty ones, which queues leave that
 * were deleted, and the list of alarms, without which workerd does not start.
 */
import {
  closeSync,
  existsSync,
  openSync,
  opendirSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FOLDERS } from "../src/storage/folders.ts";

/** workerd's own database in each folder: when each object is to be woken, and by which name. */
const ALARMS = "metadata.sqlite";
/** A database that holds nothing is one page. */
const PAGE_BYTES = 4096;
/** How long empty ones are looked for (ms); the rest has time until the next start. */
const SEARCH_MS_MAX = 5000;

/** Returns what an operator has to be told. */
export function tidyDatabases(folder: string): readonly string[] {
  const until = performance.now() + SEARCH_MS_MAX;
  const folders = Object.values(FOLDERS)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path));
  for (const path of folders) removeEmpty(path, until);
  return folders.map(repairAlarms).filter((words) => words !== null);
}

function removeEmpty(folder: string, until: number): void {
  const entries = opendirSync(folder);
  try {
    for (let entry = entries.readSync(); entry !== null && performance.now() < until; entry = entries.readSync()) {
      const path = join(folder, entry.name);
      if (!entry.name.endsWith(".sqlite") || entry.name === ALARMS || !isEmpty(path)) continue;
      for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
    }
  } finally {
    entries.closeSync();
  }
}

/** No tables in the file, and nothing in the log that is yet to come into it. */
function isEmpty(path: string): boolean {
  if (sizeOf(path) !== PAGE_BYTES || sizeOf(`${path}-wal`) > 0) return false;
  const page = Buffer.alloc(PAGE_BYTES);
  const file = openSync(path, "r");
  try {
    if (readSync(file, page) !== PAGE_BYTES) return false;
  } finally {
    closeSync(file);
  }
  // SQLite's file format: the schema is a table that begins on the first page, behind 100 bytes; 13 is one without
  // further pages, and what follows at 3 is its number of rows.
  return page.toString("latin1", 0, 16) === "SQLite format 3\0" && page[100] === 13 && page.readUInt16BE(103) === 0;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * A list of alarms that is damaged is put aside, and each object forgets its own copy of its alarm: it would take that for
 * set and never set it again. Without one it arms itself when it wakes.
 */
function repairAlarms(folder: string): string | null {
  const path = join(folder, ALARMS);
  const databases = readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== ALARMS);
  if (databases.length === 0 && !existsSync(path)) return null;
  if (isWhole(path)) return null;
  const aside = `${ALARMS}.damaged-${Date.now()}`;
  for (const end of ["", "-wal", "-shm"]) if (existsSync(path + end)) renameSync(path + end, join(folder, aside + end));
  for (const name of databases) forgetAlarm(join(folder, name));
  return (
    `${path} was missing or damaged; what is left of it is ${aside}. It said when to wake ${databases.length} objects: ` +
    "no message is lost, but what was to be retried waits until its queue, or its subscription, is asked for anything."
  );
}

function isWhole(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    const database = new DatabaseSync(path);
    try {
      const check = database.prepare("PRAGMA quick_check(1)").get();
      database.prepare("SELECT count(*) FROM _cf_ALARM").get();
      return check?.["quick_check"] === "ok";
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}

function forgetAlarm(path: string): void {
  try {
    const database = new DatabaseSync(path);
    try {
      database.exec("DELETE FROM _cf_METADATA WHERE key = 1");
    } finally {
      database.close();
    }
  } catch {
    // It has no alarm, or is damaged itself, which its own object says.
  }
}
