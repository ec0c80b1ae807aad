/** The tables of a QueueObject; `docs/STORAGE.md` explains every column. Append only. */
export const QUEUE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE queue (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     epoch TEXT NOT NULL,
     metadata TEXT NOT NULL,
     reserved INTEGER NOT NULL,
     indexed INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE segment (
     first INTEGER PRIMARY KEY,
     count INTEGER NOT NULL,
     ttl_s INTEGER NOT NULL,
     posted_at_ms INTEGER NOT NULL,
     visible_at_ms INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     client TEXT NOT NULL,
     origin_epoch TEXT,
     origin_first INTEGER,
     bodies TEXT NOT NULL
   ) STRICT;
   CREATE INDEX segment_origin ON segment (origin_epoch, origin_first) WHERE origin_epoch IS NOT NULL;
   CREATE TABLE residue (
     first INTEGER PRIMARY KEY,
     gone TEXT NOT NULL,
     gone_count INTEGER NOT NULL,
     claims TEXT NOT NULL,
     lives TEXT NOT NULL,
     expires_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE claim (
     slot INTEGER PRIMARY KEY,
     id TEXT NOT NULL,
     created_at_ms INTEGER NOT NULL,
     ttl_s INTEGER NOT NULL,
     grace_s INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     counted INTEGER NOT NULL,
     ranges TEXT NOT NULL
   ) STRICT;
   CREATE TABLE receipt (
     key TEXT PRIMARY KEY,
     fingerprint TEXT NOT NULL,
     first INTEGER NOT NULL,
     count INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE transfer (
     number INTEGER PRIMARY KEY,
     target TEXT NOT NULL,
     origin_epoch TEXT NOT NULL,
     origin_first INTEGER NOT NULL,
     count INTEGER NOT NULL,
     ttl_s INTEGER NOT NULL,
     posted_at_ms INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     client TEXT NOT NULL,
     bodies TEXT NOT NULL
   ) STRICT;
   CREATE TABLE adoption (
     source TEXT PRIMARY KEY,
     number INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE signing (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     generation TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE subscription (
     number INTEGER PRIMARY KEY,
     id TEXT NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     confirmed INTEGER NOT NULL,
     disabled INTEGER NOT NULL,
     served_epoch TEXT NOT NULL,
     served INTEGER NOT NULL,
     lagging INTEGER NOT NULL,
     subscriber TEXT NOT NULL,
     ttl_s INTEGER NOT NULL,
     created_at_ms INTEGER NOT NULL,
     options TEXT NOT NULL,
     secret TEXT,
     previous_secret TEXT,
     previous_until_ms INTEGER
   ) STRICT;
   CREATE TABLE farewell (
     id TEXT PRIMARY KEY,
     finish INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE outbox (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     epoch TEXT NOT NULL,
     handed INTEGER NOT NULL,
     sweep_at_ms INTEGER
   ) STRICT`,
  `CREATE TABLE redrive (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     status TEXT NOT NULL,
     target TEXT,
     prefix TEXT NOT NULL,
     max_messages INTEGER,
     rate INTEGER,
     next INTEGER NOT NULL,
     last INTEGER NOT NULL,
     moved INTEGER NOT NULL,
     used_up_to_ms INTEGER NOT NULL,
     started_at_ms INTEGER NOT NULL,
     finished_at_ms INTEGER
   ) STRICT`,
  // These columns come after the bodies, which may be long: they are read only with the bodies, or for single rows.
  `ALTER TABLE segment ADD COLUMN checksum INTEGER;
   ALTER TABLE segment ADD COLUMN moves INTEGER;
   ALTER TABLE transfer ADD COLUMN moves INTEGER`,
  "ALTER TABLE queue ADD COLUMN lead_ms INTEGER NOT NULL DEFAULT 0",
  `CREATE TABLE wait (
     number INTEGER PRIMARY KEY,
     id TEXT NOT NULL,
     hub TEXT NOT NULL,
     connection TEXT NOT NULL,
     client TEXT NOT NULL,
     until_ms INTEGER NOT NULL
   ) STRICT`,
  "ALTER TABLE residue ADD COLUMN delays TEXT",
  // After the bodies too.
  `ALTER TABLE segment ADD COLUMN dead_from TEXT;
   ALTER TABLE segment ADD COLUMN dead_at_ms INTEGER;
   ALTER TABLE transfer ADD COLUMN dead_at_ms INTEGER`,
  // After the bodies too, with which it is read.
  `ALTER TABLE segment ADD COLUMN traceparent TEXT;
   ALTER TABLE transfer ADD COLUMN traceparent TEXT`,
  "ALTER TABLE adoption ADD COLUMN counted_by INTEGER",
  "ALTER TABLE claim ADD COLUMN client TEXT",
  "ALTER TABLE subscription ADD COLUMN event_states TEXT",
  `CREATE TABLE spread (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     version INTEGER NOT NULL,
     phase TEXT NOT NULL,
     objects INTEGER NOT NULL,
     floor INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE shard (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     version INTEGER NOT NULL,
     state TEXT NOT NULL,
     epoch TEXT,
     last INTEGER NOT NULL
   ) STRICT`,
  `ALTER TABLE spread ADD COLUMN changed_at_ms INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE spread ADD COLUMN quiet_since_ms INTEGER`,
  "ALTER TABLE queue ADD COLUMN spread_rule TEXT",
  // After the bodies too. It replaces `checksum`, whose NULL older versions accept.
  "ALTER TABLE segment ADD COLUMN crc INTEGER",
];
