/** A message on its way, with what is left of its times. */
import type { Message } from "../../message.ts";
import { timesLeft } from "../messages/all-messages.ts";
import { unwrapped } from "./python-json.ts";

/** The delays of the queue that a message comes from. */
export interface Delays {
  /** Seconds by default; 0: its messages have no delays. */
  readonly standard: number;
  /** Whether the message can be claimed now. */
  readonly isVisible: (id: string) => boolean;
}

export const NO_DELAYS: Delays = { standard: 0, isVisible: () => true };

/** The message as a post has it. */
export function toPost(message: Message<unknown>, delays: Delays): string {
  const { ttl } = timesLeft(message);
  const delay = delays.standard === 0 ? "" : `,"delay":${delayLeft(message, delays)}`;
  return `{"body":${unwrapped(message.bodyText)},"ttl":${ttl}${delay}}`;
}

/** Zaqar does not show delays: a message that cannot be claimed yet is taken to have the delay of its queue. */
function delayLeft(message: Message<unknown>, { standard, isVisible }: Delays): number {
  if (message.delayedUntil !== null) return timesLeft(message).delay;
  return isVisible(message.id) ? 0 : Math.max(0, standard - message.age);
}

/** The bytes of the post of one message, by which the target judges it. */
export function bytesOfPost(text: string): number {
  return Buffer.byteLength(`{"messages":[${text}]}`);
}
