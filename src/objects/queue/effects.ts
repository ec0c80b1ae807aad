/**
 * What follows a commit of a queue. The work of a transaction returns it as data, and only this file does it, so that no method
 * forgets a part of it or does it in another order.
 */
import { settlesWithin } from "../../mechanisms/timeout.ts";

export interface Effects {
  /** Starts the hand-over of messages to subscribers, once the answer has gone out. */
  readonly notify?: boolean;
  /** Enters the queue in its project's index. The answer waits for that, so that the next listing shows the queue. */
  readonly enterIndex?: boolean;
  /** Hands over the transfers. The answer waits for that, at most SENDING_MS. */
  readonly sendTransfers?: boolean;
  /** Wakes so many waiting requests, if there may be a message for them. */
  readonly wake?: number;
}

/** The result of a transaction, with what has to follow it. */
export interface Committed<T> extends Effects {
  readonly value: T;
}

export interface EffectsDeps {
  readonly subscriptions: { readonly outbox: { startSoon(): void } };
  readonly handover: { enterIndex(): Promise<void>; sendTransfers(): Promise<void> };
  readonly waiters: { wake(count: number): void };
}

/** Milliseconds that an answer waits for the hand-over of transfers. */
const SENDING_MS = 500;

/** Null: there is nothing to wait for, as for most posts and claims. */
export function perform(effects: Effects, deps: EffectsDeps): Promise<void> | null {
  if (effects.notify === true) deps.subscriptions.outbox.startSoon();
  if (effects.enterIndex === true || effects.sendTransfers === true) return performRest(effects, deps);
  wake(effects, deps);
  return null;
}

async function performRest(effects: Effects, deps: EffectsDeps): Promise<void> {
  if (effects.enterIndex === true) await deps.handover.enterIndex();
  if (effects.sendTransfers === true) await settlesWithin(deps.handover.sendTransfers(), SENDING_MS);
  wake(effects, deps);
}

/** Last, because a woken request claims at once. */
function wake({ wake: count = 0 }: Effects, { waiters }: EffectsDeps): void {
  if (count > 0) waiters.wake(count);
}
