/** The places of the bar, in their order, with the page of each. A new page is a row here. */
import type { ComponentType, JSX } from "preact";
import { later } from "../components/later.tsx";
import { isOperator } from "../state/service.ts";
import { isOfProject } from "../state/session.ts";
import { route } from "../state/route.ts";
import { hrefOf, type Route } from "../text/routes.ts";
import { DeadLetterBadge, DeadLettersPage } from "./dead-letters.tsx";
import { OverviewPage } from "./overview/overview.tsx";
import { SubscriptionBadge, SubscriptionsPage } from "./subscriptions.tsx";

const KeysPage = later(async () => (await import("./further.ts")).KeysPage);
const QuotasPage = later(async () => (await import("./further.ts")).QuotasPage);
const ServicePage = later(async () => (await import("./further.ts")).ServicePage);
const ProjectsPage = later(async () => (await import("./further.ts")).ProjectsPage);

interface Place {
  readonly text: string;
  readonly page: Exclude<Route["page"], "place" | "project" | "subscription">;
  readonly Page: ComponentType;
  /** The shape beside it on phones, whose bar has room for four; the others are in its menu. */
  readonly glyph?: string;
  /** A number that needs somebody. */
  readonly Badge?: () => JSX.Element | null;
  /** Whose it is. Default: whoever has a project. */
  readonly isOf?: "operator" | "everybody";
}

const PLACES: readonly Place[] = [
  { text: "Projects", page: "projects", Page: ProjectsPage, glyph: "M3 4H17V9H3ZM3 12H17V17H3Z", isOf: "operator" },
  { text: "Queues", page: "overview", Page: OverviewPage, glyph: "M3 5H17M3 10H17M3 15H11" },
  {
    text: "Dead letters",
    page: "dead-letters",
    Page: DeadLettersPage,
    glyph: "M3 6 10 11 17 6M3 5H17V15H3Z",
    Badge: DeadLetterBadge,
  },
  {
    text: "Subscriptions",
    page: "subscriptions",
    Page: SubscriptionsPage,
    glyph: "M3 10H15M11 6 15 10 11 14",
    Badge: SubscriptionBadge,
  },
  { text: "Keys", page: "keys", Page: KeysPage },
  { text: "Quotas", page: "quotas", Page: QuotasPage },
  { text: "Service", page: "service", Page: ServicePage, isOf: "everybody" },
];

/** Those at which the reader has something to see. */
export function navPlaces(): readonly Place[] {
  return PLACES.filter(({ isOf }) => {
    if (isOf === "operator") return isOperator.value;
    return isOf === "everybody" || isOfProject.value;
  });
}

/** The places below which pages are that have none of their own. */
const PARENTS: Partial<Record<Route["page"], Route["page"]>> = {
  place: "overview",
  subscription: "overview",
  project: "projects",
};

/** The one of the address; of an address that the reader has not, the first. */
export function placeShown(): Place | undefined {
  const { page } = route.value;
  const places = navPlaces();
  return places.find((place) => place.page === (PARENTS[page] ?? page)) ?? places[0];
}

/** `onMore`: shows what the bar of a phone has no room for. */
export function Nav({ onMore }: { readonly onMore: () => void }): JSX.Element {
  const shown = placeShown();
  return (
    <nav class="nav" aria-label="Console">
      {navPlaces().map(({ text, page, glyph, Badge }) => (
        <a
          key={page}
          class={glyph === undefined ? "rest" : undefined}
          href={hrefOf({ page })}
          aria-current={page === shown?.page ? "page" : undefined}
        >
          {glyph !== undefined && (
            <svg class="glyph" viewBox="0 0 20 20" aria-hidden="true">
              <path d={glyph} />
            </svg>
          )}
          {text}
          {Badge !== undefined && <Badge />}
        </a>
      ))}
      <button class="more" type="button" aria-haspopup="dialog" onClick={onMore}>
        <svg class="glyph" viewBox="0 0 20 20" aria-hidden="true">
          <path d="M4.5 10H4.6M10 10H10.1M15.4 10H15.5" stroke-width="2.5" stroke-linecap="round" />
        </svg>
        More
      </button>
    </nav>
  );
}
