/** How claims let messages live on that would end inside the lease, and how a claim that is withdrawn undoes that. */
import { stretchLife, type FormerLife, type Lease, type Life } from "../../domain/claim.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { MessageLog } from "./message-log.ts";
import { lifeOf, sequenceOf, type Entry } from "./segments.ts";

export interface Stretched {
  /** New lives by sequence number; those of the others stay. */
  readonly lives: ReadonlyMap<number, Life>;
  readonly former: readonly FormerLife[];
}

/** A row for each segment in which a life changes. */
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

/** Gives messages that are stored their former lives back. Returns when the first of them ends; null when there is none. */
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
