/** The service's own API as a place of subscribers: it is reached inside, without a detour and whatever its network. */

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
  const url = URL.parse(text);
  if (base === null || url === null || url.origin !== base.origin) return null;
  // They are refused like everywhere else.
  if (url.username !== "" || url.password !== "") return null;
  const prefix = base.pathname.replace(/\/+$/, "");
  if (!`${url.pathname}/`.startsWith(`${prefix}/`)) return null;
  return url.origin + url.pathname.slice(prefix.length) + url.search;
}
