/** The API keys of a project: the grant of each, and a hash of its secret. */
import type { KeyGrant, KeyRecord, KeyRole } from "../../domain/api-key.ts";
import { KEY_USE_RESOLUTION } from "../../domain/api-key.ts";
import { equalsInConstantTime } from "../../domain/digest.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";

interface KeyRow extends Record<string, SqlStorageValue> {
  id: string;
  /** SHA-256 of the secret, hexadecimal. */
  digest: string;
  description: string;
  /** A JSON array. */
  roles: string;
  queue_prefix: string;
  created_at_ms: number;
  expires_at_ms: number | null;
  used_at_ms: number | null;
}

const COLUMNS = "id, digest, description, roles, queue_prefix, created_at_ms, expires_at_ms, used_at_ms FROM api_key";

const QUERIES = {
  find: `SELECT ${COLUMNS} WHERE id = ?`,
  behind: `SELECT ${COLUMNS} WHERE id > ? ORDER BY id LIMIT ?`,
  count: "SELECT count(*) AS count FROM api_key",
  insert: `INSERT INTO api_key (id, digest, description, roles, queue_prefix, created_at_ms, expires_at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?)`,
  noteUse: "UPDATE api_key SET used_at_ms = ? WHERE id = ?",
  remove: "DELETE FROM api_key WHERE id = ?",
};

export type NewKey = Omit<KeyRecord, "usedAt"> & { readonly digest: string };

export class Keys {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  get(id: string): KeyRecord | null {
    const row = this.sql.one<KeyRow>(QUERIES.find, id);
    return row === null ? null : toRecord(row);
  }

  /** The grant of a key, if the digest matches and the key has not expired. Sometimes writes the time of its last use. */
  use(id: string, digest: string, now: EpochMs): KeyGrant | null {
    const row = this.sql.one<KeyRow>(QUERIES.find, id);
    if (row === null || !equalsInConstantTime(row.digest, digest)) return null;
    const { roles, queuePrefix, expiresAt } = toRecord(row);
    if (expiresAt !== null && expiresAt <= now) return null;
    if (row.used_at_ms === null || now - row.used_at_ms >= KEY_USE_RESOLUTION) this.sql.run(QUERIES.noteUse, now, id);
    return { roles, queuePrefix, expiresAt };
  }

  /** Up to `limit` keys after the id `marker`, in the order of their ids. */
  list(marker: string, limit: number): KeyRecord[] {
    return this.sql.all<KeyRow>(QUERIES.behind, marker, limit).map(toRecord);
  }

  count(): number {
    return this.sql.one<{ count: number }>(QUERIES.count)?.count ?? 0;
  }

  insert(key: NewKey): void {
    const { id, digest, description, roles, queuePrefix, createdAt, expiresAt } = key;
    this.sql.run(QUERIES.insert, id, digest, description, JSON.stringify(roles), queuePrefix, createdAt, expiresAt);
  }

  remove(id: string): void {
    this.sql.run(QUERIES.remove, id);
  }
}

function toRecord(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    description: row.description,
    roles: parseRoles(row.roles),
    queuePrefix: row.queue_prefix,
    createdAt: toEpochMs(row.created_at_ms),
    expiresAt: row.expires_at_ms === null ? null : toEpochMs(row.expires_at_ms),
    usedAt: row.used_at_ms === null ? null : toEpochMs(row.used_at_ms),
  };
}

/** Parses the roles; none if the row is damaged. Its key then grants nothing, and the others can still be listed. */
function parseRoles(text: string): readonly KeyRole[] {
  try {
    return JSON.parse(text) as readonly KeyRole[];
  } catch {
    return [];
  }
}
