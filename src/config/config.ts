/**
 * The settings: environment variables, decoded once into a frozen Config. A bad value stops the start with a sentence
 * that names the variable. Each is named as upstream's option in capitals; those marked "ours" have none.
 */
import type { Limits } from "../domain/limits.ts";
import { QUOTA_NAMES, type Quotas } from "../domain/quota.ts";
import { readAccess, type AccessConfig } from "./access.ts";
import { readNotifications, type NotificationConfig } from "./notifications.ts";
import type { Setting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

export interface Config extends AccessConfig, NotificationConfig {
  readonly limits: Limits;
  /** Of a project that has none of its own. */
  readonly quotas: Quotas;
  /** `strict`: a Client-ID must be a UUID; `off`: any text within the length limits. */
  readonly clientIdUuidSafe: "strict" | "off";
  readonly adminMode: boolean;
  readonly enableChecksum: boolean;
  readonly messageDeleteWithClaimId: boolean;
  /** Secret that at-rest encryption derives its key from; null: queues cannot be encrypted. */
  readonly messageEncryptionKey: string | null;
  /** Those before it, comma-separated, for what they sealed. */
  readonly messageEncryptionPreviousKeys: string | null;
  /** Ours: how long the next part of a request's body may take, seconds. */
  readonly maxBodyWait: number;
  /** Bytes free on the disk below which nothing is taken in; 0: any. */
  readonly diskFreeMin: number;
  /** File descriptors that the process may hold; null: any number. */
  readonly maxOpenFiles: number | null;
  /** Ours: bytes of a project's large bodies and answers under way in one Worker. */
  readonly maxBytesInFlight: number;
  /** Ours: one log line per request instead of one per failure of the service. */
  readonly accessLog: boolean;
}

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
    maxWaitingClaimsPerProject: number("MAX_WAITING_CLAIMS_PER_PROJECT"),
    claimAnswerPause: number("CLAIM_ANSWER_PAUSE"),
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
    quotas: Object.freeze(
      Object.fromEntries(QUOTA_NAMES.map((name) => [name, number(`QUOTA_${name.toUpperCase()}`)])),
    ) as Quotas,
    ...readAccess(texts),
    ...readNotifications(texts),
    clientIdUuidSafe: text("CLIENT_ID_UUID_SAFE") === "off" ? ("off" as const) : ("strict" as const),
    adminMode: flag("ADMIN_MODE"),
    enableChecksum: flag("ENABLE_CHECKSUM"),
    messageDeleteWithClaimId: flag("MESSAGE_DELETE_WITH_CLAIM_ID"),
    messageEncryptionKey: texts.get("MESSAGE_ENCRYPTION_KEY") ?? null,
    messageEncryptionPreviousKeys: texts.get("MESSAGE_ENCRYPTION_PREVIOUS_KEYS") ?? null,
    maxBodyWait: number("MAX_BODY_WAIT"),
    diskFreeMin: number("DISK_FREE_MIN"),
    maxOpenFiles: number("MAX_OPEN_FILES") < 0 ? null : number("MAX_OPEN_FILES"),
    maxBytesInFlight: number("MAX_BYTES_IN_FLIGHT"),
    accessLog: flag("ACCESS_LOG"),
  });
}

/** The text of one setting: what the environment says, or its default. An empty text counts as unset. */
function readSetting(setting: Setting, environment: Environment): string | null {
  const { name } = setting;
  const given = environment[name];
  if (given === "" && setting.isNeverEmpty === true)
    throw new Error(`${name} is empty: set it, or do not set it at all.`);
  if (typeof given !== "string" || given === "") {
    if (setting.required === true) throw new Error(`${name} is not set: it must be ${words(setting)}.`);
    return setting.default;
  }
  if (isFine(setting, given)) return given;
  const shown = setting.isSecret === true ? "not what it must be" : `"${given}"`;
  throw new Error(`${name} is ${shown}: it must be ${words(setting)}.`);
}

function isFine({ range, choices, form }: Setting, given: string): boolean {
  if (range !== undefined)
    return /^-?\d{1,15}$/.test(given) && Number(given) >= range.min && Number(given) <= range.max;
  if (choices !== undefined) return choices.includes(given);
  return form === undefined || form.pattern.test(given);
}

function words({ range, choices = [], form }: Setting): string {
  if (range !== undefined) return `a whole number from ${range.min} to ${range.max}`;
  return form?.words ?? choices.map((choice) => `"${choice}"`).join(" or ");
}

function checkOrder(smaller: string, larger: string, number: (name: string) => number): void {
  if (number(smaller) <= number(larger)) return;
  throw new Error(
    `${smaller} is ${number(smaller)}: it must not be greater than ${larger}, which is ${number(larger)}.`,
  );
}
