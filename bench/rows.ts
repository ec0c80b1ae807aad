/**
 * The service with one more route, which returns the number of rows that an object has written and read since it started. The
 * counts are those of SQLite's cursors, which Cloudflare bills.
 */
import service from "../src/index.ts";
import { DeliveryObject as ServiceDeliveryObject } from "../src/objects/delivery/delivery-object.ts";
import { QueueObject as ServiceQueueObject } from "../src/objects/queue/queue-object.ts";
import type { RowCounts } from "./row-counts.ts";

export { control } from "../src/index.ts";
export { TopicObject } from "../src/objects/queue/topic-object.ts";
export { ProjectObject } from "../src/objects/project/project-object.ts";

export class QueueObject extends ServiceQueueObject {
  rowCounts(): RowCounts {
    const { sql } = this.host.store;
    return { written: sql.rowsWritten, read: sql.rowsRead };
  }
}

export class DeliveryObject extends ServiceDeliveryObject {
  rowCounts(): RowCounts {
    const { sql } = this.store;
    return { written: sql.rowsWritten, read: sql.rowsRead };
  }
}

interface Bindings {
  readonly QUEUES: DurableObjectNamespace<QueueObject>;
  readonly DELIVERIES: DurableObjectNamespace<DeliveryObject>;
}

/** The path contains the kind and the name of an object. */
const ROUTE = /^\/row-counts\/(queue|delivery)\/(.+)$/;

export default {
  async fetch(
    request: Request,
    bindings: Bindings & Parameters<typeof service.fetch>[1],
    context: ExecutionContext,
  ): Promise<Response> {
    const [, kind, name = ""] = ROUTE.exec(new URL(request.url).pathname) ?? [];
    if (kind === undefined) return await service.fetch(request, bindings, context);
    const namespace = kind === "queue" ? bindings.QUEUES : bindings.DELIVERIES;
    return Response.json(await namespace.getByName(name).rowCounts());
  },
};
