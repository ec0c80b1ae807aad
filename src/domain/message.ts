/**
 * Messages: posted by clients, stored, and returned to clients.
 *
 *             post                claim                    delete with claim id
 *   (nothing) ────► FREE ───────────────────► CLAIMED ───────────────────────► gone
 *              │     ▲  ▲                        │
 *       delay  │     │  └── lease expired, or claim released
 *              ▼     │                           │ claimed _max_claim_count times
 *           DELAYED ─┘ delay over                └────────────► dead-letter queue
 *   any state ── ttl over ──► gone      (transitions by time need no alarm; alarms only delete rows)
 *
 * A claimed message that a settlement releases with a delay is DELAYED.
 */
import type { Brand } from "./brand.ts";
import type { Detailed } from "./details.ts";
import type { FailureOf } from "./failure.ts";
import {
  toMessageId,
  type ClaimId,
  type ClientId,
  type Epoch,
  type MessageId,
  type MessagePosition,
  type QueueName,
  type Sequence,
} from "./id.ts";
import type { JsonText } from "./json.ts";
import { checkRange, MESSAGE_TTL_MIN, type Limits } from "./limits.ts";
import type { QueueSettings } from "./queue-metadata.ts";
import type { Quotas } from "./quota.ts";
import { err, ok, type Result } from "./result.ts";
import { toSeconds, type EpochMs, type Seconds } from "./time.ts";
import type { Traceparent } from "./traceparent.ts";

/** A message in an answer. */
export interface Message {
  readonly id: MessageId;
  readonly ttl: Seconds;
  readonly age: Seconds;
  readonly body: JsonText;
  /** The live claim on the message; null: none. */
  readonly claim: ClaimId | null;
  /**
   * The number of claims that have ended without deleting it. Those that lapse or are released as a whole are counted only while
   * the queue has a dead-letter queue.
   */
  readonly claimCount: number;
  /** Present if they were requested. */
  readonly details?: MessageDetails;
}

/** The further properties of a message, which answers contain on request. Ours. */
export interface MessageDetails {
  readonly createdAt: EpochMs;
  /** The end of the lease; null: no claim holds the message. */
  readonly claimedUntil: EpochMs | null;
  /** The end of the delay; null: there is none, or it is over. */
  readonly delayedUntil: EpochMs | null;
  readonly deadLetter: DeadLetterOrigin | null;
  /** That of its post; null: it had none. Absent in answers of older objects. */
  readonly traceparent?: Traceparent | null;
}

/** The queue that a dead letter has left, and when. */
export interface DeadLetterOrigin {
  readonly queue: QueueName;
  readonly at: EpochMs;
}

/** Which messages a list has. */
export interface PageFilter extends Detailed {
  /** The requesting client, whose own messages are left out unless `echo` is true. */
  readonly client: ClientId;
  readonly echo: boolean;
  readonly includeClaimed: boolean;
  /** Has an effect only in a queue with a default delay, and on messages that a settlement has released with a delay. */
  readonly includeDelayed: boolean;
}

/** The parameters of a message list. */
export interface Listing extends PageFilter {
  /** The marker as the client wrote it. A marker that is no message id of this log gives an empty page. */
  readonly marker: string | null;
  readonly limit: number;
}

/** A page of a message list. */
export interface MessagePage {
  readonly messages: readonly Message[];
  /** The marker of the next page; null when the page is empty. */
  readonly next: string | null;
  /** The queue has a default delay, which changes the next link. */
  readonly isDelayed: boolean;
  /** false: the queue does not exist. Absent in answers of older objects. */
  readonly exists?: boolean;
}

/** A DELETE of messages. null: not in the request. The operation checks which combinations are valid. */
export interface MessageDeletion {
  readonly ids: readonly string[] | null;
  readonly claims: readonly string[] | null;
  readonly pop: number | null;
}

/** The oldest or newest message in the statistics of a queue. */
export interface MessageStamp {
  readonly id: MessageId;
  readonly age: Seconds;
  readonly createdAt: EpochMs;
}

/** The messages of one post: consecutive numbers of one log. */
export interface MessageBlock {
  readonly epoch: Epoch;
  readonly first: Sequence;
  readonly count: number;
  /** The post has delays, and the queue ignores them. Absent in answers of older objects. */
  readonly ignoresDelay?: true;
}

/** The ids of a block, in post order. */
export function idsOf(block: MessageBlock): MessageId[] {
  return Array.from({ length: block.count }, (_, offset) => toMessageId(block.epoch, block.first + offset));
}

/**
 * The bodies of consecutive messages in one text, separated by U+001E, which valid JSON cannot contain (RFC 8259, section 7).
 * A row of the log stores one such text, and one text is the cheapest form for RPC.
 */
export type Bodies = Brand<string, "Bodies">;

const RECORD_SEPARATOR = "\u001e";

export function joinBodies(bodies: readonly JsonText[]): Bodies {
  return bodies.join(RECORD_SEPARATOR) as Bodies;
}

export function splitBodies(bodies: Bodies): JsonText[] {
  return bodies.split(RECORD_SEPARATOR) as JsonText[];
}

