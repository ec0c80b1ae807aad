/**
 * The guard against server-side request forgery: a subscriber must not make the service call hosts that only the service can
 * reach. Upstream has no such guard. IP addresses are checked here (`ip.ts`). Of a host name only the spelling is checked here.
 * The address that it resolves to is checked by the runtime, which connects to public addresses only (`config.capnp`).
 */
import { hasClosedPort, parseWebUrl, withoutRoot, type WebUrlDefect } from "../domain/web-url.ts";
import { reachOf } from "./ip.ts";

export interface AddressRules {
  /** Allows this machine, the operator's private networks and their names: for development and closed installations. */
  readonly allowPrivate: boolean;
}

/** Why a subscriber's URL is not called. A URL with a `WebUrlDefect` cannot be subscribed either. */
export type DestinationDefect = WebUrlDefect | "port" | "name" | "address";

export type Destination =
  | { readonly ok: true; readonly value: URL }
  | { readonly ok: false; readonly defect: DestinationDefect };

/** The URL to call for a subscriber of kind http or https. Only this URL may be called; its redirects are not followed. */
export function checkDestination(text: string, rules: AddressRules): Destination {
  const url = parseWebUrl(text);
  if (!url.ok) return url;
  const defect = defectOf(url.value, rules);
  return defect === null ? url : { ok: false, defect };
}

/** Whether an IP address is public, or in a private network that the operator allows. */
export function isAllowedAddress(ip: string, rules: AddressRules): boolean {
  const reach = reachOf(ip);
  return reach === "public" || (reach === "private" && rules.allowPrivate);
}

function defectOf(url: URL, rules: AddressRules): DestinationDefect | null {
  if (hasClosedPort(url)) return "port";
  if (!isAddress(url.hostname)) return nameDefect(url.hostname, rules);
  return isAllowedAddress(url.hostname.replace(/^\[|\]$/g, ""), rules) ? null : "address";
}

/** The parser has normalised every spelling of an address: brackets for IPv6, dotted decimals for IPv4. */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
}

/** Metadata services of clouds: they give credentials to every caller. */
const CLOSED_NAMES: ReadonlySet<string> = new Set([
  "metadata",
  "metadata.goog",
  "metadata.google.internal",
  "instance-data",
  "instance-data.ec2.internal",
]);

/** Names that never mean a public host: RFC 6761, 6762 with its appendix G, 8375; ICANN's `internal`. */
const PRIVATE_DOMAINS = [
  "localhost",
  "localdomain",
  "local",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "home.arpa",
  "lan",
];

function nameDefect(hostname: string, rules: AddressRules): DestinationDefect | null {
  const name = withoutRoot(hostname);
  if (CLOSED_NAMES.has(name)) return "name";
  const isPrivate = !name.includes(".") || PRIVATE_DOMAINS.some((domain) => `.${name}`.endsWith(`.${domain}`));
  return isPrivate && !rules.allowPrivate ? "name" : null;
}
