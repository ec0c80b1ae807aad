/** What the service tells about a queue or topic. */

/**
 * The reserved names, which change the behaviour of a queue or topic. null: the default of the service.
 * docs/COMPATIBILITY.md and the documentation of Zaqar describe them.
 */
export interface ReservedMetadata {
  /** Seconds. */
  readonly _default_message_ttl?: number | null | undefined;
  /** Seconds. Without it, messages have no delays. */
  readonly _default_message_delay?: number | null | undefined;
  /** Bytes of the messages of a post. */
  readonly _max_messages_post_size?: number | null | undefined;
  /** The queue to which messages move that were claimed `_max_claim_count` times. Only with both they move. */
  readonly _dead_letter_queue?: string | null | undefined;
  readonly _max_claim_count?: number | null | undefined;
  /** Seconds that dead letters live from their move on. Default: as long as they would have lived. */
  readonly _dead_letter_queue_messages_ttl?: number | null | undefined;
  readonly _enable_encrypt_messages?: boolean | null | undefined;
  /** How notifications are repeated: docs/NOTIFICATIONS.md. */
  readonly _retry_policy?: Readonly<Record<string, unknown>> | null | undefined;
  /** Where it is stored, if the service has pools: docs/POOLS.md. */
  readonly _flavor?: string | null | undefined;
  /** `fifo`: its messages stay in post order, so it is never spread over several objects (docs/GUARANTEES.md). */
  readonly _order?: "fifo" | null | undefined;
  /** What it does not do for a time. */
  readonly _paused?: readonly ("claims" | "notifications")[] | null | undefined;
  /** Every change invalidates the URLs that were signed before. */
  readonly _signing_generation?: unknown;
}

/** JSON values by name: the reserved ones, and any that begin without `_`. */
export interface Metadata extends ReservedMetadata {
  readonly [name: string]: unknown;
}

/** A queue or topic. */
export interface PlaceDetails {
  readonly name: string;
  readonly metadata: Metadata;
  /** null: they were not asked for (`details`), or cannot be read at the moment. */
  readonly stats: Stats | null;
}

export interface Stats {
  readonly total: number;
  /** Not claimed: delayed ones too. Of queues, not of topics. */
  readonly free?: number;
  /** Under a claim. Of queues, not of topics. */
  readonly claimed?: number;
  /** Damaged messages, which are skipped. Left out if none was found. */
  readonly unreadable?: number;
  readonly oldest: Stamp | null;
  readonly newest: Stamp | null;
}

export interface QueueStats extends Stats {
  readonly free: number;
  readonly claimed: number;
}

/** A message in statistics. */
export interface Stamp {
  readonly age: number;
  readonly created: Date;
  readonly href: string;
}

type WireStamp = Omit<Stamp, "created"> & { readonly created: string };

/** Statistics as the service writes them. */
export type WireStats = Omit<Stats, "oldest" | "newest"> & { readonly oldest?: WireStamp; readonly newest?: WireStamp };

/** A queue or topic as the service writes it. */
export interface WirePlace {
  readonly name: string;
  readonly metadata: Metadata;
  readonly messages?: WireStats | null;
}

export function toDetails({ name, metadata, messages }: WirePlace): PlaceDetails {
  return { name, metadata, stats: messages ? toStats(messages) : null };
}

export function toStats(stats: WireStats): Stats {
  return { ...stats, oldest: toStamp(stats.oldest), newest: toStamp(stats.newest) };
}

function toStamp(stamp: WireStamp | undefined): Stamp | null {
  return stamp ? { ...stamp, created: new Date(stamp.created) } : null;
}
