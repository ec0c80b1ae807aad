/** Subscribers at the service's own API: it is called inside the service, not over the network. */
import { parseWebUrl } from "../domain/web-url.ts";

export interface OwnApi {
  /** The URL by which clients call it. */
  readonly publicUrl: string;
  /** `hops`: the hops of the message after this post (domain/hops.ts). */
  readonly fetch: (hops: number, url: string, init: RequestInit) => Promise<Response>;
}

/** Calls the API through the Worker's own entry point; null without a `PUBLIC_URL`. */
export function toOwnApi(publicUrl: string | null, self: (hops: number) => Pick<Fetcher, "fetch">): OwnApi | null {
  return publicUrl === null ? null : { publicUrl, fetch: (hops, url, init) => self(hops).fetch(url, init) };
}

/**
 * The URL of a request to the service itself, without the path under which a proxy serves it; null for a URL of another
 * server.
 */
export function toOwnUrl(text: string, publicUrl: string): string | null {
  const base = URL.parse(publicUrl);
  const parsed = parseWebUrl(text);
  if (base === null || !parsed.ok || parsed.value.origin !== base.origin) return null;
  const url = parsed.value;
  const prefix = base.pathname.replace(/\/+$/, "");
  if (!`${url.pathname}/`.startsWith(`${prefix}/`)) return null;
  return url.origin + url.pathname.slice(prefix.length) + url.search;
}
