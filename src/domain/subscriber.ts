/**
 * Subscribers: the URIs that notifications go to (extended contract 1.8). A URI is stored as its client gave it, and
 * parsed again by whoever delivers. Where it leads is not judged here: `delivery/address.ts` does.
 */
import { isMailAddress, toOneLine } from "./mail-address.ts";
import { err, ok, type Result } from "./result.ts";

export type SubscriberKind = "http" | "https" | "mailto" | "trust+http" | "trust+https";

/** Upstream's default of [transport] subscriber_types, in its order. */
export const SUBSCRIBER_KINDS: readonly SubscriberKind[] = ["http", "https", "mailto", "trust+http", "trust+https"];

export type Subscriber =
  | { readonly kind: "http" | "https"; readonly url: string }
  /** Called with a token; `url` is what follows `trust+`. */
  | { readonly kind: "trust+http" | "trust+https"; readonly url: string }
  | { readonly kind: "mailto"; readonly mailbox: Mailbox };

export interface Mailbox {
  /** null: none that a mail could be sent to. Upstream takes such a subscriber, so only its deliveries fail. */
  readonly address: string | null;
  /** Goes before the one of the options; one line. */
  readonly subject: string | null;
}

/** RFC 3986: the scheme ends at the first colon. Upstream compares it in lower case. */
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/** Null when the scheme is none of a subscriber's. Nothing else makes a URI unacceptable. */
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

/** Failures: `subscription-invalid` for a kind that the service does not allow, or none at all. */
export function checkSubscriber(uri: string, allowed: readonly SubscriberKind[]): Result<Subscriber> {
  const subscriber = parseSubscriber(uri);
  if (subscriber !== null && allowed.includes(subscriber.kind)) return ok(subscriber);
  // The list as Python prints it.
  const list = allowed.map((kind) => `'${kind}'`).join(", ");
  const reason = `The subscriber type of subscription must be supported in the list [${list}].`;
  return err({ kind: "subscription-invalid", reason });
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
