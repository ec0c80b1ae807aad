/**
 * Names and identifiers. External text becomes a branded value only through a `parse…` function, which returns null for
 * invalid text. The caller chooses the failure.
 */
import type { Brand } from "./brand.ts";
import { toHex } from "./hex.ts";

export type ProjectId = Brand<string, "ProjectId">;
export type QueueName = Brand<string, "QueueName">;
export type MessageId = Brand<string, "MessageId">;
export type ClaimId = Brand<string, "ClaimId">;
export type SubscriptionId = Brand<string, "SubscriptionId">;
/** Keystone's id of a trust. */
export type TrustId = Brand<string, "TrustId">;
/** The identity of a client in canonical form: all spellings of one UUID are the same ClientId. */
export type ClientId = Brand<string, "ClientId">;
/**
 * Identifies a log in one life of its queue, from the creation of the queue to its deletion: 16 hexadecimal digits that sort by
 * creation time. In a shard of a spread queue, two more: the shard.
 */
export type Epoch = Brand<string, "Epoch">;
/** The number of a message in its log: 1, 2, 3 … up to 2^53. A log never uses a number twice. */
export type Sequence = Brand<number, "Sequence">;

const QUEUE_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const PROJECT_LENGTH_MAX = 256;

export function parseQueueName(text: string): QueueName | null {
  return QUEUE_NAME.test(text) ? (text as QueueName) : null;
}

/**
 * Names that a new queue or topic may not have: clients that normalise URLs remove these segments and so request another
 * resource. Upstream and earlier versions accept them, so existing queues with such names stay usable.
 */
export function isDotSegment(name: QueueName): boolean {
  return name === "." || name === "..";
}

/** As `parseQueueName`, for a queue or topic that the request may create. */
export function parseNewQueueName(text: string): QueueName | null {
  const name = parseQueueName(text);
  return name === null || isDotSegment(name) ? null : name;
}

/** Any text is a project id. Upstream quirk: only routes that name a queue or topic limit its length. */
export function toProjectId(text: string): ProjectId {
  return text as ProjectId;
}

export function isProjectTooLong(project: string): boolean {
  return project.length > PROJECT_LENGTH_MAX;
}

/** What no header can contain, so that no client has a project with it. Names of the service's own objects do. */
const NOT_IN_HEADERS = /[\0\r\n]/;

/** Whether a request may name such a project. An id cannot contain a lone surrogate. */
export function isProjectId(text: string): boolean {
  return !isProjectTooLong(text) && text.isWellFormed() && !NOT_IN_HEADERS.test(text);
}

export function toSequence(value: number): Sequence {
  return value as Sequence;
}

const UUID_HEX = /^[0-9a-f]{32}$/;
/** As nearly all clients write it. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Characters: enough for a hyphen after every digit, `urn:uuid:` and braces. */
const UUID_LENGTH_MAX = 80;

/**
 * A UUID in any spelling that Python's `uuid.UUID` accepts, as 32 lower-case hexadecimal digits. Ours: the length is limited,
 * because removing trailing braces takes time in proportion to the square of the length.
 */
export function parseUuidClientId(text: string): ClientId | null {
  if (UUID.test(text)) return text.replaceAll("-", "") as ClientId;
  if (text.length > UUID_LENGTH_MAX) return null;
  const hex = text
    .replace(/urn:|uuid:/g, "")
    .replace(/^[{}]+|[{}]+$/g, "")
    .replaceAll("-", "")
    .toLowerCase();
  return UUID_HEX.test(hex) ? (hex as ClientId) : null;
}

/** With `CLIENT_ID_UUID_SAFE=off`: any text within the length bounds. UUIDs are still canonical. */
export function parseFreeClientId(
  text: string,
  bounds: { readonly min: number; readonly max: number },
): ClientId | null {
  if (text.length < bounds.min || text.length > bounds.max) return null;
  return parseUuidClientId(text) ?? (text as ClientId);
}

/** The epoch of a log and the number of a message in it. */
export interface MessagePosition {
  readonly epoch: Epoch;
  readonly sequence: Sequence;
}

