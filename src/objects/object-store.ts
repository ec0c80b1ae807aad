/**
 * What every Durable Object has around its storage: SQLite, tables that are created by the first write, the clock, the alarm,
 * transactions, and the log of faults. Each object holds one. A transaction that throws leaves nothing behind: its rows, its
 * tables and its alarm are rolled back together, and memory is rebuilt.
 */
import type { ProjectId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import { isMigrated, migrate } from "../storage/migrate.ts";
import { Sql } from "../storage/sql.ts";
import { backgroundEvent, logEvent, logFault } from "../telemetry/event.ts";
import type { EventMembers, EventName } from "../telemetry/events.ts";
import { Alarm } from "./alarm.ts";
import { Clock } from "./clock.ts";

export interface ObjectStoreDeps {
  readonly ctx: Pick<DurableObjectState, "abort" | "storage" | "waitUntil">;
  readonly migrations: readonly string[];
  /** The log names these with every fault. */
  readonly kind: "queue" | "delivery" | "project" | "hub" | "pools" | "meter";
  /** null: the object belongs to the whole service. */
  readonly project: ProjectId | null;
  readonly place: Place | null;
  /** Rebuilds memory from the rows after a rollback. Absent: memory changes only when a transaction has succeeded. */
  rebuild?(): void;
}

export class ObjectStore {
  readonly sql: Sql;
  readonly clock = new Clock();
  readonly alarms: Alarm;
  private readonly deps: ObjectStoreDeps;
  private isMigrated = false;

  constructor(deps: ObjectStoreDeps) {
    this.deps = deps;
    this.sql = new Sql(deps.ctx.storage);
    this.alarms = new Alarm(deps.ctx, this.sql, this.clock);
  }

  /** Whether the tables exist. An object that was only read has none, so that reading leaves no database behind. */
  get hasTables(): boolean {
    return this.isMigrated;
  }

  /** Checks whether the tables exist, and migrates existing ones. Has to be called before all other methods. */
  open(): boolean {
    this.isMigrated = isMigrated(this.sql);
    if (this.isMigrated) migrate(this.sql, this.deps.migrations);
    return this.isMigrated;
  }

  /** Creates the tables unless they exist. Within a transaction. */
  createTables(): void {
    if (this.isMigrated) return;
    migrate(this.sql, this.deps.migrations);
    this.isMigrated = true;
  }

  /** Runs `work` in a transaction. A throw rolls back what it wrote and the alarm that it armed. */
  transaction<T>(work: () => T extends Promise<unknown> ? never : T): T {
    const alarmAt = this.alarms.at;
    const hadTables = this.isMigrated;
    try {
      return this.sql.transaction<T>(work);
    } catch (error) {
      this.alarms.restore(alarmAt);
      this.isMigrated = hadTables;
      this.rebuild();
      throw error;
    }
  }

  /** As `transaction`, for work that needs the tables. */
  write<T>(work: () => T extends Promise<unknown> ? never : T): T {
    return this.transaction<T>(() => {
      this.createTables();
      return work();
    });
  }

  /** Deletes the whole database and the alarm. */
  async erase(): Promise<void> {
    this.alarms.clear();
    if (!this.isMigrated) return;
    this.isMigrated = false;
    await this.deps.ctx.storage.deleteAll();
  }

  /** Logs a failure of work that no request waits for. */
  logFault(operation: string, error: unknown): void {
    logFault(backgroundEvent(this.deps.project, operation, this.deps.place), error);
  }

  /** Logs an event of work that no request waits for. */
  logEvent<Name extends EventName>(name: Name, operation: string, members: EventMembers<Name>): void {
    logEvent(name, backgroundEvent(this.deps.project, operation, this.deps.place), members);
  }

  /** Rebuilds memory. If that fails, the object is aborted, and the next request gets a new one. */
  private rebuild(): void {
    const { kind, ctx } = this.deps;
    try {
      this.deps.rebuild?.();
    } catch (error) {
      this.logFault(`${kind} rebuild`, error);
      ctx.abort(`The memory of a ${kind} could not be rebuilt from its storage.`);
    }
  }
}
