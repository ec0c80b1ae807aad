/** The row of a shard: the last command of its home. It is never deleted, not with the queue either (domain/spread.ts). */
import type { Epoch } from "../../domain/id.ts";
import { NO_COMMAND, type ShardRow, type ShardState } from "../../domain/spread.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text } from "../statement.ts";

export const TABLES = ["shard"] as const;

const SHARD_ROW = {
  version: integer(),
  state: text<ShardState>(),
  epoch: nullable(text<Epoch>()),
  last: integer(),
};

export const STATEMENTS = {
  read: statement({ text: "SELECT version, state, epoch, last FROM shard", row: SHARD_ROW }),
  write: statement({
    text: "INSERT OR REPLACE INTO shard (id, version, state, epoch, last) VALUES (1, :version, :state, :epoch, :last)",
    parameters: SHARD_ROW,
  }),
};

export interface StoredShard extends ShardRow {
  /** While the shard has no log: the last number that it has given, or has to pass over. */
  readonly last: number;
}

export function readShard(sql: Sql): StoredShard {
  return sql.one(STATEMENTS.read) ?? { ...NO_COMMAND, last: 0 };
}

/** Within a transaction. */
export function writeShard(sql: Sql, { version, state, epoch, last }: StoredShard): void {
  sql.run(STATEMENTS.write, { version, state, epoch, last });
}
