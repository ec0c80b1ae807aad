/** Pools and flavors, where the service has them (`ADMIN_MODE` and `POOLING`). docs/POOLS.md describes them. */
import type { List, PageOptions, Signal, Transport } from "./transport.ts";

/** A place for queues. Only operators manage pools. */
export interface Pool {
  readonly name: string;
  /** `durable-object://[location-hint][?option=value&…]`; the options are `jurisdiction`, `throughput=high` and `order=fifo`. */
  readonly uri: string;
  /** How often it is chosen in comparison with others; 0: never. */
  readonly weight: number;
  /** null: it belongs to none. */
  readonly flavor: string | null;
  /** Without effect. Not in the answer to `update`. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** An empty `flavor`: none. */
export interface NewPool extends Pick<Pool, "uri" | "weight"> {
  readonly flavor?: string | undefined;
  readonly options?: Pool["options"] | undefined;
}

/** A set of pools, which queues choose by `_flavor`. */
export interface Flavor {
  readonly name: string;
  /** The names of its pools. Left out if it has none. */
  readonly pool_list?: readonly string[];
  /** What its queues can do. */
  readonly capabilities: readonly string[];
}

export interface NewFlavor {
  readonly pool_list: readonly string[];
  /** What its queues must be able to do. */
  readonly capabilities?: readonly string[] | undefined;
}

export interface RegistryOptions extends Signal {
  /** The project of a flavor, for operators without a project. Default: the caller's. */
  readonly project_id?: string | undefined;
}

/**
 * The pools of a service, as `sukkal.pools`, or the flavors of a project, as `sukkal.flavors`.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * const { pools, flavors } = new Sukkal({ url, key: adminKey });
 * await pools.create("west", { uri: "durable-object://weur", weight: 100, flavor: "near" });
 * await pools.update("west", { weight: 50 });
 * await flavors.create("near", { pool_list: ["west"] }, { project_id: "demo" });
 * for await (const { name, weight, flavor } of pools.list()) console.log(name, weight, flavor); // west 50 near
 * console.log((await flavors.get("near", { project_id: "demo" })).pool_list); // [ 'west' ]
 * await flavors.delete("near", { project_id: "demo" });
 * await pools.delete("west");
 * ```
 */
export class Registry<Entry extends Pool | Flavor, Definition> {
  readonly #transport: Transport;
  readonly #kind: "pools" | "flavors";

  constructor(transport: Transport, kind: "pools" | "flavors") {
    this.#transport = transport;
    this.#kind = kind;
  }

  list(options?: RegistryOptions & PageOptions): List<Entry> {
    return this.#transport.list(`/v2/${this.#kind}`, { ...options, detailed: true });
  }

  get(name: string, options?: RegistryOptions): Promise<Entry> {
    // Flavors are always detailed, except in lists.
    const detailed = this.#kind === "pools" || undefined;
    return this.#transport.get(this.#of(name), { ...options, detailed });
  }

  /** Creates it, or replaces it. */
  create(name: string, definition: Definition, options?: RegistryOptions): Promise<void> {
    return this.#call("PUT", name, options, definition);
  }

  /** Changes the members that are given. */
  update(name: string, changes: Partial<Definition>, options?: RegistryOptions): Promise<Entry> {
    return this.#call("PATCH", name, options, changes);
  }

  delete(name: string, options?: RegistryOptions): Promise<void> {
    return this.#call("DELETE", name, options);
  }

  #call<T>(
    method: "PUT" | "PATCH" | "DELETE",
    name: string,
    { signal, ...query }: RegistryOptions = {},
    body?: unknown,
  ): Promise<T> {
    return this.#transport.call(method, this.#of(name), { signal }, { query, body });
  }

  #of(name: string): string {
    return `/v2/${this.#kind}/${encodeURIComponent(name)}`;
  }
}
