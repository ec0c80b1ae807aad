/**
 * The metadata of a queue: the keys that users store, and the reserved `_…` keys that change the queue's behaviour. Values
 * are kept as raw text, so that every number is returned as it was written.
 */
import type { FailureOf, MetadataDocument } from "./failure.ts";
import { parseNewQueueName, type QueueName } from "./id.ts";
import { elementsOf, isTruthy, membersOf, toInteger, toText, typeOf, type JsonText, type Members } from "./json.ts";
import type { Limits } from "./limits.ts";
import type { PlaceKind } from "./place.ts";
import { RESERVED, type ReservedKey } from "./reserved-metadata.ts";
import { checkRetryPolicy } from "./retry.ts";
import { toSeconds, type Seconds } from "./time.ts";

/** The values of the reserved keys. null: the queue does not set the key, so the service's default applies. */
export interface QueueSettings {
  readonly defaultMessageTtl: Seconds | null;
  /** 0: the queue has no default delay, and ignores the delays of messages. */
  readonly defaultMessageDelay: Seconds;
  readonly maxMessagesPostSize: number | null;
  readonly deadLetters: DeadLetters | null;
  readonly encrypt: boolean;
  /** The retry policy of notifications. */
  readonly retryPolicy: JsonText | null;
  /** Claims and pops find no message. */
  readonly pausesClaims: boolean;
  /** Subscribers get no message. */
  readonly pausesNotifications: boolean;
  /** The queue stays on one object, so that all of its messages are in order. */
  readonly isFifo: boolean;
}

/** The dead-letter settings: messages claimed `maxClaimCount` times move to `queue`. */
export interface DeadLetters {
  readonly queue: QueueName;
  readonly maxClaimCount: number;
  /** The new ttl of a moved message, counted from the move. null: the message keeps its expiry. */
  readonly ttl: Seconds | null;
}

/**
 * How many times a message may move to a dead-letter queue. Without this limit, queues that are each other's dead-letter
 * queues would move a message for ever, and could renew its ttl each time. After the last move the message stays and can be
 * claimed until it expires. A redrive resets the count.
 */
export const DEAD_LETTER_MOVES_MAX = 5;

/** The types of resources that a purge deletes. */
export type PurgeType = "messages" | "subscriptions";

/** The settings of a queue that does not exist yet. */
export const DEFAULT_QUEUE_SETTINGS: QueueSettings = {
  defaultMessageTtl: null,
  defaultMessageDelay: toSeconds(0),
  maxMessagesPostSize: null,
  deadLetters: null,
  encrypt: false,
  retryPolicy: null,
  pausesClaims: false,
  pausesNotifications: false,
  isFifo: false,
};

/** Reads the reserved keys of metadata that `checkMetadata` has accepted. `name` is the queue's own name. */
export function toQueueSettings(metadata: JsonText, name: QueueName): QueueSettings {
  const members = membersOf(metadata);
  const integer = ({ key }: ReservedKey): number | null => {
    const value = members.get(key);
    return value === undefined ? null : toInteger(value);
  };
  const ttl = integer(RESERVED.defaultMessageTtl);
  const encrypt = members.get(RESERVED.encrypt.key);
  const paused = pausedIn(members);
  return {
    defaultMessageTtl: ttl === null ? null : toSeconds(ttl),
    defaultMessageDelay: toSeconds(integer(RESERVED.defaultMessageDelay) ?? 0),
    maxMessagesPostSize: integer(RESERVED.maxMessagesPostSize),
    deadLetters: toDeadLetters(members, name),
    encrypt: encrypt !== undefined && isTruthy(encrypt),
    retryPolicy: valueOf(members, RESERVED.retryPolicy.key),
    pausesClaims: paused.includes("claims"),
    pausesNotifications: paused.includes("notifications"),
    isFifo: isFifoIn(members),
  };
}

/** The value of `_order`. */
const FIFO = "fifo";

/** Before `_order` was reserved it could have any value, which means nothing. */
function isFifoIn(metadata: Members): boolean {
  const value = valueOf(metadata, RESERVED.order.key);
  return value !== null && toText(value) === FIFO;
}

/** What a queue, or a topic, can pause. */
const PAUSABLE: Readonly<Record<PlaceKind, readonly string[]>> = {
  queue: ["claims", "notifications"],
  topic: ["notifications"],
};

/** The texts of `_paused`. Before it was reserved it could have any value, which pauses nothing. */
function pausedIn(metadata: Members): readonly (string | null)[] {
  const value = metadata.get(RESERVED.paused.key);
  return value !== undefined && typeOf(value) === "array" ? elementsOf(value).map(toText) : [];
}

