/** The settings as operators see them, in the order of the README's table. Each is named as upstream's option in capitals. */
import { ACCESS_SETTINGS } from "./access-settings.ts";
import { NOTIFICATION_SETTINGS } from "./notification-settings.ts";
import type { Setting } from "./setting.ts";

const YEAR = 31_536_000;
const FLAG = ["true", "false"] as const;

/**
 * A message must fit into a row of 2 MB even when its text is all three-byte characters or encrypted, which bounds
 * MAX_MESSAGES_POST_SIZE; the other maxima only keep arithmetic exact and answers within an object's memory.
 */
export const SETTINGS: readonly Setting[] = [
  {
    name: "AUTH_STRATEGY",
    default: null,
    option: "[DEFAULT] auth_strategy",
    meaning:
      "how requests authenticate: `keystone` (tokens), `keys` (API keys), `keystone,keys`, or `none`, which trusts " +
      "`X-Project-ID` and `X-Roles` as sent, for development and trusted networks only",
    form: {
      words: '"keystone", "keys", "keystone,keys" or "none"',
      pattern: /^(?:none|keystone|keys|keystone, ?keys|keys, ?keystone)$/,
    },
    required: true,
  },
  ...ACCESS_SETTINGS,
  {
    name: "DEFAULT_MESSAGE_TTL",
    default: "3600",
    option: "[transport] default_message_ttl",
    meaning: "ttl of a message that states none, in a queue without `_default_message_ttl` (s)",
    range: { min: 60, max: YEAR * 100 },
  },
  {
    name: "DEFAULT_MESSAGE_DELAY",
    default: "0",
    option: "[transport] default_message_delay",
    meaning: "the `_default_message_delay` shown for a queue that sets none (s)",
    range: { min: 0, max: YEAR },
  },
  {
    name: "DEFAULT_CLAIM_TTL",
    default: "300",
    option: "[transport] default_claim_ttl",
    meaning: "ttl of a claim that states none (s)",
    range: { min: 60, max: YEAR },
  },
  {
    name: "DEFAULT_CLAIM_GRACE",
    default: "60",
    option: "[transport] default_claim_grace",
    meaning: "grace of a claim that states none (s)",
    range: { min: 60, max: YEAR },
  },
  {
    name: "MAX_QUEUES_PER_PAGE",
    default: "20",
    option: "[transport] max_queues_per_page",
    meaning: "largest `limit` of a list of queues or topics",
    range: { min: 1, max: 1000 },
  },
  {
    name: "MAX_MESSAGES_PER_PAGE",
    default: "20",
    option: "[transport] max_messages_per_page",
    meaning: "largest `limit` of a message list, most `ids` in one request",
    range: { min: 1, max: 1000 },
  },
  {
    name: "MAX_MESSAGES_PER_CLAIM_OR_POP",
    default: "20",
    option: "[transport] max_messages_per_claim_or_pop",
    meaning: "largest `limit` of a claim, largest `pop`",
    range: { min: 1, max: 1000 },
  },
  {
    name: "MAX_QUEUE_METADATA",
    default: "65536",
    option: "[transport] max_queue_metadata",
    meaning: "largest metadata document (bytes)",
    range: { min: 1, max: 524_288 },
  },
  {
    name: "MAX_MESSAGES_POST_SIZE",
    default: "262144",
    option: "[transport] max_messages_post_size",
    meaning: "largest message post (bytes)",
    range: { min: 1, max: 1_048_576 },
  },
  {
    name: "MAX_MESSAGE_TTL",
    default: "1209600",
    option: "[transport] max_message_ttl",
    meaning: "longest message ttl (s)",
    range: { min: 60, max: YEAR * 100 },
  },
  {
    name: "MAX_MESSAGE_DELAY",
    default: "900",
    option: "[transport] max_message_delay",
    meaning: "longest message delay (s)",
    range: { min: 0, max: YEAR },
  },
  {
    name: "MAX_CLAIM_TTL",
    default: "43200",
    option: "[transport] max_claim_ttl",
    meaning: "longest claim ttl (s)",
    range: { min: 60, max: YEAR },
  },
  {
    name: "MAX_CLAIM_GRACE",
    default: "43200",
    option: "[transport] max_claim_grace",
    meaning: "longest claim grace (s)",
    range: { min: 60, max: YEAR },
  },
  ...NOTIFICATION_SETTINGS,
  {
    name: "CLIENT_ID_UUID_SAFE",
    default: "strict",
    option: "[transport] client_id_uuid_safe",
    meaning: "`strict`: a Client-ID must be a UUID; `off`: any text within the length limits",
    choices: ["strict", "off"],
  },
  {
    name: "MIN_LENGTH_CLIENT_ID",
    default: "10",
    option: "[transport] min_length_client_id",
    meaning: "shortest Client-ID when `off` (characters)",
    range: { min: 1, max: 1000 },
  },
  {
    name: "MAX_LENGTH_CLIENT_ID",
    default: "36",
    option: "[transport] max_length_client_id",
    meaning: "longest Client-ID when `off` (characters)",
    range: { min: 1, max: 1000 },
  },
  {
    name: "MESSAGE_DELETE_WITH_CLAIM_ID",
    default: "false",
    option: "[transport] message_delete_with_claim_id",
    meaning: "deleting messages by `ids` needs `claim_ids` too",
    choices: FLAG,
  },
  {
    name: "MESSAGE_ENCRYPTION_KEY",
    default: null,
    option: "[transport] message_encryption_key",
    meaning: "secret for `_enable_encrypt_messages` queues (AES-256-GCM); unset: no queue can be encrypted",
    isSecret: true,
  },
  {
    name: "MESSAGE_ENCRYPTION_PREVIOUS_KEYS",
    default: null,
    option: "ours",
    meaning: "former secrets, comma-separated: messages encrypted with them can still be read, until this is unset",
    isSecret: true,
  },
  {
    name: "ENABLE_CHECKSUM",
    default: "false",
    option: "[DEFAULT] enable_checksum",
    meaning: "show the MD5 of each message's body",
    choices: FLAG,
  },
  {
    name: "ADMIN_MODE",
    default: "false",
    option: "[DEFAULT] admin_mode",
    meaning: "serve `/v2/health` (role `admin`)",
    choices: FLAG,
  },
  {
    name: "MAX_CLAIMED_MESSAGES",
    default: "120000",
    option: "ours",
    meaning: "most messages of one queue under live claims",
    range: { min: 1, max: 1_000_000 },
  },
  {
    name: "MAX_CLAIM_WAIT",
    default: "20",
    option: "ours",
    meaning: "longest `Prefer: wait=N` of a claim (s); 0 switches waiting off",
    range: { min: 0, max: 60 },
  },
  {
    name: "MAX_WAITING_CLAIMS",
    default: "1000",
    option: "ours",
    meaning: "most claim requests that wait at one queue; the next is answered at once",
    range: { min: 0, max: 10_000 },
  },
  {
    name: "MAX_BODY_WAIT",
    default: "30",
    option: "ours",
    meaning:
      "longest wait for the next part of a request's body, which is then answered 408, and for a client to take the next " +
      "part of a large answer (s)",
    range: { min: 1, max: 3600 },
  },
  {
    name: "MAX_BYTES_IN_FLIGHT",
    default: "33554432",
    option: "ours",
    meaning:
      "bytes of a project's bodies above 16 KiB and answers above 64 KiB under way in one Worker; beyond, more of them is 503",
    range: { min: 1_048_576, max: 100_000_000_000 },
  },
  {
    name: "MAX_WAITING_CLAIMS_PER_PROJECT",
    default: "-1",
    cloud: {
      value: "100",
      reason:
        "A wait keeps its queue's object awake: $4.15 a month for each that never ends, $32 for a million of 20 s.",
    },
    option: "ours",
    meaning:
      "most claim requests of a project that wait, counted by each Worker for itself; the next is answered at once; " +
      "-1: any number",
    range: { min: -1, max: 1_000_000 },
  },
  {
    name: "CLAIM_ANSWER_PAUSE",
    default: "2",
    option: "ours",
    meaning:
      "how long the last byte of the answer after a wait is held back, to detect a disconnected client (ms); 0: not at all",
    range: { min: 0, max: 1000 },
  },
  {
    name: "IDEMPOTENCY_WINDOW",
    default: "86400",
    option: "ours",
    meaning: "how long an `Idempotency-Key` is remembered (s)",
    range: { min: 60, max: YEAR },
  },
  {
    name: "QUOTA_QUEUES",
    default: "-1",
    cloud: { value: "1000", reason: "Each queue is an object of its own, which stores and works." },
    option: "ours",
    meaning: "most queues and topics of a project; -1: any number",
    range: { min: -1, max: 1_000_000_000 },
  },
  {
    name: "QUOTA_MESSAGES_PER_QUEUE",
    default: "-1",
    option: "ours",
    meaning: "most messages in a queue or topic; -1: any number",
    range: { min: -1, max: 1_000_000_000 },
  },
  {
    name: "QUOTA_BYTES_PER_QUEUE",
    default: "8000000000",
    option: "ours",
    meaning: "most bytes that a queue or topic stores, below the 10 GB that an object can; -1: any number",
    range: { min: -1, max: 1_000_000_000_000 },
  },
  {
    name: "QUOTA_SUBSCRIPTIONS_PER_QUEUE",
    default: "10000",
    cloud: {
      value: "100",
      reason: "Each subscription has an object of its own, and 10,000 of them kept awake cost $57.60 an hour.",
    },
    option: "ours",
    meaning: "most subscriptions of a queue or topic; -1: any number",
    range: { min: -1, max: 100_000 },
  },
  {
    name: "QUOTA_REQUESTS_PER_SECOND",
    default: "-1",
    cloud: { value: "200", reason: "A month of 200 a second is 518 million requests, some $230 before any row." },
    option: "ours",
    meaning: "requests of a project per second, counted by each Worker for itself; -1: any number",
    range: { min: -1, max: 1_000_000 },
  },
  {
    name: "DISK_FREE_MIN",
    default: "134217728",
    option: "ours",
    meaning:
      "bytes free on the disk below which posts are refused, so that deletions can go on (`npm start` sees to it); 0: none",
    range: { min: 0, max: 100_000_000_000_000 },
  },
  {
    name: "MAX_OPEN_FILES",
    default: "-1",
    option: "ours",
    meaning:
      "the process's limit of file descriptors, which bounds the queues in use at a time (`npm start` sets it); -1: none",
    range: { min: -1, max: 1_000_000_000 },
  },
  {
    name: "ACCESS_LOG",
    default: "false",
    option: "ours",
    meaning: "log a line for every request, not only for failures of the service",
    choices: FLAG,
  },
];
