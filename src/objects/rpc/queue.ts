/**
 * The interfaces of queue and project objects that the Worker calls: plain data in, plain data out, one hop per request. They
 * are separate from the objects, so that both sides of the hop are compiled against the same types.
 */
import type { KeyGrant, KeyRecord } from "../../domain/api-key.ts";
import type { Lease, LeaseRequest, Undo } from "../../domain/claim.ts";
import type { ClaimId, ClientId, QueueName } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Listing, Message, MessageBlock, MessageStamp, Post, Transfer } from "../../domain/message.ts";
import type { MetadataChange } from "../../domain/metadata-patch.ts";
import type { Place, PlaceKind } from "../../domain/place.ts";
import type { QuotaOverrides, Quotas } from "../../domain/quota.ts";
import type { Redrive, RedriveOrder } from "../../domain/redrive.ts";
import type { Result } from "../../domain/result.ts";
import type { EpochMs, Seconds } from "../../domain/time.ts";
import type { SubscriptionRpc } from "./subscription.ts";

/**
 * A queue or topic. `create`, `post`, `subscribe` and `adopt` create a missing one. The other methods answer for a missing queue
 * as for an empty one.
 */
export interface QueueRpc extends SubscriptionRpc {
  /** Creates the queue unless it exists; an existing queue's metadata stays. `metadata` is a checked JSON object. */
  create(request: {
    readonly metadata: JsonText;
    readonly quotas: Quotas;
  }): Promise<Result<{ readonly created: boolean }>>;
  /** The stored metadata; `{}` for a missing queue. */
  metadata(): Promise<JsonText>;
  /** Applies the changes, all or none, and returns the metadata that results. */
  patch(request: { readonly changes: readonly MetadataChange[] }): Promise<Result<JsonText>>;
  /** Deletes the queue with its messages, claims and metadata. */
  remove(): Promise<void>;
  stats(): Promise<QueueStats>;
  /** The use of the quotas for one queue. */
  usage(): Promise<QueueUsage>;
  /** Deletes the messages that no live claim holds, delayed ones too. */
  purge(): Promise<void>;

  /** Stores all messages of a post or none; creates the queue first, even when the post is then refused. */
  post(request: Post & Timed): Promise<Result<MessageBlock>>;
  list(request: Listing & Timed): Promise<MessagePage>;
  /** The messages that exist, in the order asked, without repeats; claimed and delayed ones too. */
  get(request: { readonly ids: readonly string[] }): Promise<readonly Message[]>;
  /** Deletes one message under the rules of core contract 4.5. `claim` is the claim id as the client wrote it. */
  delete(request: { readonly id: string; readonly claim: string | null }): Promise<Result<null>>;
  /**
   * Deletes whatever of `ids` exists, claimed or not. With `claims`, every message found must be held by one of them,
   * else nothing is deleted (`MESSAGE_DELETE_WITH_CLAIM_ID`).
   */
  deleteMany(request: {
    readonly ids: readonly string[];
    readonly claims: readonly string[] | null;
  }): Promise<Result<null>>;
  /** Takes up to `limit` claimable messages out of the queue. */
  pop(request: Timed & { readonly limit: number }): Promise<readonly Message[]>;

  /** A lease over the oldest claimable messages; null when there are none. */
  claim(request: ClaimRequest): Promise<Result<Claimed | null>>;
  /**
   * Waits until a message may be claimable. `ready`: the caller should claim; `over`: the time is up, or the wait was ended;
   * `full`: as many requests wait as may. A wait takes nothing out of the queue, so a client that disconnects loses no message.
   */
  awaitMessages(request: WaitRequest): Promise<"ready" | "over" | "full">;
  /** Ends all waits of a client, or one wait. Without effect when there is none. */
  endWaits(request: { readonly client: ClientId } | { readonly wait: string }): Promise<void>;
  /** A live claim with its undeleted messages in post order; null when unknown, over, released or emptied. */
  getClaim(request: { readonly claim: string }): Promise<ClaimView | null>;
  /** Renews a live claim. Failures: bounds, then `claim-not-found`. */
  renew(request: LeaseRequest & { readonly claim: string }): Promise<Result<null>>;
  /** Gives the claim's messages back; without effect when there is no such claim. */
  release(request: { readonly claim: string }): Promise<void>;
  /**
   * Undoes a claim whose answer did not reach its client. Its messages become claimable, their claim counts and their expiry are
   * as before the claim. Without effect when the claim is over or was renewed.
   */
  withdraw(request: { readonly claim: string; readonly undo: Undo }): Promise<void>;

  /** The queue's `_signing_generation`, which signatures of its URLs cover too; null: it has none. */
  signingGeneration(): Promise<string | null>;

  /**
   * Begins to move messages to other queues, and creates the named target if it is missing. Failures: `queue-not-found`,
   * `redrive-running`, `quota-exceeded`.
   */
  startRedrive(request: RedriveRequest): Promise<Result<Redrive>>;
  /** The latest redrive; null when the queue never had one. */
  redrive(): Promise<Redrive | null>;
  /** Ends the running redrive. Messages already moved stay where they are. */
  cancelRedrive(): Promise<void>;

