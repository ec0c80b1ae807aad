/** What the service tells about itself, and about the caller. */

export interface ServiceView {
  readonly version: string;
  /** The extensions of Zaqar's API that it has, such as `claim-wait`. docs/COMPATIBILITY.md lists them. */
  readonly extensions: readonly string[];
  /** By the names of their settings, in lower case. -1 or null: no limit. */
  readonly limits: Readonly<Record<string, number | null>>;
  /** The quotas of the project; null: the caller has none. -1: no limit. */
  readonly quotas: Readonly<Record<string, number>> | null;
  readonly caller: Caller;
  /** The time of the service. */
  readonly time: string;
}

/** Who asks. */
export interface Caller {
  /** null: the credential names none. */
  readonly project: string | null;
  /** Keystone's id; null: not known. */
  readonly user: string | null;
  readonly roles: readonly string[];
  /** The policy rules that the caller passes, such as `messages:create`; absent: an earlier version answers. */
  readonly rules?: readonly string[];
  /** The caller sees only queues and topics whose names begin with it. */
  readonly queue_prefix: string;
  /** How project and roles were proven; `headers`: they were not. */
  readonly proof: "headers" | "keystone" | "key" | "signed-url" | (string & {});
  /** The end of the credential; null: never, or not known. */
  readonly expires_at: string | null;
  /** The id of the API key; null: another credential. */
  readonly key: string | null;
}

/** The health of a storage: the outcome of each step of a try-out. */
export interface StorageHealth {
  /** Whether a queue could be created. */
  readonly storage_reachable: boolean;
  readonly operation_status: Readonly<
    Record<string, { readonly succeeded: boolean; readonly seconds: number; readonly ref: string | null }>
  >;
}

/** With pools: the health of each by its name, and whether the pools could be read. */
export type HealthReport =
  | StorageHealth
  | ({ readonly catalog_reachable: boolean } & Readonly<Record<string, StorageHealth | boolean>>);