const EPOCH_DIGITS = 16;
const SHARD_DIGITS = 2;
/** The shard in the ids of messages that are posted to the home of their queue, whose epoch has no shard. */
const NO_SHARD = "00";
const SEQUENCE_DIGITS = 14;
const MESSAGE_ID = /^[0-9a-f]{32}$/;

/** 32 hexadecimal digits: epoch, shard, sequence. Opaque to clients, of fixed width, and sorted like the log. */
export function toMessageId(epoch: Epoch, sequence: number): MessageId {
  const log = epoch.length === EPOCH_DIGITS ? epoch + NO_SHARD : epoch;
  return (log + sequence.toString(16).padStart(SEQUENCE_DIGITS, "0")) as MessageId;
}

export function parseMessageId(text: string): MessagePosition | null {
  if (!MESSAGE_ID.test(text)) return null;
  const logDigits = EPOCH_DIGITS + SHARD_DIGITS;
  const sequence = Number.parseInt(text.slice(logDigits), 16);
  if (!Number.isSafeInteger(sequence)) return null;
  const isInShard = text.slice(EPOCH_DIGITS, logDigits) !== NO_SHARD;
  return { epoch: text.slice(0, isInShard ? logDigits : EPOCH_DIGITS) as Epoch, sequence: sequence as Sequence };
}

const EPOCH_TIME_DIGITS = 11;

/** The creation time in milliseconds (11 digits, until the year 2527), followed by 20 random bits. */
export function toEpoch(createdAt: number, random: number): Epoch {
  const time = createdAt.toString(16).padStart(EPOCH_TIME_DIGITS, "0");
  return (time + (random & 0xfffff).toString(16).padStart(5, "0")) as Epoch;
}

/** The epoch of a shard's log. `shard`: 1 to 255. */
export function toShardEpoch(epoch: Epoch, shard: number): Epoch {
  return (epoch + shard.toString(16).padStart(SHARD_DIGITS, "0")) as Epoch;
}

/** The shard of a log; 0: it is the home's. */
export function shardIn(epoch: Epoch): number {
  return epoch.length === EPOCH_DIGITS ? 0 : Number.parseInt(epoch.slice(EPOCH_DIGITS), 16);
}

/** When the life began. */
export function createdAtOf(epoch: Epoch): number {
  return Number.parseInt(epoch.slice(0, EPOCH_TIME_DIGITS), 16);
}

export function toClaimId(uuid: string): ClaimId {
  return uuid as ClaimId;
}

/** Where the version of a UUID is in its text, and that of UUIDs whose content an application chooses (RFC 9562). */
const VERSION_AT = 14;
const CUSTOM_VERSION = "8";

/** The id of a claim in a shard, which it names: the home of the queue has no claim with such an id. */
export function toShardClaimId(uuid: string, shard: number): ClaimId {
  const named = uuid.slice(0, VERSION_AT) + CUSTOM_VERSION + uuid.slice(VERSION_AT + 1, -SHARD_DIGITS);
  return (named + shard.toString(16).padStart(SHARD_DIGITS, "0")) as ClaimId;
}

/** The shard of a claim, also of one that has never existed; 0: the home. */
export function shardOfClaim(id: string): number {
  return id[VERSION_AT] === CUSTOM_VERSION ? Number.parseInt(id.slice(-SHARD_DIGITS), 16) || 0 : 0;
}

const SUBSCRIPTION_ID = /^[0-9a-f]{24}$/;
const SUBSCRIPTION_NUMBER_DIGITS = 12;

/** 24 hexadecimal digits: the subscription's number, which gives the order of creation, and 48 random bits. */
export function toSubscriptionId(number: number, random: Uint8Array): SubscriptionId {
  return (number.toString(16).padStart(SUBSCRIPTION_NUMBER_DIGITS, "0") + toHex(random)) as SubscriptionId;
}

/**
 * The number in a subscription's id, whether or not the subscription exists; null for text without the form of such an id.
 */
export function numberOfSubscription(id: string): number | null {
  return SUBSCRIPTION_ID.test(id) ? Number.parseInt(id.slice(0, SUBSCRIPTION_NUMBER_DIGITS), 16) : null;
}
