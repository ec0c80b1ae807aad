/** The parts of `GET /v2/service` that commands show. The client does not type the answer: a newer service says more. */

export interface Service {
  readonly version: string;
  /** The time of the service. */
  readonly time: string;
  readonly limits: { readonly max_claim_wait?: number };
  readonly caller: Caller;
}

interface Caller {
  readonly project: string | null;
  readonly user: string | null;
  /** The id of an API key. */
  readonly key: string | null;
  readonly roles: readonly string[];
  readonly queue_prefix: string;
  /** How the caller has proven who it is: `headers`, `key` or `keystone`. */
  readonly proof: string;
  readonly expires_at: string | null;
}
