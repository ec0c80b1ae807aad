/**
 * The guard against server-side request forgery: a subscriber must not make the service call hosts that only the service can
 * reach. Upstream has no such guard. IP addresses are checked here (`ip.ts`). Of a host name only the spelling is checked here.
 * The address that it resolves to is checked by the runtime, which connects to public addresses only (`config.capnp`).
 */
import { parseWebUrl, withoutRoot, type WebUrlDefect } from "../domain/web-url.ts";
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
  // The parser leaves out the scheme's own port.
  if (url.port !== "" && CLOSED_PORTS.has(Number(url.port))) return "port";
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

/**
 * The ports that browsers refuse (Fetch standard, "port blocking"), because services there might execute an HTTP request as their
 * own commands. Redis and memcached are added, which browsers do not block.
 */
const CLOSED_PORTS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211,
]);
