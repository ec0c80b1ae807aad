/**
 * Notices: what a successful request contained that is usually a mistake, mostly without effect. As failures they are plain data;
 * `wire/notices.ts` has their sentences.
 */
import { membersOf, toText, typeOf, type JsonText, type Members } from "./json.ts";
import type { MessageBlock } from "./message.ts";
import type { MetadataChange } from "./metadata-patch.ts";
import type { Place } from "./place.ts";
import { RESERVED, RESERVED_KEYS } from "./reserved-metadata.ts";
import { RETRY_POLICY_MEMBERS } from "./retry.ts";
import { nearest } from "./spelling.ts";
import { parseSubscriber } from "./subscriber.ts";
import { hasClosedPort, parseWebUrl } from "./web-url.ts";

export type Notice =
  /** A member that nothing reads. `suggestion`: the name that was probably meant; null: none. */
  | {
      readonly kind: "member-unknown";
      readonly of: Described;
      readonly name: string;
      readonly suggestion: string | null;
    }
  /** The query parameter of a list that filters by metadata, and looks like one of another meaning. */
  | { readonly kind: "filter-suspicious"; readonly name: string; readonly suggestion: string | null }
  /** Messages with a delay in a queue without a default delay, which ignores them, as upstream. */
  | { readonly kind: "delay-ignored" }
  /** A claim without messages, because the queue pauses claims. */
  | { readonly kind: "claims-paused" }
  /** A PUT of a queue that exists, with other metadata. */
  | { readonly kind: "metadata-kept" }
  /** A subscriber that is never called, because its port is one of another protocol. */
  | { readonly kind: "port-closed"; readonly port: string }
  /** A queue that is its own dead-letter queue. */
  | { readonly kind: "dead-letters-stay" };

/** What has the unknown member. `metadata`: only its keys that begin with `_` have a meaning. */
export type Described = "metadata" | "retry policy" | "claim" | "subscription" | "action";

/** More do not fit into an answer, and a document may have thousands. */
export const NOTICES_MAX = 8;

const NONE: readonly Notice[] = [];

/** Notices of members that are not among the known ones. Without any nothing is allocated. */
export function noticesOfUnknown(of: Described, members: Members, known: ReadonlySet<string>): readonly Notice[] {
  let notices: Notice[] | null = null;
  for (const name of members.keys()) {
    if (known.has(name)) continue;
    notices ??= [];
    if (notices.push({ kind: "member-unknown", of, name, suggestion: nearest(name, known) }) >= NOTICES_MAX) break;
  }
  return notices ?? NONE;
}

/** Notices of reserved keys that do not exist, of unknown members of the retry policy, and of a queue's own dead letters. */
function noticesOfMetadata(metadata: Members, place: Place): readonly Notice[] {
  const notices: Notice[] = [];
  for (const [name, value] of metadata) {
    if (notices.length >= NOTICES_MAX) break;
    if (name === RETRY_POLICY) notices.push(...noticesOfPolicy(value));
    else if (name === RESERVED.deadLetterQueue.key) {
      if (place.kind === "queue" && toText(value) === place.name) notices.push({ kind: "dead-letters-stay" });
    } else if (name.startsWith("_") && !RESERVED_KEYS.has(name)) {
      notices.push({ kind: "member-unknown", of: "metadata", name, suggestion: nearest(name, RESERVED_KEYS) });
    }
  }
  return notices;
}

export function noticesOfPost({ ignoresDelay }: MessageBlock): readonly Notice[] {
  return ignoresDelay === true ? DELAY_IGNORED : NONE;
}

/** The notices of a claim that got no messages. `isPaused`: because its queue pauses claims. */
export function withPause(notices: readonly Notice[], isPaused: boolean): readonly Notice[] {
  return isPaused ? [{ kind: "claims-paused" }, ...notices] : notices;
}

const DELAY_IGNORED: readonly Notice[] = [{ kind: "delay-ignored" }];

/** Notices of the document of a new or changed subscription. */
export function noticesOfSubscription(document: JsonText): readonly Notice[] {
  const members = membersOf(document);
  return [
    ...noticesOfUnknown("subscription", members, SUBSCRIPTION_MEMBERS),
    ...noticesOfOptions(members.get("options")),
    ...noticesOfSubscriber(members.get("subscriber")),
  ];
}

/** `subscriber`: undefined: the document does not state one. */
export function noticesOfSubscriber(subscriber: JsonText | undefined): readonly Notice[] {
  const parsed = parseSubscriber((subscriber && toText(subscriber)) ?? "");
  const url = parsed === null || parsed.kind === "mailto" ? null : parseWebUrl(parsed.url);
  return url?.ok === true && hasClosedPort(url.value) ? [{ kind: "port-closed", port: url.value.port }] : NONE;
}

/** `options`: of a subscription; undefined: it has none. */
export function noticesOfOptions(options: JsonText | undefined): readonly Notice[] {
  const policy =
    options !== undefined && typeOf(options) === "object" ? membersOf(options).get(RETRY_POLICY) : undefined;
  return policy === undefined ? NONE : noticesOfPolicy(policy);
}

/** Notices of a PUT of metadata. `keepsMetadata`: it had no effect, because the queue or topic existed. */
export function noticesOfCreation(
  metadata: JsonText,
  { keepsMetadata }: { readonly keepsMetadata?: true },
  place: Place,
): readonly Notice[] {
  const notices = noticesOfMetadata(membersOf(metadata), place);
  return keepsMetadata === true ? [METADATA_KEPT, ...notices] : notices;
}

const METADATA_KEPT: Notice = { kind: "metadata-kept" };

/** Notices of what a PATCH of metadata has set in the end. A removal is none: it may remove the mistake. */
export function noticesOfChanges(changes: readonly MetadataChange[], place: Place): readonly Notice[] {
  const set = new Map<string, JsonText>();
  for (const change of changes) {
    if (change.op === "remove") set.delete(change.key);
    else set.set(change.key, change.value);
  }
  return noticesOfMetadata(set, place);
}

const RETRY_POLICY = RESERVED.retryPolicy.key;
const SUBSCRIPTION_MEMBERS: ReadonlySet<string> = new Set(["subscriber", "ttl", "options"]);

function noticesOfPolicy(policy: JsonText): readonly Notice[] {
  return typeOf(policy) === "object" ? noticesOfUnknown("retry policy", membersOf(policy), RETRY_POLICY_MEMBERS) : NONE;
}
