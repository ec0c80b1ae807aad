/** What the service tells about a queue or topic. */

/** JSON values by name. Names that begin with `_` are reserved: they change the behaviour of the queue. */
export type Metadata = Readonly<Record<string, unknown>>;

/** A queue or topic. */
export interface PlaceDetails {
  readonly name: string;
  readonly metadata: Metadata;
  /** null: they were not asked for (`details`), or cannot be read at the moment. */
  readonly stats: Stats | null;
}

export interface Stats {
  readonly total: number;
  /** Of queues, not of topics. */
  readonly free?: number;
  /** Claimed or delayed. Of queues, not of topics. */
  readonly claimed?: number;
  /** Damaged messages, which are skipped. Left out if none was found. */
  readonly unreadable?: number;
  readonly oldest: Stamp | null;
  readonly newest: Stamp | null;
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
  return { name, metadata, stats: messages == null ? null : toStats(messages) };
}

export function toStats(stats: WireStats): Stats {
  return { ...stats, oldest: toStamp(stats.oldest), newest: toStamp(stats.newest) };
}

function toStamp(stamp: WireStamp | undefined): Stamp | null {
  return stamp === undefined ? null : { ...stamp, created: new Date(stamp.created) };
}
