/**
 * The subscriptions of a hub's connections. The rows outlive a crash, which ends all connections, so that their subscriptions can
 * be ended afterwards. The subscriptions are also in memory, because every push is compared with them.
 */
import type { Epoch, ProjectId, QueueName } from "../../domain/id.ts";
import type { Place, PlaceKind } from "../../domain/place.ts";
import type { Sql } from "../sql.ts";
import { statement, text } from "../statement.ts";

export const TABLES = ["subscription"] as const;

const HUB_SUBSCRIPTION_ROW = {
  connection: text(),
  project: text<ProjectId>(),
  kind: text<PlaceKind>(),
  place: text<QueueName>(),
};

export const STATEMENTS = {
  all: statement({ text: "SELECT connection, project, kind, place FROM subscription", row: HUB_SUBSCRIPTION_ROW }),
  insert: statement({
    text: `INSERT OR REPLACE INTO subscription (connection, project, kind, place)
             VALUES (:connection, :project, :kind, :place)`,
    parameters: HUB_SUBSCRIPTION_ROW,
  }),
  remove: statement({
    text: `DELETE FROM subscription
             WHERE connection = :connection AND project = :project AND kind = :kind AND place = :place`,
    parameters: HUB_SUBSCRIPTION_ROW,
  }),
};

/** A subscription of a connection to a queue or topic. */
export interface HubSubscription {
  readonly project: ProjectId;
  readonly place: Place;
  /** The newest pushed message; null: none since the hub woke. Queues repeat pushes after a crash. */
  position: { readonly epoch: Epoch; readonly number: number } | null;
}

export class HubSubscriptionStore {
  private readonly sql: Sql;
  /** By connection, and by place. */
  private readonly entries = new Map<string, Map<string, HubSubscription>>();

  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** Builds memory from the rows. The table has to exist. */
  load(): void {
    this.entries.clear();
    for (const { connection, project, kind, place } of this.sql.all(STATEMENTS.all)) {
      this.keep(connection, project, { kind, name: place });
    }
  }

  /** The connections with subscriptions. */
  get connections(): readonly string[] {
    return [...this.entries.keys()];
  }

  of(connection: string): readonly HubSubscription[] {
    return [...(this.entries.get(connection)?.values() ?? [])];
  }

  find(connection: string, project: ProjectId, place: Place): HubSubscription | null {
    return this.entries.get(connection)?.get(keyOf(project, place)) ?? null;
  }

  /** All methods that write must be called in a transaction. */
  add(connection: string, project: ProjectId, place: Place): void {
    this.sql.run(STATEMENTS.insert, { connection, project, kind: place.kind, place: place.name });
    this.keep(connection, project, place);
  }

  remove(connection: string, project: ProjectId, place: Place): void {
    this.sql.run(STATEMENTS.remove, { connection, project, kind: place.kind, place: place.name });
    const others = this.entries.get(connection);
    others?.delete(keyOf(project, place));
    if (others?.size === 0) this.entries.delete(connection);
  }

  private keep(connection: string, project: ProjectId, place: Place): void {
    const others = this.entries.get(connection) ?? new Map<string, HubSubscription>();
    others.set(keyOf(project, place), { project, place, position: null });
    this.entries.set(connection, others);
  }
}

/** Names of places contain neither a colon nor a slash. */
function keyOf(project: ProjectId, { kind, name }: Place): string {
  return `${kind}:${name}/${project}`;
}
