/** Points of the figures every 10 s, computed when the meter is awake anyway, for the time that it slept as well. */
import { type Entry, isConfirmed } from "./entries.ts";
import { type Range, shownAt } from "./figures.ts";
import { POINT_MS } from "./rules.ts";
import type { World } from "./world.ts";

export interface Point {
  readonly name: string;
  /** By the meter's clock. */
  readonly at: number;
  readonly stored: Range;
}

export class Series {
  /** The last point, by the meter's clock. */
  until = 0;
  private readonly world: World;
  private readonly add: (point: Point) => void;

  constructor(world: World, add: (point: Point) => void) {
    this.world = world;
    this.add = add;
  }

  /** To be called when losses show and before new figures enter: later figures say nothing about an earlier point. */
  advance(entries: ReadonlyMap<string, Entry>, now: number): void {
    for (let at = this.until + POINT_MS; at <= now; at += POINT_MS) {
      for (const entry of entries.values()) this.addPoint(entry, at);
      this.until = at;
    }
  }

  private addPoint(entry: Entry, at: number): void {
    const { name, figures, arrivedAt } = entry;
    const isKnown = figures !== null && isConfirmed(entry) && arrivedAt <= at;
    if (isKnown) this.add({ name, at, stored: shownAt(figures, at, (rule) => this.world.keeps(rule)).stored });
    else if (!this.world.keeps("a gap in a series is a gap")) this.add({ name, at, stored: { min: 0, max: 0 } });
  }
}
