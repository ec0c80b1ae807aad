/** The client: where the service is, and what it has. */
import { ApiKeys } from "./api-keys.ts";
import type {
  Overview,
  OverviewOptions,
  ProjectListOptions,
  ProjectUsage,
  Series,
  SeriesOptions,
  UsageOptions,
} from "./figures.ts";
import { toDetails, type PlaceDetails, type WirePlace } from "./place-details.ts";
import { Queue, Topic, type QueueOptions } from "./queue.ts";
import { Quotas } from "./quotas.ts";
import { Registry, type Flavor, type NewFlavor, type NewPool, type Pool } from "./registry.ts";
import type { HealthReport, ServiceView } from "./service-view.ts";
import { Transport, type List, type PageOptions, type Signal, type SukkalOptions } from "./transport.ts";

export interface PlaceListOptions extends PageOptions {
  /** A text that names have to contain. */
  readonly name?: string | undefined;
  /** Whether it reads the statistics of each too, so that the deepest queues are found without a request for each. */
  readonly details?: boolean | undefined;
}

/**
 * A client of one project.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * const sukkal = new Sukkal({ url, project: "demo" });
 * await sukkal.queue("jobs").post({ resize: "cat.png" });
 * await sukkal.topic("news").create();
 * for await (const { name, stats } of sukkal.queues({ details: true })) console.log(name, stats?.free);
 * for await (const { name, metadata } of sukkal.topics()) console.log(name, metadata);
 * const { version, extensions, limits, caller } = await sukkal.service();
 * console.log(version, extensions.includes("claim-wait"), limits["max_message_ttl"], caller.roles);
 * for (const { name, messages } of (await sukkal.overview({ sort: "free" })).places) console.log(name, messages.free);
 * console.log((await sukkal.series({ queue: "jobs" })).messages.free.at(-1));
 * console.log((await sukkal.openapi()).length); // For generators of other clients.
 * ```
 */
export class Sukkal {
  readonly keys: ApiKeys;
  readonly quotas: Quotas;
  readonly pools: Registry<Pool, NewPool>;
  readonly flavors: Registry<Flavor, NewFlavor>;
  readonly #transport: Transport;

  constructor(options: SukkalOptions) {
    this.#transport = new Transport(options);
    this.keys = new ApiKeys(this.#transport);
    this.quotas = new Quotas(this.#transport);
    this.pools = new Registry(this.#transport, "pools");
    this.flavors = new Registry(this.#transport, "flavors");
  }

  /** A queue. This sends nothing: a post creates the queue. */
  queue<T = unknown, In = T>(name: string, options: QueueOptions<T, In> = {}): Queue<T, In> {
    return new Queue(this.#transport, name, options);
  }

  topic<T = unknown>(name: string): Topic<T> {
    return new Topic(this.#transport, name);
  }

  queues(options?: PlaceListOptions): List<PlaceDetails> {
    return this.#list("queues", options);
  }

  topics(options?: PlaceListOptions): List<PlaceDetails> {
    return this.#list("topics", options);
  }

  /** All queues and topics with their figures, in one request that wakes none of them. */
  overview(options?: OverviewOptions): Promise<Overview> {
    return this.#transport.get("/v2/overview", options);
  }

  /** Figures of the past of a queue, a topic, or of all together. */
  series(options?: SeriesOptions): Promise<Series> {
    return this.#transport.get("/v2/series", options);
  }

  /** What a project stores and has done. Needs the role admin. */
  usage(options?: UsageOptions): Promise<ProjectUsage> {
    return this.#transport.get("/v2/usage", options);
  }

  /** The projects whose queues changed last, with their usage. Needs an operator. */
  projects(options?: ProjectListOptions): List<ProjectUsage> {
    return this.#transport.list("/v2/projects", options);
  }

  /** What the service is, its limits, and who the caller is to it. */
  service(options?: Signal): Promise<ServiceView> {
    return this.#transport.get("/v2/service", options);
  }

  /** Resolves if the service answers. */
  ping(options?: Signal): Promise<void> {
    return this.#transport.get("/v2/ping", options);
  }

  /** Tries out the storage, where the service has the report (`ADMIN_MODE`). Needs an operator. */
  health(options?: Signal): Promise<HealthReport> {
    return this.#transport.get("/v2/health", options);
  }

  /** The service's description of its API (OpenAPI 3.1), as text. */
  async openapi(options?: Signal): Promise<string> {
    const call = { method: "GET", path: "/openapi.json", ...options } as const;
    return (await this.#transport.send(call)).text;
  }

  #list(kind: "queues" | "topics", options?: PlaceListOptions): List<PlaceDetails> {
    const query = { ...options, detailed: true };
    return this.#transport.list(`/v2/${kind}`, query, (page) => (page[kind] as readonly WirePlace[]).map(toDetails));
  }
}
