/** What an isolate has to report. Plain data, so a request that ends takes nothing with it. */
import type { Figures } from "./figures.ts";
import type { Report } from "./messages.ts";

type Told = Pick<Report, "figures" | "doubts">;

export class News {
  /** By life. */
  private readonly figures = new Map<string, Figures>();
  private doubts: Report["doubts"] = [];

  /** Keeps the newest figures of each life. */
  learn(figures: readonly Figures[]): void {
    for (const one of figures) {
      const held = this.figures.get(one.bootId);
      const isNewer = held === undefined || one.version > held.version;
      if (isNewer || (one.version === held.version && one.takenAt > held.takenAt)) this.figures.set(one.bootId, one);
    }
  }

  /** A call failed: what it did is not known. */
  doubt(name: string, at: number): void {
    this.doubts = [...this.doubts, { name, at }];
  }

  all(): Told {
    return { figures: [...this.figures.values()], doubts: this.doubts };
  }

  /** What a report has told, but not what came since. */
  forget({ figures, doubts }: Told): void {
    for (const one of figures) if (this.figures.get(one.bootId) === one) this.figures.delete(one.bootId);
    this.doubts = this.doubts.filter((doubt) => !doubts.includes(doubt));
  }

  get isEmpty(): boolean {
    return this.figures.size === 0 && this.doubts.length === 0;
  }
}
