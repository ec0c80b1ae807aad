/** Claims extend the lives of messages that would expire during the lease. Withdrawing a claim restores the former lives. */
import { extendLife, type EarlierLife, type Lease, type Life } from "../../domain/claim.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { Census } from "./census.ts";
import type { LiveCount } from "./live-count.ts";
import type { MessageLog } from "./message-log.ts";
import { lifeOf, sequenceOf, type Entry } from "./segment.ts";

export interface LivesDeps {
  readonly log: MessageLog;
  readonly census: Census;
  readonly liveCount: LiveCount;
}

export interface LifeExtension {
  /** The new lives by sequence number. The other messages keep theirs. */
  readonly lives: ReadonlyMap<number, Life>;
  readonly former: readonly EarlierLife[];
}

/** Writes one row for each segment in which a life changes. */
export function extendLives(
  { log, census }: LivesDeps,
  entries: readonly Entry[],
  lease: Lease,
  now: EpochMs,
): LifeExtension {
  const lives = new Map<number, Life>();
  const former: EarlierLife[] = [];
  for (const entry of entries) {
    const life = extendLife(lifeOf(entry), lease, now);
    if (life === null) continue;
    const { offset, segment } = entry;
    lives.set(sequenceOf(entry), life);
    former.push({ sequence: sequenceOf(entry), life: segment.exceptions?.lives.get(offset) ?? null });
  }
  if (lives.size === 0) return { lives, former };
  log.changeExceptions([...lives.keys()], (entry, exceptions) => {
    const life = lives.get(sequenceOf(entry));
    if (life === undefined) return;
    census.changeLife(entry, life.expiresAt);
    exceptions.lives.set(entry.offset, life);
  });
  return { lives, former };
}

/** Restores the former lives of the messages that are still stored. Returns the earliest expiry among them; null: none is. */
export function restoreLives({ log, census, liveCount }: LivesDeps, former: readonly EarlierLife[]): EpochMs | null {
  const lives = new Map(former.map(({ sequence, life }) => [sequence, life]));
  const ends: EpochMs[] = [];
  log.changeExceptions([...lives.keys()], (entry, exceptions) => {
    const life = lives.get(sequenceOf(entry)) ?? null;
    census.changeLife(entry, (life ?? entry.segment).expiresAt);
    if (life === null) exceptions.lives.delete(entry.offset);
    else exceptions.lives.set(entry.offset, life);
    ends.push((life ?? entry.segment).expiresAt);
  });
  if (ends.length === 0) return null;
  const first = toEpochMs(Math.min(...ends));
  liveCount.expireAt(first);
  return first;
}
