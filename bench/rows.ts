/**
 * The service with one route more: how many rows a queue's object has written and read since it woke. The counts are the
 * cursors' own, so the benchmark reports what would be billed and not what the schema promises.
 */
import service from "../src/index.ts";
import { QueueObject as ServiceQueueObject } from "../src/objects/queue.ts";
import type { RowCounts } from "./row-counts.ts";

export { ProjectObject } from "../src/objects/project.ts";

export class QueueObject extends ServiceQueueObject {
  rowCounts(): RowCounts {
    return { written: this.sql.rowsWritten, read: this.sql.rowsRead };
  }
}

interface Bindings {
  readonly QUEUES: DurableObjectNamespace<QueueObject>;
}

/** The rest of the path is the name of an object, `project/queue`. */
const ROUTE = "/row-counts/";

export default {
  async fetch(
    request: Request,
    bindings: Bindings & Parameters<typeof service.fetch>[1],
    context: ExecutionContext,
  ): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith(ROUTE)) return await service.fetch(request, bindings, context);
    return Response.json(await bindings.QUEUES.getByName(pathname.slice(ROUTE.length)).rowCounts());
  },
};
