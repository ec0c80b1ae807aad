/** The tables of the MeterObject; `docs/STORAGE.md` explains every column. Append only. */
export const METER_MIGRATIONS: readonly string[] = [
  `CREATE TABLE meter (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     is_open INTEGER NOT NULL,
     points_until_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE bucket (
     number INTEGER PRIMARY KEY,
     entries TEXT NOT NULL
   ) STRICT;
   CREATE TABLE series (
     bucket INTEGER NOT NULL,
     hour INTEGER NOT NULL,
     points TEXT NOT NULL,
     PRIMARY KEY (bucket, hour)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE active (
     project TEXT PRIMARY KEY,
     seen_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE requests (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     since_ms INTEGER NOT NULL,
     counts TEXT
   ) STRICT`,
  "ALTER TABLE meter ADD COLUMN removed TEXT",
];
