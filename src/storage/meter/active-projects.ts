/** The projects in use, each with the time at which its meter last said so. One object has this table. */
import type { ProjectId } from "../../domain/id.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";
import { integer, statement, text } from "../statement.ts";

export const TABLES = ["active"] as const;

const ACTIVE = { project: text<ProjectId>(), seen_at_ms: integer<EpochMs>() };

export const STATEMENTS = {
  put: statement({
    text: `INSERT INTO active (project, seen_at_ms) VALUES (:project, :seen_at_ms)
             ON CONFLICT (project) DO UPDATE SET seen_at_ms = excluded.seen_at_ms`,
    parameters: ACTIVE,
  }),
  newest: statement({
    text: "SELECT project, seen_at_ms FROM active ORDER BY seen_at_ms DESC LIMIT :limit",
    parameters: { limit: integer() },
    row: ACTIVE,
  }),
  count: statement({
    text: "SELECT COUNT(*) AS count FROM active WHERE seen_at_ms >= :since_ms",
    parameters: { since_ms: integer() },
    row: { count: integer() },
  }),
  removeOldest: statement({
    text: "DELETE FROM active WHERE project IN (SELECT project FROM active ORDER BY seen_at_ms LIMIT :limit)",
    parameters: { limit: integer() },
  }),
};

/** Rows above this are removed, the oldest first, so many at a time. */
const ROWS_MAX = 10_000;
const REMOVED = 100;

export class ActiveProjects {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** Within a transaction. */
  put(project: ProjectId, now: EpochMs): void {
    this.sql.run(STATEMENTS.put, { project, seen_at_ms: now });
    if (this.countSince(0) > ROWS_MAX) {
      this.sql.run(STATEMENTS.removeOldest, { limit: REMOVED });
    }
  }

  /** The latest first. */
  newest(limit: number): readonly ProjectId[] {
    return this.sql.all(STATEMENTS.newest, { limit }).map(({ project }) => project);
  }

  /** The number of those that had news at an instant or later. */
  countSince(instant: number): number {
    return this.sql.one(STATEMENTS.count, { since_ms: instant })?.count ?? 0;
  }
}
