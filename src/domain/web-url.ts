/**
 * Parses and validates the URLs of http and https subscribers. Subscriptions and deliveries both use this function, so that
 * they read a URL alike. Whether its address may be called depends on settings: `delivery/address.ts` decides that.
 */

export type WebUrlDefect = "malformed" | "scheme" | "credentials";

export type WebUrl = { readonly ok: true; readonly value: URL } | { readonly ok: false; readonly defect: WebUrlDefect };

/** URL.parse accepts any number of slashes and backslashes before the host, and so reads a path without a host as a host. */
const WITHOUT_HOST = /^\s*https?:(?!\/\/[^/\\])/i;

/** Characters (RFC 1035). URL.parse has no limit, and thousands of host names are kept in memory. */
const NAME_LENGTH_MAX = 253;

/** Callers must request the returned URL, never the text: parsers differ about the host of texts such as `http://a\@b/`. */
export function parseWebUrl(text: string): WebUrl {
  const url = WITHOUT_HOST.test(text) ? null : URL.parse(text);
  if (url === null) return { ok: false, defect: "malformed" };
  if (url.protocol !== "http:" && url.protocol !== "https:") return { ok: false, defect: "scheme" };
  // fetch would send them in a header. The option post_headers can set the same header visibly.
  if (url.username !== "" || url.password !== "") return { ok: false, defect: "credentials" };
  return isHost(url.hostname) ? { ok: true, value: url } : { ok: false, defect: "malformed" };
}

/** URL.parse validates IP addresses, but accepts names that DNS cannot resolve. */
function isHost(hostname: string): boolean {
  if (hostname.startsWith("[")) return true;
  const name = withoutRoot(hostname);
  return name.length <= NAME_LENGTH_MAX && !name.split(".").includes("");
}

/** Without the trailing dot of a fully qualified name. */
export function withoutRoot(hostname: string): string {
  return hostname.replace(/\.$/, "");
}

/** Whether no receiver is called at its port, whatever the settings. */
export function hasClosedPort({ port }: URL): boolean {
  // The parser leaves out the scheme's own port.
  return port !== "" && CLOSED_PORTS.has(Number(port));
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
