/** The settings of a queue or topic that can be changed here: how each is shown, typed and read. */
import type { Metadata } from "sukkal/client";
import { refusalOf } from "../../../state/service.ts";
import { byteLimit } from "../../../text/bytes.ts";
import { setDuration } from "../../../text/durations.ts";
import { limit } from "../../../text/limits.ts";
import { exact } from "../../../text/numbers.ts";
import { DURATION_FORM, parseBytes, parseCount, parseDuration } from "../../../text/parse.ts";
import type { PlaceKind } from "../../../text/routes.ts";

export interface Setting {
  readonly key: string;
  readonly label: string;
  readonly kinds: readonly PlaceKind[];
  /** Below the field. `limits`: those of the service. */
  readonly hint: (limits: Readonly<Record<string, number | null>>) => string;
  readonly write: (value: unknown) => string;
  /** null: it has no such form. An empty text removes the setting, and is not parsed. */
  readonly parse: (text: string) => string | number | null;
  /** What the form is. */
  readonly form: string;
}

const BOTH: readonly PlaceKind[] = ["queue", "topic"];
const QUEUES: readonly PlaceKind[] = ["queue"];

const DURATION = {
  write: (value: unknown) => (typeof value === "number" ? setDuration(value) : ""),
  parse: parseDuration,
  form: DURATION_FORM,
};
const COUNT = {
  write: (value: unknown) => (typeof value === "number" ? exact(value) : ""),
  parse: parseCount,
  form: "A whole number.",
};

export const SETTINGS: readonly Setting[] = [
  {
    ...DURATION,
    key: "_default_message_ttl",
    label: "Ttl of a message that states none",
    kinds: BOTH,
    hint: (limits) => `At most ${limit("max_message_ttl", limits["max_message_ttl"] ?? null)}.`,
  },
  {
    ...DURATION,
    key: "_default_message_delay",
    label: "Delay of a message that states none",
    kinds: BOTH,
    hint: (limits) =>
      `At most ${limit("max_message_delay", limits["max_message_delay"] ?? null)}. Without one, messages have no delays.`,
  },
  {
    key: "_max_messages_post_size",
    label: "Largest post",
    kinds: BOTH,
    hint: (limits) => `At most ${limit("max_messages_post_size", limits["max_messages_post_size"] ?? null)}.`,
    write: (value) => (typeof value === "number" ? byteLimit(value) : ""),
    parse: parseBytes,
    form: "A size, such as 256 KiB.",
  },
  {
    ...COUNT,
    key: "_max_claim_count",
    label: "Claims before a message is dead",
    kinds: QUEUES,
    hint: () => "Empty: it never is. It needs a queue for dead letters.",
  },
  {
    key: "_dead_letter_queue",
    label: "Dead letters go to",
    kinds: QUEUES,
    hint: () => "The name of a queue, which is created if need be.",
    write: (value) => (typeof value === "string" ? value : ""),
    parse: (text) => (refusalOf("messages:create", text.trim()) === null ? text.trim() : null),
    form: "A queue to which you may post, by the rights and the prefix of your key.",
  },
  {
    ...DURATION,
    key: "_dead_letter_queue_messages_ttl",
    label: "Dead letters live",
    kinds: QUEUES,
    hint: () => "From their move on. Empty: as long as they would have lived.",
  },
];

/** What is typed, by the key of its setting. */
export type Typed = Readonly<Record<string, string>>;

export interface Change {
  readonly setting: Setting;
  readonly before: string;
  readonly after: string;
  /** undefined: the setting is removed. null: what is typed has not the form of a value. */
  readonly value: string | number | null | undefined;
}

/** What differs from the metadata. */
export function changesOf(kind: PlaceKind, metadata: Metadata, typed: Typed): readonly Change[] {
  return SETTINGS.filter(({ kinds }) => kinds.includes(kind)).flatMap((setting): readonly Change[] => {
    const before = setting.write(metadata[setting.key]);
    const after = typed[setting.key] ?? before;
    if (after.trim() === before) return [];
    const value = after.trim() === "" ? undefined : setting.parse(after);
    // The same value in other units is no change. The service answers null for what is not set.
    return value !== null && value === metadata[setting.key] ? [] : [{ setting, before, after: after.trim(), value }];
  });
}
