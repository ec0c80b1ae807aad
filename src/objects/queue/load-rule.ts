/**
 * When a queue is spread over several objects, and when it is brought back (docs/SCALING.md). Loads are means over 10 s, as
 * shares of what one object carries.
 */
import { toSeconds, type EpochMs } from "../../domain/time.ts";

/** The load of the home above which a queue is spread. */
const GROW_ABOVE = 0.7;
/** With few consumers, because they find messages later in many objects. */
const GROW_ABOVE_FOR_FEW = 0.9;
export const FEW_CONSUMERS = 4;
/** The load of all objects together below which it is brought back. */
const SHRINK_BELOW = 0.25;
const GROW_AFTER = toSeconds(30);
const SHRINK_AFTER = toSeconds(600);
/** Bytes of the home from which on a queue is spread, whatever its load: half of what an object can store. */
const GROW_FROM_BYTES = 5_000_000_000;
/** The home has to have room for some time when all posts go to it again. */
const SHRINK_BELOW_BYTES = 2_500_000_000;

export type GrowthReason = "load" | "size";

export class GrowthRule {
  private highSince: EpochMs | null = null;

  /** Why the queue has to be spread; null: it need not. To be asked after every change, because time counts. */
  judge(load: number, now: EpochMs, { bytes, consumers }: HomeState): GrowthReason | null {
    if (bytes >= GROW_FROM_BYTES) return "size";
    if (load <= GROW_ABOVE) {
      this.highSince = null;
      return null;
    }
    this.highSince ??= now;
    if (now - this.highSince < GROW_AFTER * 1000) return null;
    if (load > GROW_ABOVE_FOR_FEW || consumers() > FEW_CONSUMERS) return "load";
    // Counting consumers reads all claims, so they are not counted after every change.
    this.highSince = now;
    return null;
  }
}

interface HomeState {
  readonly bytes: number;
  /** Those that hold claims or wait. */
  readonly consumers: () => number;
}

/** Whether one object can carry what all do. */
export function fitsOne(load: number, bytes: number): boolean {
  return load <= GROW_ABOVE && bytes < GROW_FROM_BYTES;
}

/** Whether the load of all objects is so little that one will do, if that lasts. */
export function isQuiet(load: number, bytes: number): boolean {
  return load < SHRINK_BELOW && bytes < SHRINK_BELOW_BYTES;
}

export function isQuietLongEnough(since: EpochMs, now: EpochMs): boolean {
  return now - since >= SHRINK_AFTER * 1000;
}
