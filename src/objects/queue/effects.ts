/**
 * Effects: what has to follow a commit of a queue. The work of a transaction returns its effects as data, and only this file
 * performs them, so that no method forgets one or performs them in another order.
 */
import { settlesWithin } from "../../mechanisms/timeout.ts";

export interface Effects {
  /** Starts the hand-over of messages to subscribers, once the answer has gone out. */
  readonly notify?: boolean;
  /** Enters the queue in its project's index. The answer waits for that, so that the next listing shows the queue. */
  readonly enterIndex?: boolean;
  /** Sends the transfers. The answer waits for that, at most SENDING_MS. */
  readonly sendTransfers?: boolean;
  /** The number of waiting requests to wake, if there may be a message for them. */
  readonly wake?: number;
}

/** The result of a transaction with its effects. */
export interface Committed<T> extends Effects {
  readonly value: T;
}

export interface EffectsDeps {
  readonly subscriptions: { readonly outbox: { startSoon(): void } };
  readonly indexEntry: { write(): Promise<void> };
  readonly transfers: { send(): Promise<void> };
  readonly waiters: { wake(count: number): void };
}

/** Milliseconds for which an answer waits until the transfers are sent. */
const SENDING_MS = 500;

/** Performs the effects. Null: the answer need not wait for any, as for most posts and claims. */
export function performEffects(effects: Effects, deps: EffectsDeps): Promise<void> | null {
  if (effects.notify === true) deps.subscriptions.outbox.startSoon();
  if (effects.enterIndex === true || effects.sendTransfers === true) return performAsync(effects, deps);
  wake(effects, deps);
  return null;
}

async function performAsync(effects: Effects, deps: EffectsDeps): Promise<void> {
  if (effects.enterIndex === true) await deps.indexEntry.write();
  if (effects.sendTransfers === true) await settlesWithin(deps.transfers.send(), SENDING_MS);
  wake(effects, deps);
}

/** Last, because a woken request claims at once. */
function wake({ wake: count = 0 }: Effects, { waiters }: EffectsDeps): void {
  if (count > 0) waiters.wake(count);
}