  /** Stores messages that another queue of the project hands over, creating this queue if need be. Repeats change nothing. */
  adopt(request: Adoption): Promise<void>;
}

export interface RedriveRequest extends RedriveOrder {
  /** When no target is named: only queues whose names begin with it get messages back. */
  readonly prefix: string;
  /** Of the project, for a target that does not exist. */
  readonly quotas: Quotas;
}

/** Messages that come from another queue. */
export interface Adoption {
  /** The queue they come from: its name and epoch. */
  readonly source: string;
  readonly transfers: readonly Transfer[];
}

export interface MessagePage {
  readonly messages: readonly Message[];
  /** The marker of the next page; null when the page is empty. */
  readonly next: string | null;
  /** The queue has a default delay, which changes the next link (core contract 4.2). */
  readonly isDelayed: boolean;
}

export interface QueueStats {
  readonly exists: boolean;
  readonly claimed: number;
  readonly free: number;
  /** The oldest and the newest message that are visible; absent when there is none. */
  readonly oldest: MessageStamp | null;
  readonly newest: MessageStamp | null;
  /** The free messages known to be unreadable. Absent from older versions. */
  readonly unreadable?: number;
}

export interface QueueUsage {
  readonly messages: number;
  readonly subscriptions: number;
  /** Bytes of storage, the service's own tables included. */
  readonly bytes: number;
}

/** A request that carries the sender's time. Absent from older versions. */
export interface Timed {
  readonly sentAt?: EpochMs;
}

export interface ClaimRequest extends LeaseRequest, Timed {
  readonly limit: number | null;
  /** Whether the answer has to carry what `withdraw` needs. */
  readonly withUndo?: true;
}

export interface WaitRequest {
  readonly seconds: number;
  readonly client: ClientId;
  /** The name of this wait, by which the caller can end it. */
  readonly wait: string;
}

export interface Claimed {
  readonly claim: ClaimId;
  readonly messages: readonly Message[];
  /** Present if `withUndo` was set. */
  readonly undo?: Undo;
}

export interface ClaimView extends Claimed {
  readonly lease: Lease;
  /** Since creation or the last renewal. */
  readonly age: Seconds;
}

/** A project: the sorted indexes of its queues and of its topics, its API keys and its quotas. */
export interface ProjectRpc {
  list(request: QueueListRequest): Promise<QueuePage>;
  /** Enters a queue or topic, or replaces the copy of its metadata. Idempotent. */
  enter(request: { readonly place: Place; readonly metadata: JsonText }): Promise<void>;
  /** Whether a queue or topic is listed. */
  has(request: { readonly place: Place }): Promise<boolean>;
  /** Takes a queue or topic out. Idempotent. */
  leave(request: { readonly place: Place }): Promise<void>;
  /** The number of queues and topics whose names begin with the prefix. */
  count(request: { readonly prefix: string }): Promise<number>;
  /**
   * Whether the project may have one more queue or topic. If so, a reservation is held for it until it is entered or released,
   * for a minute at most. Older callers send no place; for them nothing is reserved.
   */
  admitsQueue(request: { readonly limit: number; readonly place?: Place }): Promise<boolean>;
  /** Gives up the reservation of a queue or topic that was not created. */
  releaseQueue(request: { readonly place: Place }): Promise<void>;

  /** The quotas that an operator has set for this project. */
  quotas(): Promise<QuotaOverrides>;
  /** Replaces the quotas that an operator has set. */
  setQuotas(request: { readonly overrides: QuotaOverrides }): Promise<void>;

  /** The grant of a live key whose secret has the digest, or null. Notes the use. */
  useKey(request: { readonly id: string; readonly digest: string }): Promise<KeyGrant | null>;
  key(request: { readonly id: string }): Promise<KeyRecord | null>;
  /** Up to `limit` keys after the id `marker`, in the order of their ids. */
  keys(request: { readonly marker: string; readonly limit: number }): Promise<readonly KeyRecord[]>;
  /** Failure: `request-invalid` when the project has as many keys as it may. */
  createKey(request: NewKeyRequest): Promise<Result<KeyRecord>>;
  /** Revokes a key. False: there was none. */
  revokeKey(request: { readonly id: string }): Promise<boolean>;
}

export interface NewKeyRequest extends KeyGrant {
  readonly id: string;
  /** SHA-256 of the secret, hexadecimal. */
  readonly digest: string;
  readonly description: string;
}

export interface QueueListRequest {
  readonly kind: PlaceKind;
  /** Only names after it in binary order. */
  readonly marker: string | null;
  readonly limit: number;
  /** Only names that contain it. */
  readonly name: string | null;
  /** Only those whose stored metadata equals all of these (core contract 3.1). */
  readonly filters: readonly MetadataFilter[];
  readonly withCount: boolean;
  /** Only names that begin with it, in the count too. */
  readonly prefix: string;
}

export interface MetadataFilter {
  readonly key: string;
  readonly value: string;
}

export interface QueuePage {
  readonly entries: readonly { readonly name: QueueName; readonly metadata: JsonText }[];
  /** The number of that kind whose names begin with `prefix`, whatever the other filters; null unless asked for. */
  readonly count: number | null;
}
