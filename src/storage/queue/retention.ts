/**
 * Segments that the outbox has yet to read stay, also when all their messages are deleted or expired. Without subscriptions there
 * are none.
 */
import type { Segment } from "./segment.ts";
import type { Segments } from "./segments.ts";

export class Retention {
  private readonly segments: Segments;
  /** Segments with messages after this number stay. */
  private after = Infinity;
  /** The first numbers of the segments that have stayed although all their messages are deleted. */
  private emptied: number[] = [];

  constructor(segments: Segments) {
    this.segments = segments;
  }

  get cursor(): number {
    return this.after;
  }

  keeps({ first, count }: Segment): boolean {
    return first + count - 1 > this.after;
  }

  /** Notes a segment that stays without messages, and is to be removed when the cursor is past it. */
  noteEmptied({ first }: Segment): void {
    this.emptied.push(first);
  }

  /** Moves the cursor, and removes the emptied segments that stayed until now. */
  keepAfter(cursor: number): void {
    this.after = cursor;
    // Only emptied segments up to the cursor are read: after it there may be very many while one subscriber accepts nothing.
    const reached = this.emptied.filter((first) => first <= cursor);
    if (reached.length === 0) return;
    const segments = reached.map((first) => this.segments.at(first)).filter((segment) => segment !== null);
    const kept = segments.filter((segment) => this.keeps(segment)).map(({ first }) => first);
    this.emptied = [...kept, ...this.emptied.filter((first) => first > cursor)];
    for (const segment of segments) if (!this.keeps(segment)) this.segments.remove(segment);
  }
}
