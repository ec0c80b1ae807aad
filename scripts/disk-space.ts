/**
 * Watches the free space on the disk of a data folder, for the Worker, which cannot see it. While the free space is below the
 * watermark (DISK_FREE_MIN), the file DISK_LOW exists, and the Worker refuses posts, so that deletions still have space. A
 * second file reserves space for them. It is deleted when other programs have filled the disk.
 */
import { closeSync, existsSync, openSync, renameSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DISK_LOW } from "../src/storage/folders.ts";

/** Milliseconds between two checks. Posts in that time store far less than the default watermark. */
const INTERVAL_MS = 250;
/** Posts are accepted again when the free space is this factor above the watermark. */
const MARGIN = 1.1;
const MEBIBYTE = 1024 * 1024;
const DISK_OK = "disk-ok";
const RESERVE = "reserve";
const RESERVE_BYTES = 16 * MEBIBYTE;
/** With less free space than this, deletions may fail. */
const RESERVE_NEEDED_BYTES = 4 * MEBIBYTE;

export class DiskSpace {
  private readonly folder: string;
  private readonly min: number;
  private isLow = false;
  private hasFailed = false;

  /** `min`: the watermark in bytes; 0: no watch. */
  constructor(folder: string, min: number) {
    this.folder = folder;
    this.min = min;
    rmSync(join(folder, DISK_LOW), { force: true });
    if (min === 0) return;
    // The state is switched by renaming this file, which needs no free space.
    writeFileSync(join(folder, DISK_OK), "");
  }

  /** Watches until the process ends. */
  watch(): void {
    if (this.min === 0) return;
    this.check();
    setInterval(() => this.tryCheck(), INTERVAL_MS).unref();
  }

  /** An error, such as a deleted folder, must not end the service. It is logged once. */
  private tryCheck(): void {
    try {
      this.check();
      this.hasFailed = false;
    } catch (error) {
      if (!this.hasFailed) process.stderr.write(`The free disk space cannot be checked: ${String(error)}\n`);
      this.hasFailed = true;
    }
  }

  private check(): void {
    const free = freeBytes(this.folder);
    if (!this.isLow && free < this.min) this.change(true, free);
    else if (this.isLow && free >= this.min * MARGIN) this.change(false, free);
    releaseReserve(this.folder);
    const reserve = join(this.folder, RESERVE);
    if (free >= this.min + 2 * RESERVE_BYTES && !existsSync(reserve)) fill(reserve);
  }

  private change(isLow: boolean, free: number): void {
    const [from, to] = isLow ? [DISK_OK, DISK_LOW] : [DISK_LOW, DISK_OK];
    // Somebody may have deleted the empty file.
    if (existsSync(join(this.folder, from))) renameSync(join(this.folder, from), join(this.folder, to));
    else writeFileSync(join(this.folder, to), "");
    this.isLow = isLow;
    const space = `${Math.floor(free / MEBIBYTE)} MiB are free on the disk of ${this.folder}`;
    const effect = isLow
      ? "which is less than DISK_FREE_MIN. Posts are answered 503; claims and deletions still work"
      : "so posts are accepted again";
    process.stderr.write(`${space}, ${effect}.\n`);
  }
}

/** Deletes the reserve if the disk is so full that not even a start would succeed. */
export function releaseReserve(folder: string): void {
  if (freeBytes(folder) < RESERVE_NEEDED_BYTES) rmSync(join(folder, RESERVE), { force: true });
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Writes the reserve with random bytes, which no file system can compress. */
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
