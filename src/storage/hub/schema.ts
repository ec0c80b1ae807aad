/** The tables of a HubObject; `docs/STORAGE.md` explains every column. Append only. */
export const HUB_MIGRATIONS: readonly string[] = [
  `CREATE TABLE subscription (
     connection TEXT NOT NULL,
     project TEXT NOT NULL,
     kind TEXT NOT NULL,
     place TEXT NOT NULL,
     PRIMARY KEY (connection, project, kind, place)
   ) STRICT, WITHOUT ROWID`,
];
