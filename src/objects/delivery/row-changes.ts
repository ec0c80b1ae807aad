/**
 * Changes of delivery rows, collected in memory and written together, because the next attempt waits for every commit. If a crash
 * loses a change, its delivery is sent once more.
 */
import type { FailedAttempt } from "../../domain/delivery.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { Deliveries } from "../../storage/delivery/deliveries.ts";
import type { WakeUps } from "./wake-ups.ts";

/** Milliseconds for which changes are collected. */
const WRITE_DELAY_MS = 20;

/** null: the row is to be removed. */
export type RowChange = {
  readonly attempts: number;
  readonly dueAt: EpochMs | null;
  readonly lastAttempt: FailedAttempt | null;
} | null;

export interface RowChangesDeps {
  readonly rows: Pick<Deliveries, "remove" | "reschedule">;
  readonly wakeUps: Pick<WakeUps, "armForAttempts">;
  /** Takes a turn for background writes and returns 0, or returns the milliseconds until the next try (turns.ts). */
  tryTurn(): number;
  /** Runs `work` in a transaction, and creates the tables if need be. */
  write(work: () => void): void;
  /** Logs a failure of work that nobody waits for. */
  logFault(operation: string, error: unknown): void;
}

export class RowChanges {
  private readonly deps: RowChangesDeps;
  /** By row id. */
  private readonly changes = new Map<number, RowChange>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(deps: RowChangesDeps) {
    this.deps = deps;
  }

  add(id: number, change: RowChange): void {
    this.changes.set(id, change);
    if (this.timer === null) this.flushAfter(WRITE_DELAY_MS);
  }

  /** Writes the changes, and runs `work` in the same transaction after them. A throw keeps the changes for the next call. */
  write(work: () => void): void {
    const { rows, wakeUps } = this.deps;
    this.deps.write(() => {
      for (const [id, change] of this.changes) {
        if (change === null) rows.remove(id);
        else rows.reschedule({ id, ...change }, change.lastAttempt);
      }
      wakeUps.armForAttempts([...this.changes.values()].map((change) => change?.dueAt ?? null));
      work();
    });
    this.changes.clear();
  }

  /** Writes the changes if there are any. A throw keeps them for the next call. */
  flush(): void {
    if (this.changes.size > 0) this.write(() => undefined);
  }

  /** Forgets the changes, because all rows are gone. */
  clear(): void {
    this.changes.clear();
  }

  private flushAfter(delayMs: number): void {
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.changes.size === 0) return;
      const waitMs = this.deps.tryTurn();
      if (waitMs > 0) return this.flushAfter(waitMs);
      try {
        this.flush();
      } catch (error) {
        // The alarm is armed as long as a row may need it, and repeats the write.
        this.deps.logFault("rows", error);
      }
    }, delayMs);
  }
}
