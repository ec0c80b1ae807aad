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
