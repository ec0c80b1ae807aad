/** The tables of a ProjectObject; `docs/STORAGE.md` explains every column. Append only. */
export const PROJECT_MIGRATIONS: readonly string[] = [
  `CREATE TABLE queue (
     name TEXT PRIMARY KEY,
     metadata TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE api_key (
     id TEXT PRIMARY KEY,
     digest TEXT NOT NULL,
     description TEXT NOT NULL,
     roles TEXT NOT NULL,
     queue_prefix TEXT NOT NULL,
     created_at_ms INTEGER NOT NULL,
     expires_at_ms INTEGER,
     used_at_ms INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE quota (
     name TEXT PRIMARY KEY,
     value INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE topic (
     name TEXT PRIMARY KEY,
     metadata TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE placement (
     kind TEXT NOT NULL,
     name TEXT NOT NULL,
     region TEXT NOT NULL,
     pool TEXT,
     token TEXT NOT NULL,
     PRIMARY KEY (kind, name)
   ) STRICT, WITHOUT ROWID`,
  "ALTER TABLE placement ADD COLUMN spread TEXT",
];
