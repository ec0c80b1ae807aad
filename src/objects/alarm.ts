/**
 * The one alarm of an object. It is a hint: it may fire late or twice without harm. Setting it costs a row, so it is set only
 * when something is due before the time that is already set.
 */
import { toEpochMs, type EpochMs } from "../domain/time.ts";
import type { Sql } from "../storage/sql.ts";
import type { Clock } from "./clock.ts";

/** The platform refuses dates beyond 2189, but ttls may end later. The row has the true date, so the alarm only fires early. */
const LATEST = Date.UTC(2180, 0);

export class Alarm {
  private readonly ctx: Pick<DurableObjectState, "storage" | "waitUntil">;
  private readonly sql: Sql;
  private readonly clock: Clock;
  /** When the alarm is set to fire, by the wall clock. */
  private firesAt: EpochMs | null = null;
  /** When the next sweep of expired rows is due: not after the first expiry. null: not known yet. */
  private sweepAt: EpochMs | null = null;

  constructor(ctx: Pick<DurableObjectState, "storage" | "waitUntil">, sql: Sql, clock: Clock) {
    this.ctx = ctx;
    this.sql = sql;
    this.clock = clock;
  }

  /** Reads the stored alarm. Has to be called before all other methods. */
  async load(): Promise<void> {
    const at = await this.ctx.storage.getAlarm();
    this.firesAt = at === null ? null : toEpochMs(at);
  }

  /** When the alarm is set to fire by the wall clock, or null. */
  get at(): EpochMs | null {
    return this.firesAt;
  }

  /** Restores the time from before a transaction that was rolled back. The runtime restores its alarm by itself. */
  restore(at: EpochMs | null): void {
    this.firesAt = at;
  }

  /**
   * Makes the alarm fire at `at` or before, or leaves it as it is if it fires by `latest`. It commits with the writes that are
   * made in the same synchronous code.
   */
  arm(at: EpochMs, latest = at): void {
    const bounded = toEpochMs(Math.min(this.clock.toWall(at), LATEST));
    if (this.firesAt !== null && this.firesAt <= Math.max(bounded, this.clock.toWall(latest))) return;
    this.firesAt = bounded;
    this.sql.countAlarm();
    this.ctx.waitUntil(this.ctx.storage.setAlarm(bounded));
  }

  /** Arms the alarm for a row that expires at `at`. */
  armForExpiry(at: EpochMs): void {
    if (this.sweepAt !== null && at < this.sweepAt) this.sweepAt = at;
    this.arm(at);
  }

  /** Whether a sweep is due now; the alarm also fires for other reasons. */
  isSweepDue(now: EpochMs): boolean {
    return this.sweepAt === null || this.sweepAt <= now;
  }

  /** Sets when the next sweep is due; null: nothing can expire. */
  planSweep(at: EpochMs | null): void {
    this.sweepAt = at ?? toEpochMs(Infinity);
  }

  /** Restores the time of the sweep that was planned before the object slept, unless one is known. */
  restoreSweep(at: EpochMs | null): void {
    this.sweepAt ??= at;
  }

  /** When the next sweep is due; null: not known, or nothing can expire. */
  get plannedSweep(): EpochMs | null {
    return this.sweepAt === Infinity ? null : this.sweepAt;
  }

  /** Arms the alarm for the next planned sweep. */
  armForSweep(): void {
    if (this.plannedSweep !== null) this.arm(this.plannedSweep);
  }

  /** Forgets the alarm, because it has fired or was deleted with the storage. */
  clear(): void {
    this.firesAt = null;
  }
}
