/**
 * The interface of queues and topics for the Worker and other objects: plain data in, plain data out, one call per request. It is
 * separate from the object, so that both sides are compiled against the same types.
 */
import type { Claimed, ClaimedBy, ClaimView, Holding, LeaseRequest, NewClaim, ClaimUndo } from "../../domain/claim.ts";
import type { ConnectionAddress } from "../../domain/connection-address.ts";
import type { CreationFailure, NewPlaceFailure, PlaceNotFound } from "../../domain/failure.ts";
import type { ClientId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Detailed } from "../../domain/details.ts";
import type {
  DeletionFailure,
  Listing,
  Message,
  MessageBlock,
  MessagePage,
  Post,
  PostFailure,
  Transfer,
} from "../../domain/message.ts";
import type { MetadataChange } from "../../domain/metadata-patch.ts";
import type { Placed, Placement } from "../../domain/placement.ts";
import type { QueueStats, QueueUsage } from "../../domain/queue-view.ts";
import type { Quotas } from "../../domain/quota.ts";
import type { Redrive, RedriveFailure, RedriveOptions } from "../../domain/redrive.ts";
import type { Region } from "../../domain/region.ts";
import type { Result } from "../../domain/result.ts";
import type { Settlement, SettlementFailure } from "../../domain/settlement.ts";
import type { SpreadRule } from "../../domain/spread.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { SpreadView } from "./spread-map.ts";
import type { SubscriptionRpc } from "./subscription.ts";

/**
 * A queue or topic. `create`, `post`, `subscribe` and `adopt` create a missing one. The other methods answer for a missing queue
 * as for an empty one.
 */
export interface QueueRpc extends SubscriptionRpc {
  /** Calls another method if the queue is in this object. For pools: a direct call could create the queue in a wrong region. */
  callIfHere(asked: ConditionalCall): Promise<ConditionalAnswer>;
  /** The figures, with all that is known of its DeliveryObjects. Asking creates nothing. */
  figures(): Promise<TakenFigures>;
  /**
   * Deletes a queue that has to be in another region, and returns its metadata with the changes. `next`: its next placement,
   * which replaces the present one; absent: none. Failure `place-occupied`: it has messages, subscriptions or a signing
   * generation, or its redrive is running.
   */
  depart(request: {
    readonly changes: readonly MetadataChange[];
    readonly next?: Placement;
  }): Promise<Result<JsonText, PlaceNotFound | "metadata-key-missing" | "metadata-invalid" | "place-occupied">>;
  /** Creates the queue unless it exists; an existing queue's metadata stays. */
  create(request: CreationRequest): Promise<Result<Creation, NewPlaceFailure>>;
  /** The stored metadata; `{}` for a missing queue. */
  metadata(): Promise<JsonText>;
  /** Applies the changes, all or none, and returns the metadata that results. */
  patch(request: {
    readonly changes: readonly MetadataChange[];
  }): Promise<Result<JsonText, PlaceNotFound | "metadata-key-missing" | "metadata-invalid" | "queue-spread">>;
  /** Deletes the queue with its messages, claims and metadata. */
  remove(): Promise<Changed>;
  stats(): Promise<QueueStats>;
  usage(): Promise<QueueUsage>;
  /** Deletes the messages that are under no live claim, delayed ones too. */
  purge(): Promise<Changed>;

