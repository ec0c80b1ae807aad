/**
 * Pages are bounded by bytes as well as by count. A body is in memory five times between its row and the socket: without the
 * bound, lists of twenty messages of 256 KiB took a process with eight clients to 1.9 GB (measured). A list continues with the
 * next page, and messages that a claim leaves out are there for the next claim.
 */
/** The bytes of a page. */
export const PAGE_BYTES_MAX = 1_048_576;

/**
 * The bytes left in a page. The first item always fits, even if it is too large, because an empty page means the end of a list.
 */
export class PageBudget {
  private used = 0;
  private isEmpty = true;

  fits(size: number): boolean {
    return this.isEmpty || this.used + size <= PAGE_BYTES_MAX;
  }

  spend(size: number): void {
    this.used += size;
    this.isEmpty = false;
  }
}
