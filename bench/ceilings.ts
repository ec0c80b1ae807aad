/**
 * A Worker that measures the limits of the runtime on this machine, in the same run as the benchmark: a route that only
 * answers, a call of an object that does nothing, and one commit. The service cannot be faster than these.
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

  /** Writes one row in one commit. The runtime sends the answer after the flush to disk. */
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
