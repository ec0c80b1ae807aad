/**
 * Watches the room on the disk of a data folder, which the Worker cannot see. While less than the watermark is free a file
 * says so, and the Worker takes nothing in any more: what is left is for deletions. A second file holds room of its own for
 * them, given up when others have filled the disk.
 */
import { closeSync, existsSync, openSync, renameSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DISK_LOW } from "../src/storage/folders.ts";

/** Milliseconds between two looks: what can be posted meanwhile is far less than the default watermark. */
const INTERVAL_MS = 250;
/** Beyond the watermark, before posts are taken in again. */
const MARGIN = 1.1;
const MEBIBYTE = 1024 * 1024;
const DISK_OK = "disk-ok";
const RESERVE = "reserve";
const RESERVE_BYTES = 16 * MEBIBYTE;
/** With less than this free not even deletions would succeed. */
const RESERVE_NEEDED_BYTES = 4 * MEBIBYTE;

export class DiskSpace {
  private readonly folder: string;
  private readonly min: number;
  private isLow = false;
  private isBlind = false;

  /** `min`: bytes; 0: nothing is watched. */
  constructor(folder: string, min: number) {
    this.folder = folder;
    this.min = min;
    rmSync(join(folder, DISK_LOW), { force: true });
    if (min === 0) return;
    // A file that is only renamed needs no room.
    writeFileSync(join(folder, DISK_OK), "");
  }

  /** Until the process ends. */
  watch(): void {
    if (this.min === 0) return;
    this.look();
    setInterval(() => this.tryLook(), INTERVAL_MS).unref();
  }

  /** Whatever is wrong with the folder must not end the service. */
  private tryLook(): void {
    try {
      this.look();
      this.isBlind = false;
    } catch (error) {
      if (!this.isBlind) process.stderr.write(`The room on the disk cannot be watched: ${String(error)}\n`);
      this.isBlind = true;
    }
  }

  private look(): void {
    const free = freeBytes(this.folder);
    if (!this.isLow && free < this.min) this.turn(true, free);
    else if (this.isLow && free >= this.min * MARGIN) this.turn(false, free);
    makeRoom(this.folder);
    const reserve = join(this.folder, RESERVE);
    if (free >= this.min + 2 * RESERVE_BYTES && !existsSync(reserve)) fill(reserve);
  }

  private turn(isLow: boolean, free: number): void {
    const [from, to] = isLow ? [DISK_OK, DISK_LOW] : [DISK_LOW, DISK_OK];
    // Those who clean up may have taken it.
    if (existsSync(join(this.folder, from))) renameSync(join(this.folder, from), join(this.folder, to));
    else writeFileSync(join(this.folder, to), "");
    this.isLow = isLow;
    const room = `${Math.floor(free / MEBIBYTE)} MiB are free on the disk of ${this.folder}`;
    const words = isLow
      ? "less than DISK_FREE_MIN: posts are answered 503, claims and deletions go on"
      : "posts are taken in again";
    process.stderr.write(`${room}, ${words}.\n`);
  }
}

/** Gives up the room of its own where not even a start would have any. */
export function makeRoom(folder: string): void {
  if (freeBytes(folder) < RESERVE_NEEDED_BYTES) rmSync(join(folder, RESERVE), { force: true });
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** With what no file system can leave out. */
function fill(path: string): void {
  try {
    const file = openSync(path, "w");
    try {
      for (let written = 0; written < RESERVE_BYTES; written += MEBIBYTE) writeSync(file, randomBytes(MEBIBYTE));
    } finally {
      closeSync(file);
    }
  } catch {
    rmSync(path, { force: true });
  }
}
