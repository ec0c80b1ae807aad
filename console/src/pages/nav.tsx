/** The places of the bar, in their order, with the page of each. A new page is a row here. */
import type { JSX } from "preact";
import { route } from "../state/route.ts";
import { hrefOf, type Route } from "../text/routes.ts";
import { OverviewPage } from "./overview/overview.tsx";

interface Place {
  readonly text: string;
  readonly page: Exclude<Route["page"], "place" | "subscription">;
  readonly Page: () => JSX.Element;
  /** The shape beside it on phones, whose bar has room for four; the others are in its menu. */
  readonly glyph?: string;
  /** A number that needs somebody. */
  readonly Badge?: () => JSX.Element | null;
}

export const NAV: readonly Place[] = [
  { text: "Queues", page: "overview", Page: OverviewPage, glyph: "M3 5H17M3 10H17M3 15H11" },
];

export function Nav(): JSX.Element {
  const { page } = route.value;
  return (
    <nav class="nav" aria-label="Console">
      {NAV.map(({ text, page: target, glyph, Badge }) => {
        // The pages of one queue are below the first place.
        const isCurrent = target === page || (target === "overview" && (page === "place" || page === "subscription"));
        return (
          <a
            key={target}
            class={glyph === undefined ? "rest" : undefined}
            href={hrefOf({ page: target })}
            aria-current={isCurrent ? "page" : undefined}
          >
            {glyph !== undefined && (
              <svg class="glyph" viewBox="0 0 20 20" aria-hidden="true">
                <path d={glyph} />
              </svg>
            )}
            {text}
            {Badge !== undefined && <Badge />}
          </a>
        );
      })}
    </nav>
  );
}
