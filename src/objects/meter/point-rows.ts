/** Points in rows, and those rows in memory that are in use. A row has the points of some places over a span of time. */
import { ROW_MAX } from "../../storage/meter/meter-rows.ts";
import { packPoint, readPoint, type PackedPoint } from "./packed-point.ts";
import type { KeptPoint } from "./point.ts";

/** The rows of the series. */
export interface SeriesRows {
  hour(bucket: number, hour: number): string | null;
  putHour(bucket: number, hour: number, points: string): void;
}

/** How points are spread over rows. */
export interface Layout {
  readonly stepMs: number;
  readonly spanMs: number;
  /** The number of the row of a span. Rows of earlier spans have the same one, and are overwritten. */
  readonly numberOf: (start: number) => number;
}

export interface PointKey {
  readonly key: string;
  /** The first part of the row's key. */
  readonly bucket: number;
}

interface Row {
  readonly start: number;
  readonly places: Record<string, (PackedPoint | null)[]>;
}

interface Cached {
  readonly bucket: number;
  readonly start: number;
  row: Row | null;
  isChanged: boolean;
}

export class PointRows {
  private readonly rows: SeriesRows;
  private readonly layout: Layout;
  private readonly cached = new Map<string, Cached>();

  constructor(rows: SeriesRows, layout: Layout) {
    this.rows = rows;
    this.layout = layout;
  }

  get({ key, bucket }: PointKey, at: number): KeptPoint | null {
    const { row, start } = this.at(bucket, at);
    const packed = row?.places[key]?.[(at - start) / this.layout.stepMs] ?? null;
    return packed === null ? null : readPoint(packed);
  }

  /** Those of a place at instants in order. It looks a row up once. */
  column({ key, bucket }: PointKey, instants: readonly number[]): readonly (KeptPoint | null)[] {
    const { stepMs, spanMs } = this.layout;
    let found: Cached | null = null;
    return instants.map((at) => {
      if (found === null || at >= found.start + spanMs) found = this.at(bucket, at);
      const packed = found.row?.places[key]?.[(at - found.start) / stepMs] ?? null;
      return packed === null ? null : readPoint(packed);
    });
  }

  put({ key, bucket }: PointKey, at: number, point: KeptPoint | null): void {
    const { stepMs, spanMs } = this.layout;
    const cached = this.at(bucket, at);
    cached.row ??= { start: cached.start, places: {} };
    cached.isChanged = true;
    const points = (cached.row.places[key] ??= Array.from({ length: spanMs / stepMs }, () => null));
    points[(at - cached.start) / stepMs] = point === null ? null : packPoint(point);
  }

  write(): void {
    for (const cached of this.cached.values()) {
      if (!cached.isChanged) continue;
      if (cached.row !== null) this.rows.putHour(cached.bucket, this.layout.numberOf(cached.start), pack(cached.row));
      cached.isChanged = false;
    }
  }

  /** Drops from memory what ended before an instant. What has to be written stays. */
  forget(before: number): void {
    for (const [name, { start, isChanged }] of this.cached) {
      if (!isChanged && start + this.layout.spanMs <= before) this.cached.delete(name);
    }
  }

  private at(bucket: number, at: number): Cached {
    const start = at - (at % this.layout.spanMs);
    const name = `${bucket} ${start}`;
    const known = this.cached.get(name);
    if (known !== undefined) return known;
    const text = this.rows.hour(bucket, this.layout.numberOf(start));
    // Only `write` writes this column. The row may be of an earlier span.
    const row = text === null ? null : (JSON.parse(text) as Row);
    const cached = { bucket, start, row: row?.start === start ? row : null, isChanged: false };
    this.cached.set(name, cached);
    return cached;
  }
}

/** The points of places beyond the size of a row are lost: somebody has chosen their names, which all have the same hash. */
function pack({ start, places }: Row): string {
  const text = JSON.stringify({ start, places });
  if (text.length <= ROW_MAX) return text;
  let left = ROW_MAX;
  const fits = (place: [string, unknown]): boolean => (left -= JSON.stringify(place).length) > 0;
  return JSON.stringify({ start, places: Object.fromEntries(Object.entries(places).filter(fits)) });
}
