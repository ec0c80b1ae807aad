/**
 * The table of the reserved metadata keys of queues and topics: the keys that change their behaviour. `domain/queue-metadata.ts`
 * reads and checks their values. Upstream: zaqar/transport/validation.py, zaqar/transport/wsgi/v2_0/queues.py.
 */
import { MESSAGE_TTL_MIN, type Limits } from "./limits.ts";
import type { PlaceKind } from "./place.ts";

export interface ReservedKey {
  readonly key: string;
  /** The kinds whose reads show a default when the key is absent or falsy. For them, replacing or removing it never fails. */
  readonly showsDefaultFor: readonly PlaceKind[];
  /** The default that reads show. */
  readonly shown: (limits: Limits) => number | boolean | null;
  /** The allowed range, for keys with integer values. */
  readonly bounds?: (limits: Limits) => { readonly min: number; readonly max: number };
}

const BOTH: readonly PlaceKind[] = ["queue", "topic"];
const none = (): null => null;

/** In the order in which reads append absent keys. */
export const RESERVED = {
  maxMessagesPostSize: {
    key: "_max_messages_post_size",
    showsDefaultFor: BOTH,
    shown: (limits) => limits.maxMessagesPostSize,
    bounds: (limits) => ({ min: 1, max: limits.maxMessagesPostSize }),
  },
  defaultMessageTtl: {
    key: "_default_message_ttl",
    showsDefaultFor: BOTH,
    shown: (limits) => limits.defaultMessageTtl,
    bounds: (limits) => ({ min: MESSAGE_TTL_MIN, max: limits.maxMessageTtl }),
  },
  defaultMessageDelay: {
    key: "_default_message_delay",
    showsDefaultFor: BOTH,
    shown: (limits) => limits.defaultMessageDelay,
    bounds: (limits) => ({ min: 0, max: limits.maxMessageDelay }),
  },
  deadLetterQueue: { key: "_dead_letter_queue", showsDefaultFor: ["queue"], shown: none },
  deadLetterTtl: {
    key: "_dead_letter_queue_messages_ttl",
    showsDefaultFor: ["queue"],
    shown: none,
    bounds: (limits) => ({ min: MESSAGE_TTL_MIN, max: limits.maxMessageTtl }),
  },
  maxClaimCount: {
    key: "_max_claim_count",
    showsDefaultFor: ["queue"],
    shown: none,
    bounds: () => ({ min: 0, max: Infinity }),
  },
  encrypt: { key: "_enable_encrypt_messages", showsDefaultFor: ["queue"], shown: () => false },
  /** The retry policy of notifications. The options of a subscription have a key of the same name. */
  retryPolicy: { key: "_retry_policy", showsDefaultFor: [], shown: none },
  /** Where pools are in use: the flavor among whose pools the queue is placed. Else it has no meaning. */
  flavor: { key: "_flavor", showsDefaultFor: [], shown: none },
  /** Ours: what the queue does not do meanwhile: claims and pops, notifications, or both. */
  paused: { key: "_paused", showsDefaultFor: [], shown: none },
  /** Ours: `fifo` keeps the queue on one object. */
  order: { key: "_order", showsDefaultFor: [], shown: none },
  /** Ours: any change of this key invalidates all URLs that were signed for the queue before. The value has no meaning. */
  signingGeneration: { key: "_signing_generation", showsDefaultFor: [], shown: none },
} as const satisfies Readonly<Record<string, ReservedKey>>;

/** All of them. Other keys that begin with `_` have no meaning. */
export const RESERVED_KEYS: ReadonlySet<string> = new Set(Object.values(RESERVED).map(({ key }) => key));

/** The keys whose defaults reads of the kind show. */
export function shownKeys(kind: PlaceKind): readonly ReservedKey[] {
  const keys: readonly ReservedKey[] = Object.values(RESERVED);
  return keys.filter(({ showsDefaultFor }) => showsDefaultFor.includes(kind));
}
