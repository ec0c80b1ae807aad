/** The headers of a frame, as the checks of HTTP expect them. Their names are case-sensitive, as upstream. */
import { isSigned } from "../auth/credential.ts";
import { elementsOf, toText, typeOf, type JsonText, type Members } from "../domain/json.ts";
import { parseTraceparent, TRACEPARENT_HEADER, type Traceparent } from "../domain/traceparent.ts";

/** The headers that say who asks, and for what project and client. */
const TEXTS = [
  "X-Auth-Token",
  "Authorization",
  "X-Project-ID",
  "X-Roles",
  "X-User-Id",
  "Client-ID",
  "URL-Signature",
  "URL-Expires",
];
/** Upstream quirk: lists in a frame, where a request over HTTP has texts with commas. */
const LISTS = ["URL-Methods", "URL-Paths"];

/** null: a value cannot be that of a header, such as a text with a line break. */
export function toHeaders(members: Members): Headers | null {
  const headers = new Headers();
  try {
    for (const name of TEXTS) {
      const text = textIn(members.get(name));
      if (text !== null) headers.set(name, text);
    }
    if (isSigned(headers)) {
      for (const name of LISTS) headers.set(name, listIn(members.get(name)));
    }
    return headers;
  } catch (fault) {
    if (fault instanceof TypeError) return null;
    throw fault;
  }
}

/** The position of a frame in a trace; null: it has none, or it is invalid. */
export function traceparentIn(members: Members): Traceparent | null {
  return parseTraceparent(textIn(members.get(TRACEPARENT_HEADER)));
}

/** The headers that say for whom and what project a frame is, none of which is a credential. */
const UNPROVEN = ["X-Project-ID", "X-Roles", "X-User-Id", "Client-ID"];

export function unprovenHeaders(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(UNPROVEN.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? ""]] : [])));
}

function textIn(value: JsonText | undefined): string | null {
  return value === undefined ? null : toText(value);
}

/** "": it is no list of texts, which no signature is for. */
function listIn(value: JsonText | undefined): string {
  if (value === undefined || typeOf(value) !== "array") return "";
  const texts = elementsOf(value).map(toText);
  return texts.includes(null) ? "" : texts.join(",");
}
