/** A table of PostgreSQL as a queue, with SELECT ... FOR UPDATE SKIP LOCKED. */
import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { BATCH, BODY, type Peer, type PeerClient } from "./peer.ts";
import { freePort, startProgram, versionOf } from "./processes.ts";

/** Debian's folder, with one folder per version. */
const PROGRAMS = "/usr/lib/postgresql";
const LEASE_S = 900;

export const POSTGRESQL: Peer = {
  name: "PostgreSQL, SKIP LOCKED",
  durability: "the write-ahead log, flushed at each commit (the default)",
  version: () => versionOf(program("postgres") ?? "postgres", ["--version"], /PostgreSQL\) (\S+)/),
  async start(folder) {
    const data = join(folder, "data");
    mkdirSync(data);
    const user = userOf(folder, data);
    const made = spawnSync(program("initdb") ?? "initdb", ["-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"], {
      ...user,
      encoding: "utf8",
    });
    if (made.status !== 0) throw new Error(made.stderr);
    const port = await freePort();
    const settings = ["listen_addresses=127.0.0.1", `port=${port}`, `unix_socket_directories=${folder}`];
    const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
    const server = startProgram(program("postgres") ?? "postgres", args, user);
    await server.accepts(() => withClient(port, async (client) => await client.query("SELECT 1")));
    await withClient(port, async (client) => await client.query(TABLE));
    // SIGINT: at once, without waiting for clients.
    return { port, pid: server.pid, stop: () => server.stop("SIGINT") };
  },
  connect: async (port) => await PostgresClient.open(port),
};

const TABLE = `
  CREATE TABLE messages (id bigserial PRIMARY KEY, body jsonb NOT NULL, visible_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX messages_by_time ON messages (visible_at, id)`;
const INSERT = {
  name: "insert",
  text: "INSERT INTO messages (body) SELECT $1::jsonb FROM generate_series(1, $2::int)",
  values: [BODY.toString(), BATCH],
};
const CLAIM = {
  name: "claim",
  text: `UPDATE messages SET visible_at = now() + $2 * interval '1 second' WHERE id IN (
    SELECT id FROM messages WHERE visible_at <= now() ORDER BY visible_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
  ) RETURNING id, body::text`,
  values: [BATCH, LEASE_S],
};

class PostgresClient implements PeerClient {
  private readonly client: Client;
  private ids: readonly string[] = [];

  private constructor(client: Client) {
    this.client = client;
  }

  static async open(port: number): Promise<PostgresClient> {
    const client = new Client(access(port));
    await client.connect();
    return new PostgresClient(client);
  }

  async post(): Promise<void> {
    await this.client.query(INSERT);
  }

  async claim(): Promise<number> {
    const { rows } = await this.client.query<{ id: string }>(CLAIM);
    this.ids = rows.map(({ id }) => id);
    return this.ids.length;
  }

  async remove(): Promise<void> {
    const text = "DELETE FROM messages WHERE id = ANY($1::bigint[])";
    await this.client.query({ name: "remove", text, values: [this.ids] });
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

function access(port: number): { host: string; port: number; user: string; database: string } {
  return { host: "127.0.0.1", port, user: "bench", database: "postgres" };
}

async function withClient(port: number, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client(access(port));
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** The program of the newest installed version. */
function program(name: string): string | null {
  const versions = existsSync(PROGRAMS) ? readdirSync(PROGRAMS).toSorted((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(PROGRAMS, version, "bin", name)).find((path) => existsSync(path)) ?? null;
}

/** PostgreSQL refuses to run as root, so root runs it as Debian's user `postgres`. */
function userOf(...folders: readonly string[]): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
  const [uid, gid] = [idOf("-u"), idOf("-g")];
  for (const folder of folders) chownSync(folder, uid, gid);
  return { uid, gid };
}
