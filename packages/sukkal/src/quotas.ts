/** The quotas of a project. */
import { toJson } from "./json-text.ts";
import type { Signal, Transport } from "./transport.ts";

/** By the name of the quota. A limit of -1 is none; `used` is left out where it is not known. */
export type QuotaReport = Readonly<Record<string, { readonly limit: number; readonly used?: number }>>;

export interface QuotaOptions extends Signal {
  /** Adds what this queue uses. */
  readonly queue?: string | undefined;
  /** Adds what this topic uses. */
  readonly topic?: string | undefined;
}

export class Quotas {
  private readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** `project`: default: the caller's. Another one needs an operator. */
  async get(project?: string, { queue, topic, signal }: QuotaOptions = {}): Promise<QuotaReport> {
    const call = { method: "GET", path: pathOf(project), query: { queue, topic }, isRepeatable: true, signal } as const;
    return (await this.transport.json<{ quotas: QuotaReport }>(call)).quotas;
  }

  /** Sets limits. Quotas that are not named keep theirs. Needs an operator. */
  async set(project: string, limits: Readonly<Record<string, number>>, { signal }: Signal = {}): Promise<void> {
    const body = toJson(limits);
    await this.transport.send({ method: "PUT", path: pathOf(project), body, isRepeatable: true, signal });
  }

  /** Returns to the limits of the service. Needs an operator. */
  async reset(project: string, { signal }: Signal = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: pathOf(project), isRepeatable: true, signal });
  }
}

function pathOf(project?: string): string {
  return project === undefined ? "/v2/quotas" : `/v2/quotas/${encodeURIComponent(project)}`;
}
