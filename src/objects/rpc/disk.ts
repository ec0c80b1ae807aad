/**
 * The folder that holds everything durable, for a service on a machine of its own: the runtime serves it by HTTP. Only
 * looked at. A look opens nothing and reads nothing (measured: 63 µs).
 */

import { DISK_LOW } from "../../storage/folders.ts";

/** Whether a file is in the folder. `path`: below it. */
export async function isOnDisk(disk: Fetcher, path: string): Promise<boolean> {
  // What cannot be told must not pass for missing.
  return (await look(disk, path)) !== 404;
}

/** Milliseconds for which a look at the room on the disk is good; who puts the file there looks as often. */
const LOOK_MS = 250;

/** Whether the disk is too full to take anything in. One per Worker. */
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
