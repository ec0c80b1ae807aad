/**
 * Repairs the databases of a data folder before workerd opens them. Empty databases, which deleted queues leave, are removed.
 * A missing or damaged list of alarms is replaced, because workerd does not start with it.
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

/** workerd's own database in each folder: the alarm time and the name of each object. */
const ALARMS = "metadata.sqlite";
/** The size of an empty database: one page. */
const PAGE_BYTES = 4096;
/** Milliseconds for the search for empty databases. The next start continues it. */
const SEARCH_MS_MAX = 5000;

/** Returns sentences for the operator about repaired lists of alarms. */
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

/** Whether a database has no tables, neither in its file nor in its write-ahead log. */
function isEmpty(path: string): boolean {
  if (sizeOf(path) !== PAGE_BYTES || sizeOf(`${path}-wal`) > 0) return false;
  const page = Buffer.alloc(PAGE_BYTES);
  const file = openSync(path, "r");
  try {
    if (readSync(file, page) !== PAGE_BYTES) return false;
  } finally {
    closeSync(file);
  }
  // SQLite's file format: the table of the schema begins at byte 100 of the first page. 13 means that it has no further
  // pages. The two bytes at offset 3 are its number of rows.
  return page.toString("latin1", 0, 16) === "SQLite format 3\0" && page[100] === 13 && page.readUInt16BE(103) === 0;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Renames a damaged list of alarms and deletes each object's own copy of its alarm. With the copy an object would assume that
 * its alarm is set. Without it the object sets the alarm when it next wakes.
 */
function repairAlarms(folder: string): string | null {
  const path = join(folder, ALARMS);
  const databases = readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== ALARMS);
  if (databases.length === 0 && !existsSync(path)) return null;
  if (isIntact(path)) return null;
  const aside = `${ALARMS}.damaged-${Date.now()}`;
  for (const end of ["", "-wal", "-shm"]) if (existsSync(path + end)) renameSync(path + end, join(folder, aside + end));
  for (const name of databases) forgetAlarm(join(folder, name));
  return (
    `${path} was missing or damaged (renamed to ${aside}). It contained the alarms of ${databases.length} objects. No message ` +
    "is lost, but pending retries wait until the next request to their queue or subscription."
  );
}

function isIntact(path: string): boolean {
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
    // Either it has no alarm, or it is damaged. In the latter case its object logs the fault.
  }
}
