/** Claims extend the life of messages that would expire during the lease; withdrawing a claim restores the former lives. */
import { stretchLife, type FormerLife, type Lease, type Life } from "../../domain/claim.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { MessageLog } from "./message-log.ts";
import { lifeOf, sequenceOf, type Entry } from "./segment.ts";

export interface Stretched {
  /** New lives by sequence number. Messages that are not in it keep theirs. */
  readonly lives: ReadonlyMap<number, Life>;
  readonly former: readonly FormerLife[];
}

/** Writes one row for each segment in which a life changes. */
export function stretchLives(log: MessageLog, entries: readonly Entry[], lease: Lease, now: EpochMs): Stretched {
  const lives = new Map<number, Life>();
  const former: FormerLife[] = [];
  for (const entry of entries) {
    const life = stretchLife(lifeOf(entry), lease, now);
    if (life === null) continue;
    const { offset, segment } = entry;
    lives.set(sequenceOf(entry), life);
    former.push({ sequence: sequenceOf(entry), life: segment.exceptions?.lives.get(offset) ?? null });
  }
  if (lives.size === 0) return { lives, former };
  log.mark([...lives.keys()], (entry, exceptions) => {
    const life = lives.get(sequenceOf(entry));
    if (life !== undefined) exceptions.lives.set(entry.offset, life);
  });
  return { lives, former };
}

/** Restores the former lives of stored messages. Returns the earliest expiry among them; null when there are none. */
export function restoreLives(log: MessageLog, former: readonly FormerLife[]): EpochMs | null {
  const lives = new Map(former.map(({ sequence, life }) => [sequence, life]));
  const ends: EpochMs[] = [];
  log.mark([...lives.keys()], (entry, exceptions) => {
    const life = lives.get(sequenceOf(entry)) ?? null;
    if (life === null) exceptions.lives.delete(entry.offset);
    else exceptions.lives.set(entry.offset, life);
    ends.push((life ?? entry.segment).expiresAt);
  });
  if (ends.length === 0) return null;
  const first = toEpochMs(Math.min(...ends));
  log.recountAt(first);
  return first;
}
