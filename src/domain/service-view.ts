/** What the service tells a client about itself and about the client. */
import type { ProjectId } from "./id.ts";
import type { Rule } from "./policy.ts";
import type { Quotas } from "./quota.ts";
import type { EpochMs } from "./time.ts";

export interface ServiceView {
  readonly version: string;
  /** The extensions of upstream's API that this service has. */
  readonly extensions: readonly string[];
  /** By name; null: no limit. */
  readonly limits: Readonly<Record<string, number | null>>;
  /** Of the caller's project; null: the caller has none. */
  readonly quotas: Quotas | null;
  readonly caller: CallerView;
  readonly time: EpochMs;
}

export interface CallerView {
  readonly project: ProjectId | null;
  /** Keystone's id, or the id in the headers where they are trusted; null: not known. */
  readonly user: string | null;
  readonly roles: readonly string[];
  /** What the caller may do, as far as that follows from roles and settings. */
  readonly rules: readonly Rule[];
  /** The caller sees queues and topics whose names begin with this; "": all. */
  readonly queuePrefix: string;
  readonly proof: "headers" | "keystone" | "key" | "signed-url";
  /** When the credential ends; null: never, or not known. */
  readonly expiresAt: EpochMs | null;
  /** The id of the API key; null: another credential, or the operator's own key, which has none. */
  readonly key: string | null;
}
