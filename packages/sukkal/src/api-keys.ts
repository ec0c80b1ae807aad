/** API keys, where the service has them (`AUTH_STRATEGY=keys`). They need the role admin. */
import { toJson } from "./json-text.ts";
import type { Signal, Transport } from "./transport.ts";

export interface ApiKey {
  readonly id: string;
  readonly project_id: string | null;
  readonly roles: readonly string[];
  readonly queue_prefix: string;
  readonly description: string;
  readonly created_at: string | null;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

/** The members of a new key; all are optional. */
export type NewApiKey = Partial<Pick<ApiKey, "project_id" | "roles" | "queue_prefix" | "description" | "expires_at">>;

export class ApiKeys {
  private readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** Creates a key. The answer is the only one with the key itself. */
  create(key: NewApiKey = {}, { signal }: Signal = {}): Promise<ApiKey & { readonly key: string }> {
    return this.transport.json({ method: "POST", path: PATH, body: toJson(key), isRepeatable: false, signal });
  }

  async *list({ project_id, signal }: Signal & { readonly project_id?: string } = {}): AsyncGenerator<ApiKey, void> {
    for (let marker: string | undefined; ;) {
      const call = { method: "GET", path: PATH, query: { project_id, marker }, isRepeatable: true, signal } as const;
      const { keys } = await this.transport.json<{ keys: ApiKey[] }>(call);
      yield* keys;
      marker = keys.at(-1)?.id;
      if (marker === undefined) return;
    }
  }

  get(id: string, { signal }: Signal = {}): Promise<ApiKey> {
    return this.transport.json({ method: "GET", path: pathOf(id), isRepeatable: true, signal });
  }

  async revoke(id: string, { signal }: Signal = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: pathOf(id), isRepeatable: true, signal });
  }
}

const PATH = "/v2/keys";

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}
