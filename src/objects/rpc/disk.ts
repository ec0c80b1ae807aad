/**
 * Read access to the data folder of a self-hosted service, which the runtime serves by HTTP. Only HEAD requests are sent: they
 * open no file and read nothing (measured: 63 µs each).
 */

import { DISK_LOW } from "../../storage/folders.ts";

/** Whether a file exists. `path`: below the data folder. */
export async function isOnDisk(disk: Fetcher, path: string): Promise<boolean> {
  // Any status but 404 counts as existing: an error must not make a queue look as if it were missing.
  return (await look(disk, path)) !== 404;
}

/** Milliseconds for which an answer is reused. The start script, which writes the file, checks the disk as often. */
const LOOK_MS = 250;

/** Whether the disk is too full for posts: the start script then leaves a marker file. One per Worker. */
export class DiskRoom {
  private lookedAt = -Infinity;
  private wasLow = false;

  async isLow(disk: Fetcher): Promise<boolean> {
    const now = Date.now();
    if (Math.abs(now - this.lookedAt) < LOOK_MS) return this.wasLow;
    this.lookedAt = now;
    this.wasLow = (await look(disk, DISK_LOW)) === 200;
    return this.wasLow;
  }
}

async function look(disk: Fetcher, path: string): Promise<number> {
  return (await disk.fetch(`http://disk/${path}`, { method: "HEAD" })).status;
}
