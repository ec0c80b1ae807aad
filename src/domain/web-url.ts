/**
 * The URLs that http and https subscribers are called by, as far as no setting can change whether they can be: whoever
 * subscribes and whoever delivers read them by this one function. Where a URL may lead is `delivery/address.ts`'s to judge.
 */

export type WebUrlDefect = "malformed" | "scheme" | "credentials";

export type WebUrl = { readonly ok: true; readonly value: URL } | { readonly ok: false; readonly defect: WebUrlDefect };

/** The parser reads any number of slashes, of either kind, so that a path without a host becomes a host. */
const WITHOUT_HOST = /^\s*https?:(?!\/\/[^/\\])/i;

/** Characters (RFC 1035). The parser takes any number; names of hosts are remembered by the thousand. */
const NAME_LENGTH_MAX = 253;

/** Call the value, never the text again: two readers of one text may see two hosts in it (`http://a\@b/`). */
export function parseWebUrl(text: string): WebUrl {
  const url = WITHOUT_HOST.test(text) ? null : URL.parse(text);
  if (url === null) return { ok: false, defect: "malformed" };
  if (url.protocol !== "http:" && url.protocol !== "https:") return { ok: false, defect: "scheme" };
  // They would be sent to the host as a header; post_headers can say the same where everybody sees it.
  if (url.username !== "" || url.password !== "") return { ok: false, defect: "credentials" };
  return isHost(url.hostname) ? { ok: true, value: url } : { ok: false, defect: "malformed" };
}

/** The parser has judged addresses already; of names it admits what no resolver knows. */
function isHost(hostname: string): boolean {
  if (hostname.startsWith("[")) return true;
  const name = withoutRoot(hostname);
  return name.length <= NAME_LENGTH_MAX && !name.split(".").includes("");
}

/** One dot at the end only says that the name is complete. */
export function withoutRoot(hostname: string): string {
  return hostname.replace(/\.$/, "");
}
