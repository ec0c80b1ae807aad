/**
 * Names and identifiers. A `parse…` function is the only way to a branded value; it returns null for text that cannot
 * be one, and the caller decides which failure that is.
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
/** A client's identity, canonical: two spellings of one UUID are one ClientId. */
export type ClientId = Brand<string, "ClientId">;
/** One life of a queue's log: 16 hexadecimal digits, unique per creation, sorting by creation time. */
export type Epoch = Brand<string, "Epoch">;
/** The position of a message in its log: 1, 2, 3 … up to 2^53, never given twice. */
export type Sequence = Brand<number, "Sequence">;

const QUEUE_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const PROJECT_LENGTH_MAX = 256;

export function parseQueueName(text: string): QueueName | null {
  return QUEUE_NAME.test(text) ? (text as QueueName) : null;
}

/**
 * Names that nothing new may have: whoever normalises a URL takes them out of its path, and asks for something else. Upstream
 * admits them, so what has one already stays as it is.
 */
export function isDotSegment(name: QueueName): boolean {
  return name === "." || name === "..";
}

/** As `parseQueueName`, for what may have to be created by that name. */
export function parseNewQueueName(text: string): QueueName | null {
  const name = parseQueueName(text);
  return name === null || isDotSegment(name) ? null : name;
}

/** Any text is a project; only routes that name a queue bound its length (core contract 1.3). */
export function toProjectId(text: string): ProjectId {
  return text as ProjectId;
}

export function isProjectTooLong(project: string): boolean {
  return project.length > PROJECT_LENGTH_MAX;
}

export function toSequence(value: number): Sequence {
  return value as Sequence;
}

const UUID_HEX = /^[0-9a-f]{32}$/;
/** Room for a hyphen behind every digit, and `urn:uuid:` and braces around them. */
const UUID_LENGTH_MAX = 80;

/**
 * A UUID in any spelling that Python's `uuid.UUID` takes, as 32 lower-case hexadecimal digits. Ours: no longer than a
 * spelling has reason to be, because looking for the braces at an end takes the square of the text's length.
 */
export function parseUuidClientId(text: string): ClientId | null {
  if (text.length > UUID_LENGTH_MAX) return null;
  const hex = text
    .replace(/urn:|uuid:/g, "")
    .replace(/^[{}]+|[{}]+$/g, "")
    .replaceAll("-", "")
    .toLowerCase();
  return UUID_HEX.test(hex) ? (hex as ClientId) : null;
}

/** With `CLIENT_ID_UUID_SAFE=off` any text within the length bounds; UUIDs still compare by value. */
export function parseFreeClientId(
  text: string,
  bounds: { readonly min: number; readonly max: number },
): ClientId | null {
  if (text.length < bounds.min || text.length > bounds.max) return null;
  return parseUuidClientId(text) ?? (text as ClientId);
}

/** Where a message is: the life of the log, the shard (0 until a queue can be spread) and the position. */
export interface MessagePosition {
  readonly epoch: Epoch;
  readonly sequence: Sequence;
}

const SHARD = "00";
const EPOCH_DIGITS = 16;
const SEQUENCE_DIGITS = 14;
const MESSAGE_ID = /^[0-9a-f]{32}$/;

/** 32 hexadecimal digits (epoch, shard, sequence): opaque to clients, fixed in width, sorting like the log. */
export function toMessageId(epoch: Epoch, sequence: number): MessageId {
  return (epoch + SHARD + sequence.toString(16).padStart(SEQUENCE_DIGITS, "0")) as MessageId;
}

export function parseMessageId(text: string): MessagePosition | null {
  if (!MESSAGE_ID.test(text)) return null;
  if (text.slice(EPOCH_DIGITS, EPOCH_DIGITS + SHARD.length) !== SHARD) return null;
  const sequence = Number.parseInt(text.slice(EPOCH_DIGITS + SHARD.length), 16);
  if (!Number.isSafeInteger(sequence)) return null;
  return { epoch: text.slice(0, EPOCH_DIGITS) as Epoch, sequence: sequence as Sequence };
}

/** Creation time in milliseconds (11 digits, until the year 2527) and 20 random bits. */
export function toEpoch(createdAt: number, random: number): Epoch {
  const time = createdAt.toString(16).padStart(11, "0");
  return (time + (random & 0xfffff).toString(16).padStart(5, "0")) as Epoch;
}

export function toClaimId(uuid: string): ClaimId {
  return uuid as ClaimId;
}

const SUBSCRIPTION_ID = /^[0-9a-f]{24}$/;
const SUBSCRIPTION_NUMBER_DIGITS = 12;

/** 24 hexadecimal digits: its number, which gives the order of creation, and 48 random bits. */
export function toSubscriptionId(number: number, random: Uint8Array): SubscriptionId {
  return (number.toString(16).padStart(SUBSCRIPTION_NUMBER_DIGITS, "0") + toHex(random)) as SubscriptionId;
}

/** The number of a subscription, also of one that is no more; null for text that was never the id of one. */
export function numberOfSubscription(id: string): number | null {
  return SUBSCRIPTION_ID.test(id) ? Number.parseInt(id.slice(0, SUBSCRIPTION_NUMBER_DIGITS), 16) : null;
}
