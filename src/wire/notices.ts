/** The sentences of notices, and the header that has them. The only place with their texts. */
import { excerpt } from "../domain/excerpt.ts";
import type { Described, Notice } from "../domain/notice.ts";
import { RESERVED } from "../domain/reserved-metadata.ts";

/** Over HTTP. Frames have the same text in the member `notice` of a reply's headers. */
export const NOTICE_HEADER = "Sukkal-Notice";

/** Bytes, which are characters, because a header is ASCII. */
const LENGTH_MAX = 1024;
const SEPARATOR = "; ";

/** The sentences in one text; null: there are none. Those that do not fit are left out. */
export function encodeNotices(notices: readonly Notice[]): string | null {
  let text: string | null = null;
  for (const notice of notices) {
    const sentence = toAscii(sentenceOf(notice));
    const longer: string = text === null ? sentence : text + SEPARATOR + sentence;
    if (longer.length <= LENGTH_MAX) text = longer;
  }
  return text;
}

/** As headers of an answer; none without notices. */
export function noticeHeaders(notices: readonly Notice[]): Readonly<Record<string, string>> {
  const text = encodeNotices(notices);
  return text === null ? NO_HEADERS : { [NOTICE_HEADER]: text };
}

const NO_HEADERS = {};

function sentenceOf(notice: Notice): string {
  switch (notice.kind) {
    case "member-unknown":
      return `\`${excerpt(notice.name)}\` ${UNKNOWN[notice.of]}${hint(notice)}`;
    case "filter-suspicious":
      return `\`${excerpt(notice.name)}\` is no parameter of this list, and filters by metadata${hint(notice)}`;
    case "delay-ignored":
      return `\`delay\` has no effect: the queue or topic has no \`${RESERVED.defaultMessageDelay.key}\``;
    case "claims-paused":
      return `the queue pauses claims: \`${RESERVED.paused.key}\` of its metadata`;
    case "port-closed":
      return `the subscriber is never called: port ${notice.port} is one of another protocol`;
    case "dead-letters-stay":
      return `\`${RESERVED.deadLetterQueue.key}\` names the queue itself: its dead letters come back to it`;
    case "metadata-kept":
      return "it exists already, and its metadata stays: PATCH changes metadata";
  }
}

const UNKNOWN: Readonly<Record<Described, string>> = {
  metadata: "is no reserved key of metadata, and has no effect",
  "retry policy": `is no member of \`${RESERVED.retryPolicy.key}\`, and has no effect`,
  claim: "is no member of a claim, and has no effect",
  subscription: "is no member of a subscription, and has no effect",
  action: "is no member of this action, and has no effect",
};

function hint({ name, suggestion }: { readonly name: string; readonly suggestion: string | null }): string {
  if (suggestion !== null) return `: did you mean \`${suggestion}\`?`;
  return name === "limit" ? ": it is a parameter of the query" : "";
}

/** Names are text of a client: other characters would not be valid in a header. */
function toAscii(text: string): string {
  return text.replace(/[^ -~]/gu, "?");
}
