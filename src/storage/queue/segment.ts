/** Segments of the message log and the messages in them, without their bodies. */
import type { Life } from "../../domain/claim.ts";
import { toMessageId, type ClientId, type Epoch, type MessageId, type MessagePosition } from "../../domain/id.ts";
import type { Bodies, DeadLetterOrigin } from "../../domain/message.ts";
import type { EpochMs, Seconds } from "../../domain/time.ts";
import type { Traceparent } from "../../domain/traceparent.ts";
import type { MessageExceptions } from "./exceptions.ts";

/** With more messages in one row, a claim would read many more messages than it returns. */
export const SEGMENT_COUNT_MAX = 128;
/** UTF-16 units; at most three bytes each in UTF-8, so that a row stays below the platform's 2 MB. */
export const SEGMENT_LENGTH_MAX = 524_288;

/** A segment without its bodies. */
export interface Segment {
  readonly first: number;
  readonly count: number;
  /** Bytes of its bodies in UTF-8, deleted messages included: reading one body reads all. */
  readonly size: number;
  readonly ttl: Seconds;
  readonly postedAt: EpochMs;
  readonly visibleAt: EpochMs;
  readonly expiresAt: EpochMs;
  readonly client: ClientId;
  /** The position of its first message in the log that it was posted to; null: this log. A dead letter keeps its id. */
  readonly origin: MessagePosition | null;
  /** Null while no message has an exception. */
  readonly exceptions: MessageExceptions | null;
  /**
   * Its exceptions are damaged, so its deleted messages are not known. None of its messages is returned; all are removed
   * together.
   */
  readonly isDamaged: boolean;
  /** The columns of its content, if they were read with it. */
  readonly content?: StoredContent;
}

/** The columns that are read for bodies only. */
export interface StoredContent {
  readonly bodies: Bodies;
  /** The CRC-32 of the bodies in UTF-8. Null: written by a version that stored none. */
  readonly crc: number | null;
  readonly traceparent: Traceparent | null;
}

export type NewSegment = Omit<Segment, "size" | "exceptions" | "isDamaged" | "content"> & {
  readonly bodies: Bodies;
  /** How many times its messages have moved to a dead-letter queue. */
  readonly moves: number;
  /** Null: its messages are no dead letters. */
  readonly deadLetter: DeadLetterOrigin | null;
  /** That of its post; null: it had none. */
  readonly traceparent: Traceparent | null;
};

/** One message of a segment. */
export interface Entry {
  readonly segment: Segment;
  readonly offset: number;
}

/** The segments of messages, and the offsets of the messages in each, without repeats. */
export function bySegment(
  entries: readonly Entry[],
): Iterable<{ readonly segment: Segment; readonly offsets: readonly number[] }> {
  const groups = new Map<number, { readonly segment: Segment; readonly offsets: number[] }>();
  for (const { segment, offset } of entries) {
    const group = groups.get(segment.first);
    if (group === undefined) groups.set(segment.first, { segment, offsets: [offset] });
    else if (!group.offsets.includes(offset)) group.offsets.push(offset);
  }
  return groups.values();
}

/** The messages of a segment from a sequence number on, deleted ones too. */
export function entriesOf(segment: Segment, from: number): Entry[] {
  const entries: Entry[] = [];
  for (let offset = Math.max(0, from - segment.first); offset < segment.count; offset++)
    entries.push({ segment, offset });
  return entries;
}

export function sequenceOf(entry: Entry): number {
  return entry.segment.first + entry.offset;
}

export function lifeOf({ segment, offset }: Entry): Life {
  return segment.exceptions?.lives.get(offset) ?? segment;
}

export function isDeleted({ segment, offset }: Entry): boolean {
  return segment.exceptions?.deleted.has(offset) ?? false;
}

export function isAlive(entry: Entry, now: EpochMs): boolean {
  return !isDeleted(entry) && lifeOf(entry).expiresAt > now;
}

/** When the message can be claimed: at the end of its delay, or of the one with which a claim has released it since. */
export function visibleAt({ segment, offset }: Entry): EpochMs {
  return segment.exceptions?.delays.get(offset) ?? segment.visibleAt;
}

/** Whether a claim has released the message with a delay that is not over. */
export function isReleasedLater({ segment, offset }: Entry, now: EpochMs): boolean {
  return (segment.exceptions?.delays.get(offset) ?? 0) > now;
}

export function claimCountOf({ segment, offset }: Entry): number {
  return segment.exceptions?.claimCounts.get(offset) ?? 0;
}

/** The id of a message: the one under which it was first posted. */
export function idOf(entry: Entry, epoch: Epoch): MessageId {
  const { origin } = entry.segment;
  return origin === null ? toMessageId(epoch, sequenceOf(entry)) : originalIdOf(origin, entry);
}

/** The id of a message whose segment has an origin. */
export function originalIdOf({ epoch, sequence }: MessagePosition, { offset }: Entry): MessageId {
  return toMessageId(epoch, sequence + offset);
}