  /** Stores all messages of a post or none; creates the queue first, even when the post is then refused. */
  post(request: Post & Timed & Placed): Promise<Result<MessageBlock, CreationFailure | PostFailure>>;
  list(request: Listing & Timed): Promise<MessagePage>;
  /** The messages that exist, in the order asked, without repeats; claimed and delayed ones too. */
  get(request: Detailed & { readonly ids: readonly string[] }): Promise<readonly Message[]>;
  /** Deletes one message. `claim` is the claim id as the client wrote it. */
  delete(request: {
    readonly id: string;
    readonly claim: string | null;
  }): Promise<Result<null, DeletionFailure> & Missable>;
  /**
   * Deletes the messages of `ids` that exist, claimed or not. With `claims`, each of them must be under one of these claims, or
   * nothing is deleted (`MESSAGE_DELETE_WITH_CLAIM_ID`). `missing`: the ids that the object of a spread queue does not have.
   */
  deleteMany(request: {
    readonly ids: readonly string[];
    readonly claims: readonly string[] | null;
  }): Promise<Result<null, "claims-mismatched"> & { readonly missing?: readonly string[] }>;
  /** Deletes up to `limit` claimable messages and returns them. */
  pop(request: Timed & { readonly limit: number }): Promise<readonly Message[]>;

  /** A lease over the oldest claimable messages; null when there are none. */
  claim(request: ClaimRequest): Promise<ClaimAnswer>;
  /**
   * Waits until a message may be claimable. `ready`: the caller should claim; `over`: the time is up; `canceled`: by
   * `endWaits`, for which older versions say `over`; `full`: the maximum number of requests waits. A wait claims nothing, so a
   * client that disconnects loses no message.
   */
  awaitMessages(request: WaitRequest): Promise<"ready" | "over" | "canceled" | "full">;
  /**
   * An object of a spread queue that may have a claimable message, found at once or within that time. null: there is none, or the
   * time is up. The other answers are those of `awaitMessages`. The Worker calls it for waits where it knows that the queue is
   * spread.
   */
  find(request: FindRequest): Promise<number | "canceled" | "full" | null>;
  /** What its answers tell about the objects of the queue; null: it is on one. */
  spreadView(): Promise<SpreadView | null>;
  /**
   * Stores that a connection waits for a claimable message. When there may be one, the object calls the hub of the connection,
   * which claims. `ready`: there may be a message now; `full`: the maximum number of claims waits. The call itself does not wait.
   */
  noteWait(request: NoteWaitRequest): Promise<"noted" | "ready" | "full">;
  /** Ends all waits of a client, or one wait. Without effect when there is none. */
  endWaits(request: { readonly client: ClientId } | { readonly wait: string }): Promise<void>;
  /** Who holds claims, those with most messages first: up to 100 clients. */
  consumers(): Promise<readonly Holding[]>;
  /** A live claim with its undeleted messages in post order; null if it is unknown, expired, released or empty. */
  getClaim(request: Detailed & { readonly claim: string }): Promise<ClaimView | null>;
  /** Renews a live claim. Bounds are checked first. */
  renew(request: LeaseRequest & { readonly claim: string }): Promise<Result<null, "out-of-range" | "claim-not-found">>;
  /**
   * Deletes some messages of a claim and releases others, or does nothing. `claim-not-found`: the claim is over, and a message to
   * delete still exists. A repeat has no further effect.
   */
  settle(request: SettleRequest): Promise<Result<null, SettlementFailure> & Missable>;
  /** Makes the claim's messages claimable again; without effect when there is no such claim. */
  release(request: { readonly claim: string }): Promise<void>;
  /**
   * Undoes a claim whose answer did not reach its client. Its messages become claimable, their claim counts and their expiry are
   * as before the claim. Without effect when the claim is over or was renewed.
   */
  withdraw(request: { readonly claim: string; readonly undo: ClaimUndo }): Promise<void>;

  /** The queue's `_signing_generation`, which signatures of its URLs cover too; null: it has none. */
  signingGeneration(): Promise<string | null>;

  /** Begins to move messages to other queues, and creates the named target if it is missing. */
  startRedrive(request: RedriveRequest): Promise<Result<Redrive, RedriveFailure>>;
  /** The latest redrive; null when the queue never had one. */
  redrive(): Promise<Redrive | null>;
  /** Ends the running redrive. Messages already moved stay where they are. */
  cancelRedrive(): Promise<Changed>;

  /** Stores messages that another queue of the project hands over, creating this queue if need be. Repeats change nothing. */
  adopt(request: Adoption): Promise<void>;
}

