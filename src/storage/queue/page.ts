/** The messages of one answer, bounded by count and by bytes. */
import { PageBudget } from "../page-budget.ts";
import type { Entry, Segment } from "./segment.ts";

/** Collects the messages of one answer: `limit` messages, or fewer if they are large. */
export class Page {
  readonly entries: Entry[] = [];
  private readonly limit: number;
  /** Reading one body reads all bodies of its segment, so the size of the whole segment counts, once. */
  private readonly budget = new PageBudget();
  private last: Segment | null = null;
  private isOver = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether there is room for a message of the segment; if not, the page ends here. */
  admits(segment: Segment): boolean {
    if (this.isFull || (segment !== this.last && !this.budget.fits(segment.size))) this.isOver = true;
    return !this.isOver;
  }

  add(entry: Entry): void {
    if (entry.segment !== this.last) this.budget.spend(entry.segment.size);
    this.last = entry.segment;
    this.entries.push(entry);
  }

  get isFull(): boolean {
    return this.isOver || this.entries.length === this.limit;
  }
}
