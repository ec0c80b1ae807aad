/** What an operator has to know before a migration. */
import type { Members } from "./metadata.ts";
import { toObjectText } from "./metadata.ts";
import type { Subscribed } from "./reader.ts";

export interface Finding {
  /** `refused`: the target refuses it, so it is not moved. `warning`: it is moved, and works in another way. */
  readonly severity: "refused" | "warning";
  readonly text: string;
}

/** By the names of their settings, in lower case. */
export type Limits = Readonly<Record<string, number | null>>;

export function refused(text: string): Finding {
  return { severity: "refused", text };
}

export function warning(text: string): Finding {
  return { severity: "warning", text };
}

/** What the target refuses in the metadata of a queue, or takes in another way. */
export function findingsOfMetadata(members: Members, limits: Limits): readonly Finding[] {
  const bytes = Buffer.byteLength(toObjectText(members));
  const most = limits["max_queue_metadata"] ?? Infinity;
  const size =
    bytes > most ? [refused(`its metadata have ${bytes} bytes, the target takes ${most} (MAX_QUEUE_METADATA)`)] : [];
  return [...size, ...[...members].flatMap(([name, text]) => findingOfMember(name, text, limits) ?? [])];
}

/** The range of an integer, and the setting of the upper end. */
type Range = readonly [min: number, max: string];

const RANGES: Readonly<Record<string, Range>> = {
  _default_message_ttl: [60, "max_message_ttl"],
  _dead_letter_queue_messages_ttl: [60, "max_message_ttl"],
  _default_message_delay: [0, "max_message_delay"],
  _max_messages_post_size: [1, "max_messages_post_size"],
  _max_claim_count: [0, ""],
};
const PAUSES: readonly unknown[] = ["claims", "notifications"];

function findingOfMember(name: string, text: string, limits: Limits): Finding | null {
  const value = parsed(text);
  if (value === undefined) return refused(`${name} is ${text}, which is no JSON`);
  // Not set, for every name that has a meaning.
  if (value === null) return null;
  const range = RANGES[name];
  if (range !== undefined) return findingOfInteger(name, value, range, limits);
  switch (name) {
    case "_enable_encrypt_messages":
      return value === true ? warning("it is encrypted: the target needs MESSAGE_ENCRYPTION_KEY, or refuses it") : null;
    case "_retry_policy":
      return typeof value === "object" && !Array.isArray(value) ? null : refused(`${name} is ${text}, not an object`);
    case "_paused":
      if (!Array.isArray(value) || !value.every((each) => PAUSES.includes(each)))
        return refused(`${name} is ${text}, and has a meaning at the target`);
      return warning(`${name} is ${text}, which pauses it at the target`);
    case "_dead_letter_queue":
      return typeof value === "string" && isName(value)
        ? null
        : warning(`${name} is ${text}, which switches dead letters off`);
    default:
      return null;
  }
}

function findingOfInteger(name: string, value: unknown, [min, setting]: Range, limits: Limits): Finding | null {
  const max = limits[setting] ?? Infinity;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return null;
  const named = setting === "" ? `${min} or more` : `${min} to ${max} (${setting.toUpperCase()})`;
  return refused(`${name} is ${JSON.stringify(value)}, the target takes ${named}`);
}

/** undefined: it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether the target lets a queue have this name. */
export function isName(name: string): boolean {
  return /^[\w.-]{1,64}$/.test(name) && name !== "." && name !== "..";
}

const KINDS: ReadonlySet<string> = new Set(["http:", "https:", "mailto:", "trust+http:", "trust+https:"]);

/** What becomes of the subscriptions of a queue. Their addresses may have secrets, so only hosts are shown. */
export function findingsOfSubscriptions(subscriptions: readonly Subscribed[]): readonly Finding[] {
  return subscriptions.flatMap(({ subscriber }) => findingOfSubscriber(subscriber) ?? []);
}

function findingOfSubscriber(subscriber: string): Finding | null {
  const [kind = ""] = /^[a-z][a-z0-9+.-]*:/i.exec(subscriber)?.map((text) => text.toLowerCase()) ?? [];
  if (!KINDS.has(kind))
    return refused(`a subscriber of the kind ${kind === "" ? "of none" : kind} is not known to the target`);
  if (kind === "mailto:") return null;
  const address = subscriber.slice(kind.startsWith("trust+") ? "trust+".length : 0);
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || url.hostname === "") return refused("a subscriber has no host");
  if (url.username !== "" || url.password !== "") return refused(`the subscriber at ${url.host} has a user in its URL`);
  if (kind.startsWith("trust+"))
    return warning(
      `${url.host} gets tokens of a trust: its trustee has to be the target's user, and it has to be in TRUSTED_SUBSCRIBERS`,
    );
  return isPrivate(url.hostname)
    ? warning(`${url.host} is private: the target calls it with ALLOW_PRIVATE_SUBSCRIBERS=true only`)
    : null;
}

/** As far as an address shows it without a look-up. */
function isPrivate(host: string): boolean {
  return /^(?:localhost|(?:127|10)\..*|192\.168\..*|172\.(?:1[6-9]|2\d|3[01])\..*|169\.254\..*|\[(?:::1|f[cd].*)\])$/.test(
    host,
  );
}