/** `isMissing`: the object has nothing of what the call names. Absent from older versions. */
export interface Missable {
  readonly isMissing?: true;
}

export const MISSING = { ok: true, value: null, isMissing: true } as const;

/** false: there was nothing to change. Older versions do not say. */
export type Changed = boolean | undefined;

/** A call of a method of a queue or topic to an object that may not have the queue. */
export interface ConditionalCall {
  readonly method: QueueMethod;
  readonly request: unknown;
  /** By the project the queue is in this object or does not exist: the object answers also without a queue, and may create it. */
  readonly isSettled?: true;
  /** Asks for the figures after the call. Objects of older versions ignore it. */
  readonly withFigures?: true;
}

export type QueueMethod = Exclude<keyof QueueRpc, "callIfHere">;

export type ConditionalAnswer =
  | ({ readonly isHere: true; readonly value: unknown } & TakenFigures & Told)
  | { readonly isHere: false };

/** What an answer tells about the objects of the queue. Absent: it is on one, or the object is of an older version. */
export interface Told {
  readonly spread?: SpreadView;
}

/** Packed figures (domain/packed-figures.ts). Absent: from an older version, or the data of the queue is lost. */
export interface TakenFigures {
  readonly figures?: readonly unknown[];
  /** Those of its DeliveryObjects, as far as it has heard of them. */
  readonly deliveries?: readonly (readonly unknown[])[];
}

export interface RedriveRequest extends RedriveOptions {
  /** Without a target: only queues whose names begin with this get messages back. */
  readonly prefix: string;
  /** The quotas of the project, for a target that does not exist. */
  readonly quotas: Quotas;
}

/** Messages that come from another queue. */
export interface Adoption extends Placed {
  /** Their previous queue: its name and epoch. */
  readonly source: string;
  readonly transfers: readonly Transfer[];
  /** The previous queue is being deleted, and waits for the answer. */
  readonly isFinal?: true;
}

export interface CreationRequest extends Placed {
  /** A checked JSON object. */
  readonly metadata: JsonText;
  readonly quotas: Quotas;
  /** The regions of its flavor's pools, where a new queue has to be; absent: it may be in any. */
  readonly regions?: readonly Region[];
  /** The rule of its flavor's pools, which a new queue has to have. Absent with `regions`, and from older versions: any. */
  readonly spreadRule?: SpreadRule | null;
}

export interface Creation {
  readonly created: boolean;
  /** The queue existed, and its metadata, which is not that of the request, stays. Absent from older versions. */
  readonly keepsMetadata?: true;
}

/** A request that carries the sender's time. Absent from older versions. */
export interface Timed {
  readonly sentAt?: EpochMs;
}

export interface ClaimRequest extends NewClaim, ClaimedBy, Timed {
  /** Whether the answer has to carry what `withdraw` needs. */
  readonly withUndo?: true;
  /** The seconds for which the caller will wait if the claim finds nothing. */
  readonly waitsFor?: number;
  /** The stored wait that the claim ends if it gets messages. */
  readonly wait?: string;
}

/** The settlement of a claim, within the bounds of `checkSettlement`. */
export interface SettleRequest extends Settlement {
  readonly claim: string;
}

/** `isPaused`: the queue pauses claims, so there are no messages. Absent from older versions. */
export type ClaimAnswer = Result<Claimed | null, "out-of-range" | "claimed-too-many"> & { readonly isPaused?: true };

export interface NoteWaitRequest extends ConnectionAddress {
  readonly seconds: number;
  readonly client: ClientId;
  /** The name of this wait. */
  readonly wait: string;
}

/** `milliseconds`: 0: for one look. A wait has a client and a name. */
export interface FindRequest extends Partial<Pick<WaitRequest, "client" | "wait">> {
  readonly milliseconds: number;
}

export interface WaitRequest {
  readonly seconds: number;
  readonly client: ClientId;
  /** The name of this wait, by which the caller can end it. */
  readonly wait: string;
}
