/**
 * The addresses of pages, after the `#` of the console's own. Names are encoded, so a name with a slash or a question mark is one
 * segment. An address that no page has is the overview.
 */

export const PLACE_TABS = ["overview", "messages", "subscriptions", "dead-letters", "settings"] as const;
export type PlaceTab = (typeof PLACE_TABS)[number];
export type PlaceKind = "queue" | "topic";

/** Pages without variables, by their first segment. */
export const PAGES = ["dead-letters", "subscriptions", "keys", "quotas", "projects", "service"] as const;

export type Route =
  | { readonly page: "overview" | (typeof PAGES)[number] }
  | { readonly page: "project"; readonly name: string }
  | { readonly page: "place"; readonly kind: PlaceKind; readonly name: string; readonly tab: PlaceTab }
  | { readonly page: "subscription"; readonly kind: PlaceKind; readonly name: string; readonly id: string };

const OVERVIEW: Route = { page: "overview" };

export function parseRoute(hash: string): Route {
  const [first = "", ...rest] = hash.replace(/^#?\/?/, "").split("/");
  const page = PAGES.find((name) => name === first);
  if (page !== undefined && rest.length === 0) return { page };
  if (first === "projects" && rest.length === 1) return { page: "project", name: decoded(rest[0] ?? "") };
  const kind = first === "queues" ? "queue" : first === "topics" ? "topic" : null;
  const [name = "", tab = "overview", id = ""] = rest.map(decoded);
  if (kind === null || name === "" || rest.length > 3) return OVERVIEW;
  if (rest.length === 3)
    return tab === "subscriptions" && id !== "" ? { page: "subscription", kind, name, id } : OVERVIEW;
  const known = PLACE_TABS.find((each) => each === tab);
  return known === undefined ? OVERVIEW : { page: "place", kind, name, tab: known };
}

/** For the `href` of a link. */
export function hrefOf(route: Route): string {
  switch (route.page) {
    case "overview":
      return "#/";
    case "place":
      return `${placeHref(route)}${route.tab === "overview" ? "" : `/${route.tab}`}`;
    case "subscription":
      return `${placeHref(route)}/subscriptions/${encodeURIComponent(route.id)}`;
    case "project":
      return `#/projects/${encodeURIComponent(route.name)}`;
    case "dead-letters":
    case "subscriptions":
    case "keys":
    case "quotas":
    case "projects":
    case "service":
      return `#/${route.page}`;
  }
}

function placeHref({ kind, name }: { readonly kind: PlaceKind; readonly name: string }): string {
  return `#/${kind}s/${encodeURIComponent(name)}`;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return "";
  }
}
