/** The API keys of a project: the grant of each, and a hash of its secret. */
import type { KeyGrant, KeyRecord, KeyRole } from "../../domain/api-key.ts";
import { KEY_USE_RESOLUTION } from "../../domain/api-key.ts";
import { equalsInConstantTime } from "../../domain/digest.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text, type ValuesOf } from "../statement.ts";

export const TABLES = ["api_key"] as const;

const NEW_KEY_ROW = {
  id: text(),
  /** SHA-256 of the secret, hexadecimal. */
  digest: text(),
  description: text(),
  /** A JSON array. */
  roles: text(),
  queue_prefix: text(),
  created_at_ms: integer<EpochMs>(),
  expires_at_ms: nullable(integer<EpochMs>()),
};
const KEY_ROW = { ...NEW_KEY_ROW, used_at_ms: nullable(integer<EpochMs>()) };

const COLUMNS = "id, digest, description, roles, queue_prefix, created_at_ms, expires_at_ms, used_at_ms FROM api_key";

export const STATEMENTS = {
  find: statement({ text: `SELECT ${COLUMNS} WHERE id = :id`, parameters: { id: text() }, row: KEY_ROW }),
  page: statement({
    text: `SELECT ${COLUMNS} WHERE id > :marker ORDER BY id LIMIT :limit`,
    parameters: { marker: text(), limit: integer() },
    row: KEY_ROW,
  }),
  count: statement({ text: "SELECT count(*) AS count FROM api_key", row: { count: integer() } }),
  insert: statement({
    text: `INSERT INTO api_key (id, digest, description, roles, queue_prefix, created_at_ms, expires_at_ms)
             VALUES (:id, :digest, :description, :roles, :queue_prefix, :created_at_ms, :expires_at_ms)`,
    parameters: NEW_KEY_ROW,
  }),
  noteUse: statement({
    text: "UPDATE api_key SET used_at_ms = :now WHERE id = :id",
    parameters: { now: integer<EpochMs>(), id: text() },
  }),
  remove: statement({ text: "DELETE FROM api_key WHERE id = :id", parameters: { id: text() } }),
};

export class Keys {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  get(id: string): KeyRecord | null {
    const row = this.sql.one(STATEMENTS.find, { id });
    return row === null ? null : toRecord(row);
  }

  /** The grant of a key, if the digest matches and the key has not expired. Writes the time of use if the last one is too old. */
  use(id: string, digest: string, now: EpochMs): KeyGrant | null {
    const row = this.sql.one(STATEMENTS.find, { id });
    if (row === null || !equalsInConstantTime(row.digest, digest)) return null;
    const { roles, queuePrefix, expiresAt } = toRecord(row);
    if (expiresAt !== null && expiresAt <= now) return null;
    if (row.used_at_ms === null || now - row.used_at_ms >= KEY_USE_RESOLUTION)
      this.sql.run(STATEMENTS.noteUse, { now, id });
    return { roles, queuePrefix, expiresAt };
  }

  /** Up to `limit` keys after the id `marker`, in the order of their ids. */
  list(marker: string, limit: number): KeyRecord[] {
    return this.sql.all(STATEMENTS.page, { marker, limit }).map(toRecord);
  }

  count(): number {
    return this.sql.one(STATEMENTS.count)?.count ?? 0;
  }

  insert(key: Omit<KeyRecord, "usedAt"> & { readonly digest: string }): void {
    this.sql.run(STATEMENTS.insert, {
      id: key.id,
      digest: key.digest,
      description: key.description,
      roles: JSON.stringify(key.roles),
      queue_prefix: key.queuePrefix,
      created_at_ms: key.createdAt,
      expires_at_ms: key.expiresAt,
    });
  }

  remove(id: string): void {
    this.sql.run(STATEMENTS.remove, { id });
  }
}

function toRecord(row: ValuesOf<typeof KEY_ROW>): KeyRecord {
  return {
    id: row.id,
    description: row.description,
    roles: parseRoles(row.roles),
    queuePrefix: row.queue_prefix,
    createdAt: row.created_at_ms,
    expiresAt: row.expires_at_ms,
    usedAt: row.used_at_ms,
  };
}

/** Parses the roles; none if the row is damaged. Its key then grants nothing, and the others can still be listed. */
function parseRoles(json: string): readonly KeyRole[] {
  try {
    return JSON.parse(json) as readonly KeyRole[];
  } catch {
    return [];
  }
}
