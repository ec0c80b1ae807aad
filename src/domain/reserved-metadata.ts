/**
 * The reserved keys of a queue's or topic's metadata, a row each: what the service obeys of all that users store (core
 * contract 3.3 and 3.7). `domain/queue.ts` reads and checks them.
 */
import { MESSAGE_TTL_MIN, type Limits } from "./limits.ts";
import type { PlaceKind } from "./place.ts";

export interface ReservedKey {
  readonly key: string;
  /** The kinds whose reads show a default where the key is absent or falsy. Replacing or removing it there never fails. */
  readonly shownOf: readonly PlaceKind[];
  /** The default that reads show. */
  readonly shown: (limits: Limits) => number | boolean | null;
  /** Of integers. */
  readonly bounds?: (limits: Limits) => { readonly min: number; readonly max: number };
}

const BOTH: readonly PlaceKind[] = ["queue", "topic"];
const none = (): null => null;

/** In the order in which reads append what is absent. */
export const RESERVED = {
  maxMessagesPostSize: {
    key: "_max_messages_post_size",
    shownOf: BOTH,
    shown: (limits) => limits.maxMessagesPostSize,
    bounds: (limits) => ({ min: 1, max: limits.maxMessagesPostSize }),
  },
  defaultMessageTtl: {
    key: "_default_message_ttl",
    shownOf: BOTH,
    shown: (limits) => limits.defaultMessageTtl,
    bounds: (limits) => ({ min: MESSAGE_TTL_MIN, max: limits.maxMessageTtl }),
  },
  defaultMessageDelay: {
    key: "_default_message_delay",
    shownOf: BOTH,
    shown: (limits) => limits.defaultMessageDelay,
    bounds: (limits) => ({ min: 0, max: limits.maxMessageDelay }),
  },
  deadLetterQueue: { key: "_dead_letter_queue", shownOf: ["queue"], shown: none },
  deadLetterTtl: {
    key: "_dead_letter_queue_messages_ttl",
    shownOf: ["queue"],
    shown: none,
    bounds: (limits) => ({ min: MESSAGE_TTL_MIN, max: limits.maxMessageTtl }),
  },
  maxClaimCount: {
    key: "_max_claim_count",
    shownOf: ["queue"],
    shown: none,
    bounds: () => ({ min: 0, max: Infinity }),
  },
  encrypt: { key: "_enable_encrypt_messages", shownOf: ["queue"], shown: () => false },
  /** Of notifications; a subscription's options have a key of the same name. */
  retryPolicy: { key: "_retry_policy", shownOf: [], shown: none },
  /**
   * Ours: any change of this key, whatever its values, makes all URLs worthless that were signed for the queue before. It
   * has no other effect.
   */
  signingGeneration: { key: "_signing_generation", shownOf: [], shown: none },
} as const satisfies Readonly<Record<string, ReservedKey>>;

/** Those that reads of the kind show. */
export function shownKeys(kind: PlaceKind): readonly ReservedKey[] {
  const keys: readonly ReservedKey[] = Object.values(RESERVED);
  return keys.filter(({ shownOf }) => shownOf.includes(kind));
}
