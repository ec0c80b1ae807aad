/** The service's own API as a place of subscribers: it is reached inside, without a detour and whatever its network. */
import { parseWebUrl } from "../domain/web-url.ts";

export interface OwnApi {
  /** Where clients find it. */
  readonly publicUrl: string;
  /** `hops`: how often what is posted will have gone on within the service. */
  readonly fetch: (hops: number, url: string, init: RequestInit) => Promise<Response>;
}

/** Through the Worker's own entry; null for a service that does not know where it is. */
export function toOwnApi(publicUrl: string | null, self: (hops: number) => Pick<Fetcher, "fetch">): OwnApi | null {
  return publicUrl === null ? null : { publicUrl, fetch: (hops, url, init) => self(hops).fetch(url, init) };
}

/**
 * The URL of a request to the service itself, as it is without the path that a proxy serves it under; null for a URL that
 * leads elsewhere.
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
