/** The names of each project's flavors. The pools of a flavor are stored in the table of pools. */
import type { ProjectId } from "../../domain/id.ts";
import type { Sql } from "../sql.ts";
import { integer, statement, text } from "../statement.ts";

export const TABLES = ["flavor"] as const;

const FLAVOR_ROW = { project: text<ProjectId>(), name: text() };

export const STATEMENTS = {
  page: statement({
    text: "SELECT name FROM flavor WHERE project = :project AND name > :marker ORDER BY name LIMIT :limit",
    parameters: { project: text<ProjectId>(), marker: text(), limit: integer() },
    row: { name: text() },
  }),
  has: statement({
    text: "SELECT 1 AS found FROM flavor WHERE project = :project AND name = :name",
    parameters: FLAVOR_ROW,
    row: { found: integer() },
  }),
  // Reads every flavor of every project. Only rare requests of operators run it.
  isUsed: statement({
    text: "SELECT 1 AS found FROM flavor WHERE name = :name LIMIT 1",
    parameters: { name: text() },
    row: { found: integer() },
  }),
  count: statement({
    text: "SELECT count(*) AS count FROM flavor WHERE project = :project",
    parameters: { project: text<ProjectId>() },
    row: { count: integer() },
  }),
  insert: statement({
    text: "INSERT OR IGNORE INTO flavor (project, name) VALUES (:project, :name)",
    parameters: FLAVOR_ROW,
  }),
  remove: statement({
    text: "DELETE FROM flavor WHERE project = :project AND name = :name",
    parameters: FLAVOR_ROW,
  }),
};

export class Flavors {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** The names of up to `limit` flavors of a project, after the name `marker`, in order. */
  list(project: ProjectId, marker: string, limit: number): readonly string[] {
    return this.sql.all(STATEMENTS.page, { project, marker, limit }).map(({ name }) => name);
  }

  has(project: ProjectId, name: string): boolean {
    return this.sql.one(STATEMENTS.has, { project, name }) !== null;
  }

  /** Whether any project has a flavor of the name. */
  isUsed(name: string): boolean {
    return this.sql.one(STATEMENTS.isUsed, { name }) !== null;
  }

  count(project: ProjectId): number {
    return this.sql.one(STATEMENTS.count, { project })?.count ?? 0;
  }

  insert(project: ProjectId, name: string): void {
    this.sql.run(STATEMENTS.insert, { project, name });
  }

  remove(project: ProjectId, name: string): void {
    this.sql.run(STATEMENTS.remove, { project, name });
  }
}
