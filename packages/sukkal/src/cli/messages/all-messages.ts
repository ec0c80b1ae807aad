/** All messages of a queue or topic, for export and copy. */
import { SukkalError } from "../../error.ts";
import type { Message } from "../../message.ts";
import type { Place } from "../../place.ts";
import type { Sukkal } from "../../sukkal.ts";

/** Claimed and delayed messages too, in pages as large as the service allows. */
export async function* allMessages(
  sukkal: Sukkal,
  place: Place<unknown>,
  signal: AbortSignal,
): AsyncGenerator<Message<unknown>, void, undefined> {
  const limit = await pageSize(sukkal, signal);
  yield* place.messages({ limit, includeClaimed: true, includeDelayed: true, signal });
}

/** undefined: the service does not tell it, as Zaqar does not. */
async function pageSize(sukkal: Sukkal, signal: AbortSignal): Promise<number | undefined> {
  try {
    return (await sukkal.service({ signal })).limits["max_messages_per_page"] ?? undefined;
  } catch (error) {
    if (error instanceof SukkalError && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * Seconds that a message has left: until its life ends, and until it can be claimed. The clock of this machine does not
 * count.
 */
export function timesLeft({ ttl, age, created, delayedUntil }: Message<unknown>): {
  readonly ttl: number;
  readonly delay: number;
} {
  const delay = delayedUntil === null ? 0 : (delayedUntil.getTime() - created.getTime()) / 1000 - age;
  return { ttl: Math.max(TTL_MIN, ttl - age), delay: Math.max(0, Math.ceil(delay)) };
}

/** The least that a service accepts. */
export const TTL_MIN = 60;
