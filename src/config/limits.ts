/** The limits of the API: the defaults and maxima of requests. */
import type { Limits } from "../domain/limits.ts";
import { bytes, characters, count, milliseconds, seconds, variableOf, YEAR, type Setting } from "./setting.ts";

/**
 * A message must fit into a row of 2 MB, also when it is encrypted or all its characters have three bytes. That bounds
 * `maxMessagesPostSize`. The other maxima keep arithmetic exact, and answers within an object's memory.
 */
export const LIMIT_SETTINGS = {
  defaultMessageTtl: seconds({
    default: 3600,
    option: "[transport] default_message_ttl",
    meaning: "ttl of a message without one, in a queue without `_default_message_ttl` (s)",
    range: { min: 60, max: YEAR * 100 },
  }),
  defaultMessageDelay: seconds({
    default: 0,
    option: "[transport] default_message_delay",
    meaning: "the `_default_message_delay` shown for a queue without one (s)",
    range: { min: 0, max: YEAR },
  }),
  defaultClaimTtl: seconds({
    default: 300,
    option: "[transport] default_claim_ttl",
    meaning: "ttl of a claim without one (s)",
    range: { min: 60, max: YEAR },
  }),
  defaultClaimGrace: seconds({
    default: 60,
    option: "[transport] default_claim_grace",
    meaning: "grace of a claim without one (s)",
    range: { min: 60, max: YEAR },
  }),
  maxQueuesPerPage: count({
    default: 20,
    option: "[transport] max_queues_per_page",
    meaning: "largest `limit` of a list of queues or topics",
    range: { min: 1, max: 1000 },
  }),
  maxMessagesPerPage: count({
    default: 20,
    option: "[transport] max_messages_per_page",
    meaning: "largest `limit` of a message list, and most `ids` in one request",
    range: { min: 1, max: 1000 },
  }),
  maxMessagesPerClaimOrPop: count({
    default: 20,
    option: "[transport] max_messages_per_claim_or_pop",
    meaning: "largest `limit` of a claim, and largest `pop`",
    range: { min: 1, max: 1000 },
  }),
  maxQueueMetadata: bytes({
    default: 65_536,
    option: "[transport] max_queue_metadata",
    meaning: "largest metadata document (bytes)",
    range: { min: 1, max: 524_288 },
  }),
  maxMessagesPostSize: bytes({
    default: 262_144,
    option: "[transport] max_messages_post_size",
    meaning: "largest message post (bytes)",
    range: { min: 1, max: 1_048_576 },
  }),
  maxMessageTtl: seconds({
    default: 1_209_600,
    option: "[transport] max_message_ttl",
    meaning: "longest message ttl (s)",
    range: { min: 60, max: YEAR * 100 },
  }),
  maxMessageDelay: seconds({
    default: 900,
    option: "[transport] max_message_delay",
    meaning: "longest message delay (s)",
    range: { min: 0, max: YEAR },
  }),
  maxClaimTtl: seconds({
    default: 43_200,
    option: "[transport] max_claim_ttl",
    meaning: "longest claim ttl (s)",
    range: { min: 60, max: YEAR },
  }),
  maxClaimGrace: seconds({
    default: 43_200,
    option: "[transport] max_claim_grace",
    meaning: "longest claim grace (s)",
    range: { min: 60, max: YEAR },
  }),
  maxClaimedMessages: count({
    default: 120_000,
    option: "ours",
    meaning: "most messages of one queue under live claims; of a spread queue in each object",
    range: { min: 1, max: 1_000_000 },
  }),
  maxClaimWait: seconds({
    default: 20,
    option: "ours",
    meaning:
      "longest wait of a claim for messages, by `Prefer: wait=N` or `wait` of a frame (s); 0 switches waiting off",
    range: { min: 0, max: 60 },
  }),
  maxWaitingClaims: count({
    default: 1000,
    option: "ours",
    meaning: "most waiting claims of one queue, of requests and connections; further ones are answered at once",
    range: { min: 0, max: 10_000 },
  }),
  maxWaitingClaimsPerProject: count({
    default: -1,
    cloud: {
      value: "100",
      reason:
        "A wait keeps its queue's object awake: $4.15 a month for one that never ends, $32 for a million of 20 s.",
    },
    option: "ours",
    meaning:
      "most waiting claim requests of a project at one Worker; further ones are answered at once; -1: any number",
    range: { min: -1, max: 1_000_000 },
  }),
  claimAnswerPause: milliseconds({
    default: 2,
    option: "ours",
    meaning:
      "delay of the last byte of the answer after a wait, in which a disconnected client is detected (ms); 0: no delay",
    range: { min: 0, max: 1000 },
  }),
  idempotencyWindow: seconds({
    default: 86_400,
    option: "ours",
    meaning: "how long an `Idempotency-Key` is stored (s)",
    range: { min: 60, max: YEAR },
  }),
  minLengthClientId: characters({
    default: 10,
    option: "[transport] min_length_client_id",
    meaning: "shortest Client-ID when `CLIENT_ID_UUID_SAFE` is `off` (characters)",
    range: { min: 1, max: 1000 },
  }),
  maxLengthClientId: characters({
    default: 36,
    option: "[transport] max_length_client_id",
    meaning: "longest Client-ID when `CLIENT_ID_UUID_SAFE` is `off` (characters)",
    range: { min: 1, max: 1000 },
  }),
} satisfies Readonly<Record<keyof Limits, Setting<number>>>;

/** The first of each pair must not be greater than the second. */
const PAIRS = [
  ["defaultMessageTtl", "maxMessageTtl"],
  ["defaultMessageDelay", "maxMessageDelay"],
  ["defaultClaimTtl", "maxClaimTtl"],
  ["defaultClaimGrace", "maxClaimGrace"],
  ["minLengthClientId", "maxLengthClientId"],
  ["maxMessagesPerClaimOrPop", "maxClaimedMessages"],
] as const satisfies readonly (readonly [keyof Limits, keyof Limits])[];

export function assertOrder(limits: Limits): void {
  for (const [smaller, larger] of PAIRS) {
    if (limits[smaller] <= limits[larger]) continue;
    const bound = `it must not be greater than ${variableOf(larger)}, which is ${limits[larger]}`;
    throw new Error(`${variableOf(smaller)} is ${limits[smaller]}: ${bound}.`);
  }
}
