/**
 * Pages are bounded by bytes as well as by count. A body is in memory five times on its way from its row to the socket, and
 * lists of twenty messages of 256 KiB took a process that serves eight clients to 1.9 GB. Every list goes on where a page
 * ends, and what a claim leaves out is there for the next.
 */
import type { Entry, Segment } from "./segments.ts";

/** Bytes. */
export const PAGE_SIZE_MAX = 1_048_576;

/** What is left of a page's bytes. The first thing always fits, whatever its size: a page that holds nothing is the last. */
export class Room {
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

/** The messages of one answer while they are gathered: as many as were asked for, or fewer that are large. */
export class Page {
  readonly entries: Entry[] = [];
  private readonly limit: number;
  /** Bodies are read by the segment, so what counts is the size of those that a message was taken from. */
  private readonly room = new Room();
  private last: Segment | null = null;
  private isOver = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether there is room for a message of the segment; if not, the page ends here. */
  admits(segment: Segment): boolean {
    if (this.isFull || (segment !== this.last && !this.room.fits(segment.size))) this.isOver = true;
    return !this.isOver;
  }

  add(entry: Entry): void {
    if (entry.segment !== this.last) this.room.take(entry.segment.size);
    this.last = entry.segment;
    this.entries.push(entry);
  }

  get isFull(): boolean {
    return this.isOver || this.entries.length === this.limit;
  }
}
