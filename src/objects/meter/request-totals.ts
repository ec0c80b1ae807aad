/**
 * The requests of the whole service, which Workers and hubs report. Numbers in memory are stored two seconds after the first of
 * them. Until then the row says that they are not, and a start that finds it so begins at 0: to go on with smaller numbers would
 * look as if requests had been counted backwards, and Prometheus would take all of them for new ones.
 */
import { RequestCounter, type RequestCounts } from "../../domain/request-counts.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { RequestRows } from "../../storage/meter/requests.ts";
import type { ObjectStore } from "../object-store.ts";

/** Two rows in this time at most, whatever the number of Workers. */
const STORE_MS = 2_000;

export interface RequestTotalsDeps {
  readonly store: Pick<ObjectStore, "clock" | "hasTables" | "write" | "logFault">;
  readonly rows: RequestRows;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export class RequestTotals {
  private readonly deps: RequestTotalsDeps;
  private readonly counter = new RequestCounter();
  /** null: nothing was counted yet. */
  private since: EpochMs | null = null;
  private isStored = true;

  constructor(deps: RequestTotalsDeps) {
    this.deps = deps;
    const stored = deps.store.hasTables ? deps.rows.get() : null;
    if (stored === null || stored.counts === null) return;
    this.since = stored.since;
    // This class has written it.
    this.counter.add(JSON.parse(stored.counts) as readonly RequestCounts[]);
  }

  add(counts: readonly RequestCounts[]): void {
    this.since ??= this.deps.store.clock.now();
    if (this.isStored) {
      this.write(this.since, null);
      this.isStored = false;
      this.deps.waitUntil(this.storeLater(this.since));
    }
    this.counter.add(counts);
  }

  /** null: nothing was counted yet. */
  get totals(): { readonly since: EpochMs; readonly counts: readonly RequestCounts[] } | null {
    return this.since === null ? null : { since: this.since, counts: this.counter.all() };
  }

  private async storeLater(since: EpochMs): Promise<void> {
    await new Promise<void>((resolve) => void setTimeout(resolve, STORE_MS));
    try {
      this.write(since, JSON.stringify(this.counter.all()));
    } catch (error) {
      this.deps.store.logFault("request totals", error);
    }
    // After a fault too: the next report tries again.
    this.isStored = true;
  }

  private write(since: EpochMs, counts: string | null): void {
    const { store, rows } = this.deps;
    store.write(() => rows.put({ since, counts }));
  }
}
