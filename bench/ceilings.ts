/**
 * The Worker that shows what the runtime itself can do on this machine, in the same run as the benchmark: nothing of
 * Sukkal's can be faster than a route that only says hello, an object that does nothing, or one commit.
 */
import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";

interface Bindings {
  readonly CEILINGS: DurableObjectNamespace<CeilingObject>;
}

export class CeilingObject extends DurableObject<Bindings> {
  constructor(state: DurableObjectState, bindings: Bindings) {
    super(state, bindings);
    state.storage.sql
      .exec("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")
      .toArray();
  }

  nothing(): string {
    return "nothing";
  }

  /** One row, hence one commit: the answer leaves when the disk has it. */
  write(body: string): string {
    this.ctx.storage.sql.exec("INSERT INTO row (body) VALUES (?)", body).toArray();
    return "written";
  }
}

const app = new Hono<{ Bindings: Bindings }>();

app.get("/hello", (context) => context.text("hello"));

app.get("/nothing", async (context) => context.text(await stub(context.env).nothing()));

app.post("/rows", async (context) => context.text(await stub(context.env).write(await context.req.text()), 201));

function stub(bindings: Bindings): DurableObjectStub<CeilingObject> {
  return bindings.CEILINGS.getByName("ceilings");
}

export default app;
