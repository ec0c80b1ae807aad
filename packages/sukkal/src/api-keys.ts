/** API keys, where the service has them (`AUTH_STRATEGY=keys`). They need the role admin. */
import type { List, PageOptions, Signal, Transport } from "./transport.ts";

export interface ApiKey {
  readonly id: string;
  readonly project_id: string;
  readonly roles: readonly string[];
  readonly queue_prefix: string;
  readonly description: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

/** The members of a new key; all are optional. */
export type NewApiKey = {
  readonly [Name in "project_id" | "roles" | "queue_prefix" | "description" | "expires_at"]?: ApiKey[Name] | undefined;
};

export interface KeyListOptions extends PageOptions {
  /** Default: the caller's. */
  readonly project_id?: string | undefined;
}

/**
 * The API keys of a project, as `sukkal.keys`.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * const { keys } = new Sukkal({ url, key: adminKey });
 * const { id, key } = await keys.create({ project_id: "demo", roles: ["member"], queue_prefix: "jobs-" });
 * await new Sukkal({ url, key }).queue("jobs-nightly").post("sweep");
 * console.log((await keys.get(id)).last_used_at);
 * for await (const each of keys.list({ project_id: "demo" })) console.log(each.id, each.roles);
 * await keys.revoke(id);
 * ```
 */
export class ApiKeys {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates a key. The answer is the only one with the key itself. */
  create(key: NewApiKey = {}, options?: Signal): Promise<ApiKey & { readonly key: string }> {
    return this.#transport.call("POST", PATH, options, { body: key });
  }

  list(options?: KeyListOptions): List<ApiKey> {
    return this.#transport.list(PATH, options);
  }

  get(id: string, options?: Signal): Promise<ApiKey> {
    return this.#transport.get(pathOf(id), options);
  }

  /** Takes effect everywhere within a minute. */
  revoke(id: string, options?: Signal): Promise<void> {
    return this.#transport.call("DELETE", pathOf(id), options);
  }
}

const PATH = "/v2/keys";

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}
