/** From when on something needs somebody. Times in milliseconds. */
export const THRESHOLDS = {
  /** Losses that are further away are not urgent, and their forecast is not worth much. */
  lossWithin: 3_600_000,
  /** Younger messages wait for nobody: they have just been posted. */
  oldestAtLeast: 60_000,
  /** The part of its life that the oldest message has waited, if nobody takes any: who tries the service out is in no trouble. */
  waitedPart: 0.25,
  /** Messages a second that come in more than go out, below which a queue does not fall behind. */
  growthAtLeast: 0.02,
  /** Dead letters that are older have been seen, or are not urgent. */
  deadLettersWithin: 3_600_000,
  /** How long a subscriber has taken nothing. Receivers that restart are back sooner. */
  failsFor: 60_000,
  /** How long Free has to have grown, and by how many messages. */
  grownFor: 600_000,
  grownBy: 100,
  /** How long a consumer has not asked. A claim may wait for less. */
  silentAfter: 120_000,
  /** The part of a quota that is used. */
  quotaUsed: 0.9,
} as const;
