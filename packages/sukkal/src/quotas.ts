/** The quotas of a project. */
import type { Signal, Transport } from "./transport.ts";

/** By the name of the quota. A limit of -1 is none; `used` is left out where it is not known. */
export type QuotaReport = Readonly<Record<string, { readonly limit: number; readonly used?: number }>>;

export interface QuotaOptions extends Signal {
  /** Adds what this queue uses. */
  readonly queue?: string | undefined;
  /** Adds what this topic uses. */
  readonly topic?: string | undefined;
}

/**
 * Quotas, as `sukkal.quotas`.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * const { quotas } = new Sukkal({ url, key: adminKey });
 * await quotas.set("demo", { queues: 100 });
 * console.log((await quotas.get("demo"))["queues"]); // { limit: 100, used: 0 }
 * await quotas.reset("demo");
 * ```
 */
export class Quotas {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `project`: default: the caller's. Another one needs an operator. */
  async get(project?: string, options?: QuotaOptions): Promise<QuotaReport> {
    return (await this.#transport.get<{ quotas: QuotaReport }>(pathOf(project), options)).quotas;
  }

  /** Sets limits. Those that are not named return to the limits of the service. Needs an operator. */
  set(project: string, limits: Readonly<Record<string, number>>, options?: Signal): Promise<void> {
    return this.#transport.call("PUT", pathOf(project), options, { body: limits });
  }

  /** Returns to the limits of the service. Needs an operator. */
  reset(project: string, options?: Signal): Promise<void> {
    return this.#transport.call("DELETE", pathOf(project), options);
  }
}

function pathOf(project?: string): string {
  return `/v2/quotas${project === undefined ? "" : `/${encodeURIComponent(project)}`}`;
}
