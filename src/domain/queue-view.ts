/** Queues and topics as their project sees them: in lists, and by their numbers. */
import type { QueueName } from "./id.ts";
import type { JsonText } from "./json.ts";
import type { MessageStamp } from "./message.ts";

/** The conditions of a list, besides its page. */
export interface QueueFilter {
  /** Only names that contain it. */
  readonly name: string | null;
  /** Only those whose stored metadata equals all of these (core contract 3.1). */
  readonly filters: readonly MetadataFilter[];
}

export interface MetadataFilter {
  readonly key: string;
  readonly value: string;
}

export interface QueuePage {
  readonly entries: readonly QueueEntry[];
  /** The number of all that the caller may see, whatever the filters; null unless asked for. */
  readonly count: number | null;
}

export interface QueueEntry {
  readonly name: QueueName;
  readonly metadata: JsonText;
}

export interface QueueStats {
  readonly exists: boolean;
  readonly claimed: number;
  readonly free: number;
  /** The oldest and the newest message that are visible; null when there is none. */
  readonly oldest: MessageStamp | null;
  readonly newest: MessageStamp | null;
  /** The free messages known to be unreadable. Absent from older versions. */
  readonly unreadable?: number;
}

/** The use of the quotas for one queue. */
export interface QueueUsage {
  readonly messages: number;
  readonly subscriptions: number;
  /** Bytes of storage, the service's own tables included. */
  readonly bytes: number;
}