/**
 * Dead-lettering needs `_max_claim_count` and `_dead_letter_queue`. As upstream, the name of the dead-letter queue is not
 * validated when it is stored. An invalid name switches dead-lettering off, so that messages stay in their queue and are not
 * lost.
 */
function toDeadLetters(members: Members, self: QueueName): DeadLetters | null {
  const count = members.get(RESERVED.maxClaimCount.key);
  const name = members.get(RESERVED.deadLetterQueue.key);
  if (count === undefined || name === undefined) return null;
  const maxClaimCount = toInteger(count);
  const queue = parseNewQueueName(toText(name) ?? "");
  // Older versions accepted negative counts, with which every claim moved the messages and returned none.
  if (maxClaimCount === null || maxClaimCount < 0 || queue === null) return null;
  // With a count of 0 every claim moves its messages: a queue that is its own dead-letter queue would never return one.
  if (queue === self && maxClaimCount <= 0) return null;
  const ttl = members.get(RESERVED.deadLetterTtl.key);
  const seconds = ttl === undefined ? null : toInteger(ttl);
  return { queue, maxClaimCount, ttl: seconds === null ? null : toSeconds(seconds) };
}

/**
 * `metadata-invalid` for the first reserved key with an invalid value; null if all are valid. The JSON value null is valid
 * for every key. A falsy value of the wrong type is refused, while upstream stores it and then fails or ignores it.
 */
export function checkMetadata(
  metadata: Members,
  context: {
    readonly kind: PlaceKind;
    readonly document: MetadataDocument;
    readonly limits: Limits;
    readonly canEncrypt: boolean;
  },
): FailureOf<"metadata-invalid"> | null {
  const { kind, limits, canEncrypt, document } = context;
  const reason =
    checkInteger(metadata, RESERVED.defaultMessageTtl, limits) ??
    checkInteger(metadata, RESERVED.maxMessagesPostSize, limits) ??
    checkInteger(metadata, RESERVED.defaultMessageDelay, limits) ??
    checkInteger(metadata, RESERVED.maxClaimCount, limits) ??
    checkInteger(metadata, RESERVED.deadLetterTtl, limits) ??
    checkEncryption(metadata, canEncrypt) ??
    checkRetries(metadata) ??
    checkPaused(metadata, PAUSABLE[kind]) ??
    checkOrder(metadata);
  return reason === null ? null : { kind: "metadata-invalid", reason, document };
}

function valueOf(metadata: Members, key: string): JsonText | null {
  const value = metadata.get(key);
  return value === undefined || value === "null" ? null : value;
}

function checkInteger(
  metadata: Members,
  { key, bounds: boundsOf }: Required<ReservedKey>,
  limits: Limits,
): string | null {
  const bounds = boundsOf(limits);
  const value = valueOf(metadata, key);
  if (value === null) return null;
  const integer = toInteger(value);
  if (integer === null) return `${key} must be an integer.`;
  if (integer >= bounds.min && integer <= bounds.max) return null;
  if (bounds.max === Infinity) return `${key} must be at least ${bounds.min}, and is ${integer}.`;
  return `${key} must be at least ${bounds.min} and may not be greater than ${bounds.max}, and is ${integer}.`;
}

function checkEncryption(metadata: Members, canEncrypt: boolean): string | null {
  const value = valueOf(metadata, RESERVED.encrypt.key);
  if (value === null || !isTruthy(value)) return null;
  if (typeOf(value) !== "boolean") return `${RESERVED.encrypt.key} must be a boolean.`;
  return canEncrypt ? null : "Messages cannot be encrypted: this service has no message encryption key configured.";
}

function checkPaused(metadata: Members, pausable: readonly string[]): string | null {
  const value = valueOf(metadata, RESERVED.paused.key);
  if (value === null) return null;
  const isValid = typeOf(value) === "array" && elementsOf(value).every((each) => pausable.includes(toText(each) ?? ""));
  if (isValid) return null;
  return `${RESERVED.paused.key} must be a list of ${pausable.map((each) => `"${each}"`).join(" and ")}.`;
}

function checkOrder(metadata: Members): string | null {
  const value = valueOf(metadata, RESERVED.order.key);
  return value === null || toText(value) === FIFO ? null : `${RESERVED.order.key} must be "${FIFO}".`;
}

function checkRetries(metadata: Members): string | null {
  const value = valueOf(metadata, RESERVED.retryPolicy.key);
  return value === null ? null : checkRetryPolicy(value);
}
