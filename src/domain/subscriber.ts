/**
 * Subscribers: the URIs that notifications go to (extended contract 1.8). A URI is stored as its client gave it, and
 * parsed again by whoever delivers. Where it leads is not judged here: `delivery/address.ts` does, with each attempt, because
 * settings decide about that.
 */
import { isMailAddress, toOneLine } from "./mail-address.ts";
import { err, ok, type Result } from "./result.ts";
import { parseWebUrl, type WebUrlDefect } from "./web-url.ts";

export type SubscriberKind = "http" | "https" | "mailto" | "trust+http" | "trust+https";

/** Upstream's default of [transport] subscriber_types, in its order. */
export const SUBSCRIBER_KINDS: readonly SubscriberKind[] = ["http", "https", "mailto", "trust+http", "trust+https"];

export type Subscriber =
  | { readonly kind: "http" | "https"; readonly url: string }
  /** Called with a token; `url` is what follows `trust+`. */
  | { readonly kind: "trust+http" | "trust+https"; readonly url: string }
  | { readonly kind: "mailto"; readonly mailbox: Mailbox };

export interface Mailbox {
  /** null: none that a mail could be sent to, as former versions have let in. */
  readonly address: string | null;
  /** Goes before the one of the options; one line. */
  readonly subject: string | null;
}

/** RFC 3986: the scheme ends at the first colon. Upstream compares it in lower case. */
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/** Null when the scheme is none of a subscriber's. */
export function parseSubscriber(uri: string): Subscriber | null {
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase();
  const kind = SUBSCRIBER_KINDS.find((known) => known === scheme);
  switch (kind) {
    case undefined:
      return null;
    case "http":
    case "https":
      return { kind, url: uri };
    case "trust+http":
    case "trust+https":
      return { kind, url: uri.slice("trust+".length) };
    case "mailto":
      return { kind, mailbox: parseMailbox(uri.slice("mailto:".length)) };
  }
}

/**
 * Failures: `subscription-invalid` for a kind that the service does not allow, or none at all; and for what no delivery could
 * ever reach, which upstream takes and then fails to call each time.
 */
export function checkSubscriber(uri: string, allowed: readonly SubscriberKind[]): Result<Subscriber> {
  const subscriber = parseSubscriber(uri);
  if (subscriber === null || !allowed.includes(subscriber.kind)) {
    // The list as Python prints it.
    const list = allowed.map((kind) => `'${kind}'`).join(", ");
    const reason = `The subscriber type of subscription must be supported in the list [${list}].`;
    return err({ kind: "subscription-invalid", reason });
  }
  const reason = defectOf(subscriber);
  return reason === null ? ok(subscriber) : err({ kind: "subscription-invalid", reason });
}

const NO_URL = "it needs http:// or https://, then the name or address of a host, and no port above 65535.";
/** What is wrong is not repeated: a URL may hold secrets. */
const URL_DEFECTS: Readonly<Record<WebUrlDefect, string>> = {
  malformed: `The subscriber is no URL that can be called: ${NO_URL}`,
  scheme: `The subscriber is no URL that can be called: ${NO_URL}`,
  credentials:
    "The subscriber must not hold a user or a password: what a receiver asks for goes into the option post_headers.",
};

function defectOf(subscriber: Subscriber): string | null {
  if (subscriber.kind !== "mailto") {
    const url = parseWebUrl(subscriber.url);
    return url.ok ? null : URL_DEFECTS[url.defect];
  }
  if (subscriber.mailbox.address !== null) return null;
  return "The subscriber must be one mailbox, such as mailto:ops@example.org: no list, no name, nothing but ASCII.";
}

function parseMailbox(text: string): Mailbox {
  const [beforeFragment = ""] = text.split("#");
  const query = beforeFragment.indexOf("?");
  const path = query === -1 ? beforeFragment : beforeFragment.slice(0, query);
  return {
    address: parseAddress(path),
    subject: query === -1 ? null : parseSubject(beforeFragment.slice(query + 1)),
  };
}

/** RFC 6068 escapes what a path cannot hold. */
function parseAddress(path: string): string | null {
  let address: string;
  try {
    address = decodeURIComponent(path);
  } catch {
    return null;
  }
  return isMailAddress(address) ? address : null;
}

/**
 * Upstream reads the query as a form's, so that `+` is a blank, its keys in any case, and leaves out empty values. It
 * then takes the list of subjects for a text and never sends the mail; here the last one counts.
 */
function parseSubject(query: string): string | null {
  let subject: string | null = null;
  for (const [key, value] of new URLSearchParams(query)) {
    if (key.toLowerCase() === "subject" && value !== "") subject = value;
  }
  return subject === null ? null : toOneLine(subject);
}
