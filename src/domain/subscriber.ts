/**
 * Subscribers: the URIs that notifications are sent to. A URI is stored as the client wrote it, and parsed again for each
 * delivery. Whether its address may be called depends on settings, so `delivery/address.ts` checks that with each attempt.
 */
import { isMailAddress, toOneLine } from "./mail-address.ts";
import { err, ok, type Result } from "./result.ts";
import { parseWebUrl, type WebUrlDefect } from "./web-url.ts";

export type SubscriberKind = "http" | "https" | "mailto" | "trust+http" | "trust+https";

/** Upstream's default of [transport] subscriber_types, in the same order. */
export const SUBSCRIBER_KINDS: readonly SubscriberKind[] = ["http", "https", "mailto", "trust+http", "trust+https"];

export type Subscriber =
  | { readonly kind: "http" | "https"; readonly url: string }
  /** Called with a Keystone token. `url`: the URI without `trust+`. */
  | { readonly kind: "trust+http" | "trust+https"; readonly url: string }
  | { readonly kind: "mailto"; readonly mailbox: Mailbox };

export interface Mailbox {
  /** null: not a valid address. Former versions accepted such subscribers. */
  readonly address: string | null;
  /** The subject in the URI, one line; it takes precedence over the option `subject`. null: none. */
  readonly subject: string | null;
}

/** The scheme ends at the first colon (RFC 3986, 3.1). As upstream, it is compared without regard to case. */
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/** null: the scheme is not one of SUBSCRIBER_KINDS. */
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
 * Parses and validates a subscriber. Refuses a kind that is not in `allowed`, and a URI that can never be called. Upstream
 * accepts the latter, and each of its deliveries fails.
 */
export function checkSubscriber(
  uri: string,
  allowed: readonly SubscriberKind[],
): Result<Subscriber, "subscription-invalid"> {
  const subscriber = parseSubscriber(uri);
  if (subscriber === null || !allowed.includes(subscriber.kind)) {
    // Formatted like a list in Python, as upstream's sentence.
    const list = allowed.map((kind) => `'${kind}'`).join(", ");
    const reason = `The subscriber type of subscription must be supported in the list [${list}].`;
    return err({ kind: "subscription-invalid", reason });
  }
  const reason = defectOf(subscriber);
  return reason === null ? ok(subscriber) : err({ kind: "subscription-invalid", reason });
}

const NO_URL = "it needs http:// or https://, then the name or address of a host, and no port above 65535.";
/** The sentences do not quote the URL, which may contain secrets. */
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

/** The address in the path of a mailto URI, which may be percent-encoded (RFC 6068). */
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
 * The last non-empty `subject` in the query. As upstream, the query is form-encoded (`+` is a blank) and keys are compared
 * without regard to case. Upstream then treats the list of subjects as a text and fails to send the mail.
 */
function parseSubject(query: string): string | null {
  let subject: string | null = null;
  for (const [key, value] of new URLSearchParams(query)) {
    if (key.toLowerCase() === "subject" && value !== "") subject = value;
  }
  return subject === null ? null : toOneLine(subject);
}
