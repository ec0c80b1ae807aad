/** The tables of the PoolsObject; `docs/STORAGE.md` explains every column. Append only. */
export const POOLS_MIGRATIONS: readonly string[] = [
  `CREATE TABLE pool (
     name TEXT PRIMARY KEY,
     uri TEXT NOT NULL,
     weight INTEGER NOT NULL,
     flavor TEXT,
     options TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE flavor (
     project TEXT NOT NULL,
     name TEXT NOT NULL,
     PRIMARY KEY (project, name)
   ) STRICT, WITHOUT ROWID`,
];
