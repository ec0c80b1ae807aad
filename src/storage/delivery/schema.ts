/** The tables of a DeliveryObject; `docs/STORAGE.md` explains every column. Append only. */
export const DELIVERY_MIGRATIONS: readonly string[] = [
  `CREATE TABLE subscription (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     subscriber TEXT NOT NULL,
     options TEXT NOT NULL,
     queue_policy TEXT,
     secrets TEXT NOT NULL,
     epoch TEXT,
     number INTEGER NOT NULL,
     ended INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE delivery (
     id INTEGER PRIMARY KEY,
     message TEXT NOT NULL,
     attempts INTEGER NOT NULL,
     due_at_ms INTEGER,
     ttl_s INTEGER,
     delay_s INTEGER,
     content TEXT NOT NULL
   ) STRICT;
   CREATE TABLE history (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     delivered INTEGER NOT NULL,
     failed INTEGER NOT NULL,
     attempts TEXT NOT NULL
   ) STRICT`,
  "ALTER TABLE delivery ADD COLUMN hops INTEGER NOT NULL DEFAULT 0",
  "ALTER TABLE subscription ADD COLUMN agreed INTEGER NOT NULL DEFAULT 1",
  `ALTER TABLE delivery ADD COLUMN accepted_at_ms INTEGER;
   ALTER TABLE delivery ADD COLUMN attempted_at_ms INTEGER;
   ALTER TABLE delivery ADD COLUMN last_attempt TEXT`,
  "ALTER TABLE delivery ADD COLUMN original TEXT",
  "ALTER TABLE delivery ADD COLUMN traceparent TEXT",
];
