/** What a reporter has to tell a meter. Plain data, so a request that ends takes nothing with it. */
import type { Place } from "../../domain/place.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { ReportRequest } from "./meter.ts";

type Packed = ReportRequest["figures"][number];
type Told = Pick<ReportRequest, "figures" | "doubts"> & { readonly deliveries: readonly Packed[] };

/** The most figures of queues, figures of deliveries, and doubts. */
const NEWS_MAX = 5_000;

export class News {
  /** By the place and the life that counted. */
  private readonly figures = new Map<string, Packed>();
  private readonly deliveries = new Map<string, Packed>();
  private doubts: Told["doubts"] = [];

  /** false: there is no room for them. */
  learn(place: Place, packed: readonly unknown[]): boolean {
    return keepNewest(this.figures, `${place.kind}/${place.name}/${String(packed[2])}`, { place, packed });
  }

  /** As `learn`. */
  learnDelivery(place: Place, packed: readonly unknown[]): boolean {
    return keepNewest(this.deliveries, `${place.kind}/${place.name}/${String(packed[2])}`, { place, packed });
  }

  /** A call failed: what it did is not known. A later doubt of the same queue contains the earlier one. As `learn`. */
  doubt(place: Place, at: EpochMs): boolean {
    const others = this.doubts.filter((each) => each.place.name !== place.name || each.place.kind !== place.kind);
    if (others.length >= NEWS_MAX) return false;
    this.doubts = [...others, { place, at }];
    return true;
  }

  all(): Told {
    return { figures: [...this.figures.values()], deliveries: [...this.deliveries.values()], doubts: this.doubts };
  }

  /** What a report has told, but not what came since. */
  forget({ figures, deliveries = [], doubts }: Omit<Told, "deliveries"> & Partial<Told>): void {
    drop(this.figures, figures);
    drop(this.deliveries, deliveries);
    this.doubts = this.doubts.filter((doubt) => !doubts.includes(doubt));
  }

  get isEmpty(): boolean {
    return this.figures.size + this.deliveries.size + this.doubts.length === 0;
  }
}

/** The elements 1 to 4 of packed figures are the stamp (domain/packed-figures.ts). */
function keepNewest(news: Map<string, Packed>, key: string, one: Packed): boolean {
  const held = news.get(key)?.packed;
  const [, , , version, takenAt] = one.packed as readonly number[];
  const [, , , heldVersion = -1, heldTakenAt = -1] = (held ?? []) as readonly number[];
  if (version === undefined || takenAt === undefined) return true;
  const isNewer = version > heldVersion || (version === heldVersion && takenAt > heldTakenAt);
  if (isNewer && held === undefined && news.size >= NEWS_MAX) return false;
  if (isNewer) news.set(key, one);
  return true;
}

function drop(news: Map<string, Packed>, told: readonly Packed[]): void {
  const gone = new Set(told);
  for (const [key, one] of news) if (gone.has(one)) news.delete(key);
}