/** Consecutive messages of one post with the same ttl and delay. null: the default of the queue. */
export interface PostedRun {
  readonly ttl: number | null;
  readonly delay: number | null;
  readonly count: number;
  readonly bodies: Bodies;
}

/**
 * The content of a post, as far as its document is valid. The queue's object reports the defects, because their order depends
 * on the queue. As upstream, a failing post creates the queue too, the queue's own size limit is checked first, and delays
 * are read only in a queue with a default delay.
 */
export interface Posting {
  readonly runs: readonly PostedRun[];
  /** The first defect of the document, delays apart. */
  readonly defect: FailureOf<PostingDefect> | null;
  /** The first delay that is not an integer, if no other defect precedes it. */
  readonly delayDefect: FailureOf<"field-type"> | null;
}

/** A post, as the Worker sends it to the queue's object. */
export interface Post {
  readonly client: ClientId;
  /** Bytes of the request's body. */
  readonly size: number;
  readonly posting: Posting;
  readonly idempotency: Idempotency | null;
  /** The project's quotas, which the queue enforces. */
  readonly quotas: Quotas;
  /** Absent: the request had none. Older objects ignore it. */
  readonly traceparent?: Traceparent;
}

/** The request's Idempotency-Key and a digest of its body: the same key must bring the same body. */
export interface Idempotency {
  readonly key: string;
  readonly fingerprint: string;
}

/** The defects of a post's document. */
export type PostingDefect =
  | "body-empty"
  | "body-unparsable"
  | "integer-too-large"
  | "document-type-unsupported"
  | "messages-missing"
  | "messages-none"
  | "field-type"
  | "field-missing"
  | "post-too-large";

/** The failures of a post that do not depend on the messages in the queue. */
export type PostingFailure = PostingDefect | "out-of-range";

/** The failures of a post to an existing queue. */
export type PostFailure = PostingFailure | "idempotency-key-reused" | "quota-exceeded";

/** The failures of a deletion because of the message's claim, or of the claim in the request. */
export type DeletionFailure = "claim-over" | "message-not-claimed" | "message-claimed";

/** A run after defaults and checks. */
export interface CheckedRun {
  readonly ttl: Seconds;
  readonly delay: Seconds;
  readonly count: number;
  readonly bodies: Bodies;
}

/** Consecutive messages that move to another queue together. They keep id, age and client id. */
export interface TransferredRun {
  /** The position where the first message was posted, from which the ids follow. */
  readonly origin: MessagePosition;
  readonly count: number;
  readonly ttl: Seconds;
  readonly postedAt: EpochMs;
  readonly expiresAt: EpochMs;
  readonly client: ClientId;
  readonly bodies: Bodies;
  /** How many times they have moved to a dead-letter queue, this move included. Older versions leave it out. */
  readonly moves?: number;
  /** When they became dead letters. Absent in a redrive, and in transfers of older versions. */
  readonly deadAt?: EpochMs;
  /** That of their post. Absent if it had none, and in transfers of older versions. */
  readonly traceparent?: Traceparent;
}

/** A run that has left its queue and may not have arrived in the target yet. */
export interface Transfer {
  /** Ascending over the transfers of one source. The target recognises repeats by it. */
  readonly number: number;
  readonly run: TransferredRun;
}

/** Whether a post has delays that have no effect, because its queue has no default delay (upstream quirk). */
export function ignoresDelay({ posting }: Pick<Post, "posting">, { defaultMessageDelay }: QueueSettings): boolean {
  if (defaultMessageDelay > 0) return false;
  return posting.delayDefect !== null || posting.runs.some(({ delay }) => delay !== null && delay !== 0);
}

/**
 * Applies the queue's defaults and the service's limits to a post of `size` bytes. Upstream:
 * zaqar/transport/wsgi/v2_0/messages.py.
 */
export function checkPosting(
  { posting, size }: Pick<Post, "posting" | "size">,
  settings: QueueSettings,
  limits: Limits,
): Result<readonly CheckedRun[], PostingFailure> {
  const queueMax = settings.maxMessagesPostSize;
  if (size > Math.min(limits.maxMessagesPostSize, queueMax ?? limits.maxMessagesPostSize)) {
    return err({ kind: "post-too-large", max: limits.maxMessagesPostSize, queueMax, got: size });
  }
  const isDelayed = settings.defaultMessageDelay > 0;
  if (isDelayed && posting.delayDefect !== null) return err(posting.delayDefect);
  if (posting.defect !== null) return err(posting.defect);
  const runs: CheckedRun[] = [];
  for (const run of posting.runs) {
    const ttl = run.ttl ?? settings.defaultMessageTtl ?? limits.defaultMessageTtl;
    // Upstream quirk: a queue without a default delay ignores the delay of a message.
    const delay = isDelayed ? (run.delay ?? settings.defaultMessageDelay) : 0;
    const failure =
      checkRange("message ttl", ttl, { min: MESSAGE_TTL_MIN, max: limits.maxMessageTtl }) ??
      checkRange("message delay", delay, { min: 0, max: limits.maxMessageDelay });
    if (failure !== null) return err(failure);
    runs.push({ ttl: toSeconds(ttl), delay: toSeconds(delay), count: run.count, bodies: run.bodies });
  }
  return ok(runs);
}
