/**
 * The settings: environment variables, decoded once into a frozen Config. A bad value stops the start with a sentence
 * that names the variable. Each is named as upstream's option in capitals; those marked "ours" have none.
 */
import type { Limits } from "./domain/limits.ts";

export interface Config {
  readonly limits: Limits;
  readonly authStrategy: AuthStrategy;
  /** `strict`: a Client-ID must be a UUID; `off`: any text within the length limits. */
  readonly clientIdUuidSafe: "strict" | "off";
  readonly adminMode: boolean;
  readonly enableChecksum: boolean;
  readonly messageDeleteWithClaimId: boolean;
  /** Secret that at-rest encryption derives its key from; null: queues cannot be encrypted. */
  readonly messageEncryptionKey: string | null;
  /** Ours: one log line per request instead of one per failure of the service. */
  readonly accessLog: boolean;
}

/** `none`: every request is believed about its project and roles. For development and trusted networks only. */
export type AuthStrategy = "none";

/** One setting as operators see it; the README's table, wrangler.toml and config.capnp are checked against this list. */
export interface Setting {
  readonly name: string;
  /** null: unset. */
  readonly default: string | null;
  /** Upstream's option, or "ours". */
  readonly option: string;
  readonly meaning: string;
  readonly isSecret?: true;
  /** Bounds of a whole number. */
  readonly range?: { readonly min: number; readonly max: number };
  /** The values of a choice. */
  readonly choices?: readonly string[];
  /** Must be set; the sentence says what to set it to. */
  readonly required?: true;
}

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
      "who is believed; `none` trusts `X-Project-ID` and `X-Roles` as sent, for development and trusted networks only",
    choices: ["none"],
    required: true,
  },
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
    meaning: "largest `limit` of a queue list",
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
    name: "IDEMPOTENCY_WINDOW",
    default: "86400",
    option: "ours",
    meaning: "how long an `Idempotency-Key` is remembered (s)",
    range: { min: 60, max: YEAR },
  },
  {
    name: "ACCESS_LOG",
    default: "false",
    option: "ours",
    meaning: "log a line for every request, not only for failures of the service",
    choices: FLAG,
  },
];

/** Environment variables, or the bindings of a Worker: only texts count. */
export type Environment = Readonly<Record<string, unknown>>;

/** Decodes the settings. Throws an Error whose message names the first variable that is wrong. */
export function readConfig(environment: Environment): Config {
  const texts = new Map(SETTINGS.map((setting) => [setting.name, readSetting(setting, environment)]));
  const text = (name: string): string => texts.get(name) ?? "";
  const number = (name: string): number => Number(text(name));
  const flag = (name: string): boolean => text(name) === "true";
  const limits: Limits = {
    defaultMessageTtl: number("DEFAULT_MESSAGE_TTL"),
    defaultMessageDelay: number("DEFAULT_MESSAGE_DELAY"),
    defaultClaimTtl: number("DEFAULT_CLAIM_TTL"),
    defaultClaimGrace: number("DEFAULT_CLAIM_GRACE"),
    maxQueuesPerPage: number("MAX_QUEUES_PER_PAGE"),
    maxMessagesPerPage: number("MAX_MESSAGES_PER_PAGE"),
    maxMessagesPerClaimOrPop: number("MAX_MESSAGES_PER_CLAIM_OR_POP"),
    maxQueueMetadata: number("MAX_QUEUE_METADATA"),
    maxMessagesPostSize: number("MAX_MESSAGES_POST_SIZE"),
    maxMessageTtl: number("MAX_MESSAGE_TTL"),
    maxMessageDelay: number("MAX_MESSAGE_DELAY"),
    maxClaimTtl: number("MAX_CLAIM_TTL"),
    maxClaimGrace: number("MAX_CLAIM_GRACE"),
    minLengthClientId: number("MIN_LENGTH_CLIENT_ID"),
    maxLengthClientId: number("MAX_LENGTH_CLIENT_ID"),
    maxClaimedMessages: number("MAX_CLAIMED_MESSAGES"),
    maxClaimWait: number("MAX_CLAIM_WAIT"),
    maxWaitingClaims: number("MAX_WAITING_CLAIMS"),
    idempotencyWindow: number("IDEMPOTENCY_WINDOW"),
  };
  checkOrder("DEFAULT_MESSAGE_TTL", "MAX_MESSAGE_TTL", number);
  checkOrder("DEFAULT_MESSAGE_DELAY", "MAX_MESSAGE_DELAY", number);
  checkOrder("DEFAULT_CLAIM_TTL", "MAX_CLAIM_TTL", number);
  checkOrder("DEFAULT_CLAIM_GRACE", "MAX_CLAIM_GRACE", number);
  checkOrder("MIN_LENGTH_CLIENT_ID", "MAX_LENGTH_CLIENT_ID", number);
  checkOrder("MAX_MESSAGES_PER_CLAIM_OR_POP", "MAX_CLAIMED_MESSAGES", number);
  return Object.freeze({
    limits: Object.freeze(limits),
    authStrategy: "none" as const,
    clientIdUuidSafe: text("CLIENT_ID_UUID_SAFE") === "off" ? ("off" as const) : ("strict" as const),
    adminMode: flag("ADMIN_MODE"),
    enableChecksum: flag("ENABLE_CHECKSUM"),
    messageDeleteWithClaimId: flag("MESSAGE_DELETE_WITH_CLAIM_ID"),
    messageEncryptionKey: texts.get("MESSAGE_ENCRYPTION_KEY") ?? null,
    accessLog: flag("ACCESS_LOG"),
  });
}

/** The text of one setting: what the environment says, or its default. An empty text counts as unset. */
function readSetting(setting: Setting, environment: Environment): string | null {
  const given = environment[setting.name];
  if (typeof given !== "string" || given === "") {
    if (setting.required === true) throw new Error(`${setting.name} is not set: it must be ${words(setting)}.`);
    return setting.default;
  }
  const isFine = setting.range === undefined ? isChoice(setting, given) : isWithin(setting.range, given);
  if (!isFine) throw new Error(`${setting.name} is "${given}": it must be ${words(setting)}.`);
  return given;
}

function isChoice(setting: Setting, given: string): boolean {
  return setting.choices === undefined || setting.choices.includes(given);
}

function isWithin(range: { readonly min: number; readonly max: number }, given: string): boolean {
  return /^\d{1,15}$/.test(given) && Number(given) >= range.min && Number(given) <= range.max;
}

function words(setting: Setting): string {
  if (setting.range !== undefined) return `a whole number from ${setting.range.min} to ${setting.range.max}`;
  return (setting.choices ?? []).map((choice) => `"${choice}"`).join(" or ");
}

function checkOrder(smaller: string, larger: string, number: (name: string) => number): void {
  if (number(smaller) <= number(larger)) return;
  throw new Error(
    `${smaller} is ${number(smaller)}: it must not be greater than ${larger}, which is ${number(larger)}.`,
  );
}
