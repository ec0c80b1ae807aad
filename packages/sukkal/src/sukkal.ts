/** The client: where the service is, and what it has. */
import { ApiKeys } from "./api-keys.ts";
import type { Metadata } from "./place.ts";
import { Queue, Topic, type QueueOptions } from "./queue.ts";
import { Quotas } from "./quotas.ts";
import { Transport, type Signal, type SukkalOptions } from "./transport.ts";

/** A queue or topic in a list. */
export interface ListedPlace {
  readonly name: string;
  readonly metadata: Metadata;
}

export interface PlaceListOptions extends Signal {
  /** A text that names have to contain. */
  readonly name?: string;
  /** Places a page. */
  readonly limit?: number;
}

/**
 * A client of one project.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * const sukkal = new Sukkal({ url, project: "demo" });
 * await sukkal.queue("jobs").post({ resize: "cat.png" });
 * ```
 */
export class Sukkal {
  readonly keys: ApiKeys;
  readonly quotas: Quotas;
  private readonly transport: Transport;

  constructor(options: SukkalOptions) {
    this.transport = new Transport(options);
    this.keys = new ApiKeys(this.transport);
    this.quotas = new Quotas(this.transport);
  }

  /** A queue. This sends nothing: a post creates the queue. */
  queue<T = unknown>(name: string, options: QueueOptions<T> = {}): Queue<T> {
    return new Queue(this.transport, name, options);
  }

  topic<T = unknown>(name: string): Topic<T> {
    return new Topic(this.transport, name);
  }

  queues(options: PlaceListOptions = {}): AsyncGenerator<ListedPlace, void, undefined> {
    return this.list("queues", options);
  }

  topics(options: PlaceListOptions = {}): AsyncGenerator<ListedPlace, void, undefined> {
    return this.list("topics", options);
  }

  /** What the service is, its limits, and who the caller is to it. */
  service({ signal }: Signal = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.transport.json({ method: "GET", path: "/v2/service", isRepeatable: true, signal });
  }

  private async *list(
    kind: "queues" | "topics",
    { name, limit, signal }: PlaceListOptions,
  ): AsyncGenerator<ListedPlace, void, undefined> {
    for (let marker: string | undefined; ;) {
      const query = { marker, limit, name, detailed: true };
      const call = { method: "GET", path: `/v2/${kind}`, query, isRepeatable: true, signal } as const;
      const page = (await this.transport.json<Record<string, ListedPlace[]>>(call))[kind] ?? [];
      yield* page;
      marker = page.at(-1)?.name;
      if (marker === undefined) return;
    }
  }
}
