/**
 * Messages, as clients post them and as the service hands them out.
 *
 *             post                claim                    delete with claim id
 *   (nothing) ────► FREE ───────────────────► CLAIMED ───────────────────────► gone
 *              │     ▲  ▲                        │
 *       delay  │     │  └── lease over, or released
 *              ▼     │                           │ claimed _max_claim_count times
 *           DELAYED ─┘ delay over                └────────────► dead-letter queue
 *   any state ── ttl over ──► gone            (time moves messages; alarms only sweep)
 */
import type { Brand } from "./brand.ts";
import type { Failure } from "./failure.ts";
import {
  toMessageId,
  type ClaimId,
  type ClientId,
  type Epoch,
  type MessageId,
  type MessagePosition,
  type Sequence,
} from "./id.ts";
import type { JsonText } from "./json.ts";
import { checkRange, MESSAGE_TTL_MIN, type Limits } from "./limits.ts";
import type { Settings } from "./queue.ts";
import { err, ok, type Result } from "./result.ts";
import { toSeconds, type EpochMs, type Seconds } from "./time.ts";

/** A message as the service hands it out. */
export interface Message {
  readonly id: MessageId;
  readonly ttl: Seconds;
  readonly age: Seconds;
  readonly body: JsonText;
  /** The live claim that holds it. */
  readonly claim: ClaimId | null;
  /** Claims so far; counted only while the queue has a dead-letter queue. */
  readonly claimCount: number;
}

/** What a listing of messages asks for. */
export interface Listing {
  /** Whose own messages are left out, unless `echo`. */
  readonly client: ClientId;
  /** As the client wrote it; a marker that names no position in the log yields an empty page. */
  readonly marker: string | null;
  readonly limit: number;
  readonly echo: boolean;
  readonly includeClaimed: boolean;
  /** Only a delayed queue heeds it. */
  readonly includeDelayed: boolean;
}

/** A message in the statistics. */
export interface MessageStamp {
  readonly id: MessageId;
  readonly age: Seconds;
  readonly createdAt: EpochMs;
}

/** The messages of one post: successive positions in one log. */
export interface MessageBlock {
  readonly epoch: Epoch;
  readonly first: Sequence;
  readonly count: number;
}

/** The ids of a block, in post order. */
export function idsOf(block: MessageBlock): MessageId[] {
  return Array.from({ length: block.count }, (_, offset) => toMessageId(block.epoch, block.first + offset));
}

/**
 * Bodies of successive messages in one text, apart by U+001E: a raw control character cannot occur inside valid JSON
 * (RFC 8259 section 7), and one text is what a log row holds and what crosses RPC cheapest.
 */
export type Bodies = Brand<string, "Bodies">;

const RECORD_SEPARATOR = "\u001e";

export function joinBodies(bodies: readonly JsonText[]): Bodies {
  return bodies.join(RECORD_SEPARATOR) as Bodies;
}

export function splitBodies(bodies: Bodies): JsonText[] {
  return bodies.split(RECORD_SEPARATOR) as JsonText[];
}

/** Successive messages of one post that share ttl and delay; null means "the queue's default". */
export interface PostedRun {
  readonly ttl: number | null;
  readonly delay: number | null;
  readonly count: number;
  readonly bodies: Bodies;
}

/**
 * What a post asks for, as far as its document could be read. The queue decides what a defect means: it is created
 * even by a post that fails, its own size limit goes first, and a delay is read only on a delayed queue.
 */
export interface Posting {
  readonly runs: readonly PostedRun[];
  /** Why the document is refused. */
  readonly defect: Failure | null;
  /** The first delay that is not an integer, if no other defect came before it. */
  readonly delayDefect: Failure | null;
}

/** A run whose ttl and delay are settled and within bounds. */
export interface CheckedRun {
  readonly ttl: Seconds;
  readonly delay: Seconds;
  readonly count: number;
  readonly bodies: Bodies;
}

/** Successive messages that move together; they keep their identity, their age and their poster. */
export interface TransferredRun {
  readonly origin: MessagePosition;
  readonly count: number;
  readonly ttl: Seconds;
  readonly postedAt: EpochMs;
  readonly expiresAt: EpochMs;
  readonly client: ClientId;
  readonly bodies: Bodies;
  /** How often they have moved on as dead letters, this time included. Older versions do not say. */
  readonly moves?: number;
}

/** A run on its way. Numbers of one source only grow. */
export interface Transfer {
  readonly number: number;
  readonly run: TransferredRun;
}

/** Applies the queue's defaults and the service's bounds to a post of `size` bytes (core contract 4.1). */
export function checkPosting(
  { posting, size }: { readonly posting: Posting; readonly size: number },
  settings: Settings,
  limits: Limits,
): Result<readonly CheckedRun[]> {
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
    // Upstream quirk: a queue without a default delay drops a message's own delay unread.
    const delay = isDelayed ? (run.delay ?? settings.defaultMessageDelay) : 0;
    const failure =
      checkRange("message ttl", ttl, { min: MESSAGE_TTL_MIN, max: limits.maxMessageTtl }) ??
      checkRange("message delay", delay, { min: 0, max: limits.maxMessageDelay });
    if (failure !== null) return err(failure);
    runs.push({ ttl: toSeconds(ttl), delay: toSeconds(delay), count: run.count, bodies: run.bodies });
  }
  return ok(runs);
}
