/** The state of a message at a moment, and what can be said of it. */
import type { Message } from "sukkal/client";

export type PeekedMessage = Message<unknown>;
export type MessageState = "free" | "claimed" | "delayed";

/** `now`: milliseconds since 1970. A lease that is over has freed the message. */
export function stateOf({ claimedUntil, delayedUntil }: PeekedMessage, now: number): MessageState {
  if (claimedUntil !== null && claimedUntil.getTime() > now) return "claimed";
  return delayedUntil !== null && delayedUntil.getTime() > now ? "delayed" : "free";
}

/** Of a claim that holds it, or of those that have ended: 0 before the first. */
export function attemptsOf(message: PeekedMessage, now: number): number {
  return message.claimCount + (stateOf(message, now) === "claimed" ? 1 : 0);
}

export function expiryOf({ created, ttl }: PeekedMessage): number {
  return created.getTime() + ttl * 1000;
}
