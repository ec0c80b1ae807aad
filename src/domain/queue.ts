/**
 * A queue's metadata: what its users stored, and the reserved `_…` keys the service obeys (core contract 3.7).
 * Metadata is kept as members with raw values, so that every number comes back as it was written.
 */
import type { Failure, MetadataDocument } from "./failure.ts";
import { parseNewQueueName, type QueueName } from "./id.ts";
import { isTruthy, membersOf, toInteger, toText, typeOf, type JsonText, type Members } from "./json.ts";
import type { Limits } from "./limits.ts";
import { RESERVED, type ReservedKey } from "./reserved-metadata.ts";
import { checkRetryPolicy } from "./retry.ts";
import { toSeconds, type Seconds } from "./time.ts";

/** The reserved keys as the service uses them; null where the queue leaves the choice to the service. */
export interface Settings {
  readonly defaultMessageTtl: Seconds | null;
  /** 0: not a delayed queue. */
  readonly defaultMessageDelay: Seconds;
  readonly maxMessagesPostSize: number | null;
  readonly deadLetters: DeadLetters | null;
  readonly encrypt: boolean;
  /** Of the notifications of its messages. */
  readonly retryPolicy: JsonText | null;
}

/** Where messages go that were claimed too often. */
export interface DeadLetters {
  readonly queue: QueueName;
  readonly maxClaimCount: number;
  /** Replaces a moved message's ttl, counted from the move; null keeps its life as it is. */
  readonly ttl: Seconds | null;
}

/**
 * How often a message moves on as a dead letter: queues that are each other's would hand it round for ever, each time with a
 * new life. After that it stays where it is, and is handed out until its life ends. A redrive begins anew.
 */
export const DEAD_LETTER_MOVES_MAX = 5;

/** What a queue without a record behaves like. */
export const DEFAULT_SETTINGS: Settings = {
  defaultMessageTtl: null,
  defaultMessageDelay: toSeconds(0),
  maxMessagesPostSize: null,
  deadLetters: null,
  encrypt: false,
  retryPolicy: null,
};

/** Reads the reserved keys of metadata that `checkMetadata` has passed, of the queue of that name. */
export function toSettings(metadata: JsonText, name: QueueName): Settings {
  const members = membersOf(metadata);
  const integer = ({ key }: ReservedKey): number | null => {
    const value = members.get(key);
    return value === undefined ? null : toInteger(value);
  };
  const ttl = integer(RESERVED.defaultMessageTtl);
  const encrypt = members.get(RESERVED.encrypt.key);
  return {
    defaultMessageTtl: ttl === null ? null : toSeconds(ttl),
    defaultMessageDelay: toSeconds(integer(RESERVED.defaultMessageDelay) ?? 0),
    maxMessagesPostSize: integer(RESERVED.maxMessagesPostSize),
    deadLetters: toDeadLetters(members, name),
    encrypt: encrypt !== undefined && isTruthy(encrypt),
    retryPolicy: given(members, RESERVED.retryPolicy.key),
  };
}

/**
 * Dead-lettering needs both keys. Upstream does not validate the queue's name; one that no queue can have switches
 * dead-lettering off, so that messages stay where they are instead of getting lost.
 */
function toDeadLetters(members: Members, self: QueueName): DeadLetters | null {
  const count = members.get(RESERVED.maxClaimCount.key);
  const name = members.get(RESERVED.deadLetterQueue.key);
  if (count === undefined || name === undefined) return null;
  const maxClaimCount = toInteger(count);
  const queue = parseNewQueueName(toText(name) ?? "");
  // Older versions took negative numbers, which meant that nobody ever got a message.
  if (maxClaimCount === null || maxClaimCount < 0 || queue === null) return null;
  // A queue that hands out nothing and moves everything to itself would do so for ever.
  if (queue === self && maxClaimCount <= 0) return null;
  const ttl = members.get(RESERVED.deadLetterTtl.key);
  const seconds = ttl === undefined ? null : toInteger(ttl);
  return { queue, maxClaimCount, ttl: seconds === null ? null : toSeconds(seconds) };
}

/**
 * The failure of metadata whose reserved keys are not what they must be, or null. `null` passes for every key; a
 * falsy value of a wrong type, on which the reference crashes, is refused like any other wrong type.
 */
export function checkMetadata(
  metadata: Members,
  context: { readonly document: MetadataDocument; readonly limits: Limits; readonly canEncrypt: boolean },
): Failure | null {
  const { limits, canEncrypt, document } = context;
  const reason =
    checkInteger(metadata, RESERVED.defaultMessageTtl, limits) ??
    checkInteger(metadata, RESERVED.maxMessagesPostSize, limits) ??
    checkInteger(metadata, RESERVED.defaultMessageDelay, limits) ??
    checkInteger(metadata, RESERVED.maxClaimCount, limits) ??
    checkInteger(metadata, RESERVED.deadLetterTtl, limits) ??
    checkEncryption(metadata, canEncrypt) ??
    checkRetries(metadata);
  return reason === null ? null : { kind: "metadata-invalid", reason, document };
}

function given(metadata: Members, key: string): JsonText | null {
  const value = metadata.get(key);
  return value === undefined || value === "null" ? null : value;
}

function checkInteger(
  metadata: Members,
  { key, bounds: boundsOf }: Required<ReservedKey>,
  limits: Limits,
): string | null {
  const bounds = boundsOf(limits);
  const value = given(metadata, key);
  if (value === null) return null;
  const integer = toInteger(value);
  if (integer === null) return `${key} must be an integer.`;
  if (integer >= bounds.min && integer <= bounds.max) return null;
  if (bounds.max === Infinity) return `${key} must be at least ${bounds.min}, and is ${integer}.`;
  return `${key} must be at least ${bounds.min} and may not be greater than ${bounds.max}, and is ${integer}.`;
}

function checkEncryption(metadata: Members, canEncrypt: boolean): string | null {
  const value = given(metadata, RESERVED.encrypt.key);
  if (value === null || !isTruthy(value)) return null;
  if (typeOf(value) !== "boolean") return `${RESERVED.encrypt.key} must be a boolean.`;
  return canEncrypt ? null : "Messages cannot be encrypted: this service has no message encryption key configured.";
}

function checkRetries(metadata: Members): string | null {
  const value = given(metadata, RESERVED.retryPolicy.key);
  return value === null ? null : checkRetryPolicy(value);
}
