/** The interface of a project's object: the sorted indexes of its queues and of its topics, its API keys and its quotas. */
import type { KeyGrant, KeyRecord } from "../../domain/api-key.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Place, PlaceKind } from "../../domain/place.ts";
import type { IndexRequest, PlaceIndex } from "../../domain/place-index.ts";
import type { Placement, SettledPlacement } from "../../domain/placement.ts";
import type { QueueFilter, QueuePage } from "../../domain/queue-view.ts";
import type { QuotaOverrides } from "../../domain/quota.ts";
import type { Region } from "../../domain/region.ts";
import type { Result } from "../../domain/result.ts";

export interface ProjectRpc {
  list(request: QueueListRequest): Promise<QueuePage>;
  /** All queues and topics in one answer, without their metadata. Older objects do not have it. */
  index(request: IndexRequest): Promise<PlaceIndex>;
  /** Enters a queue or topic, or replaces the copy of its metadata. Idempotent. */
  enter(request: { readonly place: Place; readonly metadata: JsonText }): Promise<void>;
  /** Whether a queue or topic is listed; with a region, whether it is listed and in this region. */
  has(request: { readonly place: Place; readonly region?: Region }): Promise<boolean>;
  /**
   * Removes a queue or topic; with a region, unless its placement is in another. Idempotent. `isMoving`: it is created again
   * elsewhere, and its room under the quota is reserved until then, as by `admitsQueue`.
   */
  leave(request: LeaveRequest): Promise<void>;
  /** The number of queues and topics whose names begin with the prefix. */
  count(request: { readonly prefix: string }): Promise<number>;
  /**
   * Whether the project may have one more queue or topic. If so, room is reserved for it until it is entered or released, for a
   * minute at most. Older callers send no place; for them nothing is reserved.
   */
  admitsQueue(request: { readonly limit: number; readonly place?: Place }): Promise<boolean>;
  /** Ends the reservation for a queue or topic that was not created. */
  releaseQueue(request: { readonly place: Place }): Promise<void>;

  /** The placement of a queue or topic; null: it has none, and one can be chosen. */
  placement(request: { readonly place: Place }): Promise<SettledPlacement | null>;
  /**
   * Records the placement of a queue or topic unless it has one. Returns the placement that is recorded. Called by its object
   * before it creates it.
   */
  settle(request: Placement & { readonly place: Place }): Promise<SettledPlacement>;
  /** Records another pool for a queue or topic that stays in its region. */
  assign(request: Placement & { readonly place: Place }): Promise<void>;
  /**
   * Deletes the placement of a queue or topic whose object has no tables any more, or replaces it by the next one. `token`: the
   * one of this placement.
   */
  vacate(request: { readonly place: Place; readonly token: string; readonly next?: Placement }): Promise<void>;

  /** The quotas that an operator has set for this project. */
  quotas(): Promise<QuotaOverrides>;
  /** Replaces the quotas that an operator has set. */
  setQuotas(request: { readonly overrides: QuotaOverrides }): Promise<void>;

  /** The grant of a live key whose secret has the digest, or null. Records the use. */
  useKey(request: { readonly id: string; readonly digest: string }): Promise<KeyGrant | null>;
  key(request: { readonly id: string }): Promise<KeyRecord | null>;
  /** Up to `limit` keys after the id `marker`, in the order of their ids. */
  keys(request: { readonly marker: string; readonly limit: number }): Promise<readonly KeyRecord[]>;
  /** `request-invalid`: the project has the maximum number of keys. */
  createKey(request: NewKeyRequest): Promise<Result<KeyRecord, "request-invalid">>;
  /** Revokes a key. False: there was none. */
  revokeKey(request: { readonly id: string }): Promise<boolean>;
}

export interface LeaveRequest {
  readonly place: Place;
  readonly region?: Region;
  readonly isMoving?: boolean;
}

/** A key to be stored, with the digest of its secret: SHA-256, hexadecimal. */
export interface NewKeyRequest extends Omit<KeyRecord, "createdAt" | "usedAt"> {
  readonly digest: string;
}

export interface QueueListRequest extends QueueFilter {
  readonly kind: PlaceKind;
  /** Only names after this one in binary order. */
  readonly marker: string | null;
  readonly limit: number;
  readonly withCount: boolean;
  /** Only names that begin with this, in the count too. */
  readonly prefix: string;
}
