/** Views of queues and topics: lists, statistics and usage. */
import type { QueueName } from "./id.ts";
import type { JsonText } from "./json.ts";
import type { MessageStamp } from "./message.ts";

/** The filters of a list. */
export interface QueueFilter {
  /** A substring of the name; null: no filter. */
  readonly name: string | null;
  /** Conditions on the stored metadata, which must all be met. */
  readonly filters: readonly MetadataFilter[];
}

export interface MetadataFilter {
  readonly key: string;
  readonly value: string;
}

export interface QueuePage {
  readonly entries: readonly QueueEntry[];
  /** The number of queues that the caller may see, regardless of the filters; null: not requested. */
  readonly count: number | null;
}

export interface QueueEntry {
  readonly name: QueueName;
  readonly metadata: JsonText;
  /** Present if details were requested; null: they could not be read. */
  readonly stats?: QueueStats | null;
}

/** One queue or topic. */
export interface QueueView {
  /** The stored metadata; `{}` for one that does not exist. */
  readonly metadata: JsonText;
  /** null: not requested. */
  readonly stats: QueueStats | null;
}

export interface QueueStats {
  readonly exists: boolean;
  readonly claimed: number;
  readonly free: number;
  /** The oldest and the newest visible message; null: none. */
  readonly oldest: MessageStamp | null;
  readonly newest: MessageStamp | null;
  /** The number of free messages that are known to be unreadable. Older versions leave it out. */
  readonly unreadable?: number;
}

/** The statistics of the objects of one queue together. */
export function sumStats(a: QueueStats, b: QueueStats): QueueStats {
  return {
    exists: a.exists,
    claimed: a.claimed + b.claimed,
    free: a.free + b.free,
    oldest: firstOf([a.oldest, b.oldest], (stamp, other) => stamp.createdAt < other.createdAt),
    newest: firstOf([a.newest, b.newest], (stamp, other) => stamp.createdAt > other.createdAt),
    unreadable: (a.unreadable ?? 0) + (b.unreadable ?? 0),
  };
}

type Stamps = readonly [MessageStamp | null, MessageStamp | null];

function firstOf([a, b]: Stamps, precedes: (stamp: MessageStamp, other: MessageStamp) => boolean): MessageStamp | null {
  if (a === null || b === null) return a ?? b;
  return precedes(b, a) ? b : a;
}

/** The usage of a queue's quotas. */
export interface QueueUsage {
  readonly messages: number;
  readonly subscriptions: number;
  /** Bytes of storage, including the service's own tables. */
  readonly bytes: number;
}
