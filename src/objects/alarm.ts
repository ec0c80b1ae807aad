/**
 * The one alarm of an object, as a hint: nothing is wrong when it fires late or twice. Setting it costs a row, so it is
 * set only when something is due sooner than it already rings.
 */
import { toEpochMs, type EpochMs } from "../domain/time.ts";
import type { Sql } from "../storage/sql.ts";
import type { Clock } from "./clock.ts";

/** The platform refuses dates beyond 2189; ttls reach further. A row keeps the true date, the alarm looks again. */
const LATEST = Date.UTC(2180, 0);

export class Alarm {
  private readonly ctx: DurableObjectState;
  private readonly sql: Sql;
  private readonly clock: Clock;
  /** By the wall clock. */
  private ringsAt: EpochMs | null = null;
  /** When something expires, or earlier; null: nothing was looked for yet. */
  private sweepAt: EpochMs | null = null;

  constructor(ctx: DurableObjectState, sql: Sql, clock: Clock) {
    this.ctx = ctx;
    this.sql = sql;
    this.clock = clock;
  }

  /** Learns when the stored alarm rings. Before anything else. */
  async load(): Promise<void> {
    const at = await this.ctx.storage.getAlarm();
    this.ringsAt = at === null ? null : toEpochMs(at);
  }

  /** When it rings by the wall clock, or null. */
  get at(): EpochMs | null {
    return this.ringsAt;
  }

  /** Takes back what a transaction armed that was rolled back: the runtime does so too. */
  restore(at: EpochMs | null): void {
    this.ringsAt = at;
  }

  /** Makes sure that the alarm rings at `at` or before. Called in the turn of the writes it belongs to, it commits with them. */
  arm(at: EpochMs): void {
    const bounded = toEpochMs(Math.min(this.clock.toWall(at), LATEST));
    if (this.ringsAt !== null && this.ringsAt <= bounded) return;
    this.ringsAt = bounded;
    this.sql.countAlarm();
    this.ctx.waitUntil(this.ctx.storage.setAlarm(bounded));
  }

  /** The same for something that will have expired then. */
  armForExpiry(at: EpochMs): void {
    if (this.sweepAt !== null && at < this.sweepAt) this.sweepAt = at;
    this.arm(at);
  }

  /** Whether it is time to look for what has expired: not each time it rings for something else. */
  isSweepDue(now: EpochMs): boolean {
    return this.sweepAt === null || this.sweepAt <= now;
  }

  /** Notes when the next sweep is due; null: nothing is there that could expire. */
  planSweep(at: EpochMs | null): void {
    this.sweepAt = at ?? toEpochMs(Infinity);
  }

  /** Takes over what was planned before the object slept, unless it knows better. */
  recallSweep(at: EpochMs | null): void {
    this.sweepAt ??= at;
  }

  /** When the next sweep is due, as far as that is known. */
  get plannedSweep(): EpochMs | null {
    return this.sweepAt === Infinity ? null : this.sweepAt;
  }

  /** Arms for the next sweep that is planned. */
  armPlanned(): void {
    if (this.plannedSweep !== null) this.arm(this.plannedSweep);
  }

  /** Notes that the alarm has rung, or was dropped with its storage. */
  clear(): void {
    this.ringsAt = null;
  }
}
