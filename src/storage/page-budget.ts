/**
 * Pages are bounded by bytes as well as by count. A body is in memory five times on its way from its row to the socket, and
 * lists of twenty messages of 256 KiB took a process that serves eight clients to 1.9 GB. Every list goes on where a page
 * ends, and what a claim leaves out is there for the next.
 */
/** Bytes. */
export const PAGE_SIZE_MAX = 1_048_576;

/** What is left of a page's bytes. The first thing always fits, whatever its size: a page that holds nothing is the last. */
export class PageBudget {
  private used = 0;
  private isUntouched = true;

  fits(size: number): boolean {
    return this.isUntouched || this.used + size <= PAGE_SIZE_MAX;
  }

  take(size: number): void {
    this.used += size;
    this.isUntouched = false;
  }
}
