/**
 * Settlements: the outcomes of a claim's messages in one request. Some are deleted, others are released, at once or with a
 * delay, and the rest stays under the claim. Ours; upstream has no such request.
 */
import type { FailureOf } from "./failure.ts";
import { checkRange, type Limits } from "./limits.ts";
import type { DeletionFailure } from "./message.ts";

export interface Settlement {
  /** Message ids as the client wrote them, as in the releases. */
  readonly deleted: readonly string[];
  readonly released: readonly Release[];
}

export interface Release {
  readonly ids: readonly string[];
  /** Seconds before the messages can be claimed again. */
  readonly delay: number;
  /** Whether the claim counts as one of the messages' attempts. */
  readonly isCounted: boolean;
}

/** `claim-not-found`: the claim is over, and one of the messages to delete still exists. */
export type SettlementFailure = Exclude<DeletionFailure, "claim-over"> | "claim-not-found";

/** A defect of a settlement that does not depend on the queue; null: there is none. */
export function checkSettlement(
  { deleted, released }: Settlement,
  limits: Limits,
): FailureOf<"out-of-range" | "document-invalid"> | null {
  const ids = [deleted, ...released.map((release) => release.ids)].flat();
  const failure = checkRange("ids", ids.length, { min: 1, max: limits.maxMessagesPerClaimOrPop });
  if (failure !== null) return failure;
  if (new Set(ids).size < ids.length)
    return { kind: "document-invalid", reason: "Each message may be named only once." };
  for (const { delay } of released) {
    const range = checkRange("message delay", delay, { min: 0, max: limits.maxMessageDelay });
    if (range !== null) return range;
  }
  return null;
}
