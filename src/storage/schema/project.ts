/** The tables of a ProjectObject; `docs/STORAGE.md` explains every column. Append only. */
export const PROJECT_MIGRATIONS: readonly string[] = [
  `CREATE TABLE queue (
     name TEXT PRIMARY KEY,
     metadata TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
];
