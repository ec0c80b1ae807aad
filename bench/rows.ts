/**
 * The service with one route more: how many rows an object has written and read since it woke. The counts are the
 * cursors' own, so the benchmark reports what would be billed and not what the schema promises.
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
    return { written: this.store.sql.rowsWritten, read: this.store.sql.rowsRead };
  }
}

export class DeliveryObject extends ServiceDeliveryObject {
  rowCounts(): RowCounts {
    return { written: this.store.sql.rowsWritten, read: this.store.sql.rowsRead };
  }
}

interface Bindings {
  readonly QUEUES: DurableObjectNamespace<QueueObject>;
  readonly DELIVERIES: DurableObjectNamespace<DeliveryObject>;
}

/** What follows is the kind of an object, and its name. */
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
