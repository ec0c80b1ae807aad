/**
 * A Worker that measures the limits of the runtime on this machine, in the same run as the benchmark: a route that only
 * answers, a call of an object that does nothing, one commit, and the least Worker that stores, hands out and deletes messages:
 * without projects, checks, leases, ids, order and statistics. The service cannot be faster than these.
 */
import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";
import { GroupCommit } from "../src/mechanisms/group-commit.ts";

interface Bindings {
  readonly CEILINGS: DurableObjectNamespace<CeilingObject>;
}

export class CeilingObject extends DurableObject<Bindings> {
  private readonly groupCommit = new GroupCommit();
  /** The row of the last post, and that of the last claim. */
  private posted: number;
  private claimed: number;

  constructor(state: DurableObjectState, bindings: Bindings) {
    super(state, bindings);
    state.storage.sql
      .exec("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")
      .toArray();
    const { sql } = state.storage;
    sql.exec("CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, messages TEXT NOT NULL) STRICT");
    sql.exec("CREATE TABLE IF NOT EXISTS claim (slot INTEGER PRIMARY KEY, log INTEGER NOT NULL) STRICT");
    this.claimed = sql.exec<{ last: number }>("SELECT coalesce(max(log), 0) AS last FROM claim").one().last;
    this.posted = sql.exec<{ last: number }>("SELECT coalesce(max(id), ?) AS last FROM log", this.claimed).one().last;
  }

  nothing(): string {
    return "nothing";
  }

  /** Writes one row in one commit. The runtime sends the answer after the flush to disk. */
  write(body: string): string {
    this.ctx.storage.sql.exec("INSERT INTO row (body) VALUES (?)", body).toArray();
    return "written";
  }

  /** Stores the messages of a post in one row. */
  post(messages: string): Promise<string> {
    return this.groupCommit.run(() => {
      this.ctx.storage.sql.exec("INSERT INTO log (id, messages) VALUES (?, ?)", ++this.posted, messages).toArray();
      return String(this.posted);
    });
  }

  /** Hands out the messages of the oldest post that is not claimed. */
  claim(): Promise<string> {
    return this.groupCommit.run(() => {
      const { sql } = this.ctx.storage;
      const id = ++this.claimed;
      const [row] = sql.exec<{ messages: string }>("SELECT messages FROM log WHERE id = ?", id).toArray();
      sql.exec("INSERT OR REPLACE INTO claim (slot, log) VALUES (?, ?)", id % CLAIM_SLOTS, id).toArray();
      return `{"id":${id},"posted":${row?.messages ?? "null"}}`;
    });
  }

  /** Deletes the messages of a post. */
  remove(id: number): Promise<void> {
    return this.groupCommit.run(() => {
      this.ctx.storage.sql.exec("DELETE FROM log WHERE id = ?", id).toArray();
    });
  }
}

/** The rows of claims, which are used again. */
const CLAIM_SLOTS = 1024;

const app = new Hono<{ Bindings: Bindings }>();

app.get("/hello", (context) => context.text("hello"));

app.get("/nothing", async (context) => context.text(await stub(context.env).nothing()));

app.post("/rows", async (context) => context.text(await stub(context.env).write(await context.req.text()), 201));

app.post("/log", async (context) => context.text(await stub(context.env).post(await context.req.text()), 201));

app.post("/claims", async (context) => {
  await context.req.text();
  return context.text(await stub(context.env).claim(), 201);
});

app.delete("/log/:id", async (context) => {
  await stub(context.env).remove(Number(context.req.param("id")));
  return context.body(null, 204);
});

function stub(bindings: Bindings): DurableObjectStub<CeilingObject> {
  return bindings.CEILINGS.getByName("ceilings");
}

export default app;
