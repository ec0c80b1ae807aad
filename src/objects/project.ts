/** ProjectObject: the sorted index of one project's queues. The queues are the authority; this only lists them. */
import { DurableObject } from "cloudflare:workers";
import type { QueueName } from "../domain/id.ts";
import type { JsonText } from "../domain/json.ts";
import { Catalog } from "../storage/catalog.ts";
import { isMigrated, migrate } from "../storage/migrate.ts";
import { PROJECT_MIGRATIONS } from "../storage/schema/project.ts";
import { Sql } from "../storage/sql.ts";
import type { ProjectRpc, QueueListRequest, QueuePage } from "./rpc.ts";

export class ProjectObject extends DurableObject implements ProjectRpc {
  private readonly sql: Sql;
  private readonly catalog: Catalog;
  /** A project that was only ever asked about holds no tables. */
  private hasTables: boolean;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.sql = new Sql(ctx.storage);
    this.catalog = new Catalog(this.sql);
    this.hasTables = isMigrated(this.sql);
    if (this.hasTables) migrate(this.sql, PROJECT_MIGRATIONS);
  }

  async list(request: QueueListRequest): Promise<QueuePage> {
    if (!this.hasTables) return { queues: [], count: request.withCount ? 0 : null };
    const filter = { name: request.name, metadata: request.filters };
    return {
      queues: this.catalog.list(request.marker ?? "", request.limit, filter),
      count: request.withCount ? this.catalog.count() : null,
    };
  }

  async enter(request: { readonly name: QueueName; readonly metadata: JsonText }): Promise<void> {
    if (!this.hasTables) migrate(this.sql, PROJECT_MIGRATIONS);
    this.hasTables = true;
    this.catalog.enter(request);
  }

  async leave(request: { readonly name: QueueName }): Promise<void> {
    if (this.hasTables) this.catalog.leave(request.name);
  }
}
