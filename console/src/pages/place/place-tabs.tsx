/** The tabs of a queue or topic, with the page of each. A new page is a row here. */
import type { JSX } from "preact";
import { Tabs } from "../../components/tabs.tsx";
import { amount } from "../../text/amounts.ts";
import { count, exact } from "../../text/numbers.ts";
import { hrefOf, type PlaceKind, type PlaceTab } from "../../text/routes.ts";
import { DeadLettersTab } from "./dead-letters/dead-letters.tsx";
import { MessagesPage } from "./messages/messages.tsx";
import { PlaceOverview } from "./overview/place-overview.tsx";
import type { PlaceData } from "./place-data.ts";
import { SettingsPage } from "./settings/settings.tsx";
import { SubscriptionsTab } from "./subscriptions/subscriptions.tsx";

interface TabRow {
  readonly tab: PlaceTab;
  readonly text: string;
  readonly Page: (props: { readonly place: PlaceData }) => JSX.Element;
  /** Default: queues and topics. */
  readonly isOf?: PlaceKind;
  /** Beside the text; undefined: none. */
  readonly countOf?: (place: PlaceData) => string | undefined;
}

const TABS: readonly TabRow[] = [
  { tab: "overview", text: "Overview", Page: PlaceOverview },
  {
    tab: "messages",
    text: "Messages",
    Page: MessagesPage,
    countOf: ({ figures }) => (figures === null ? undefined : amount(figures.messages.total, count)),
  },
  {
    tab: "subscriptions",
    text: "Subscriptions",
    Page: SubscriptionsTab,
    countOf: ({ figures }) => (figures?.subscriptions == null ? undefined : exact(figures.subscriptions.count)),
  },
  { tab: "dead-letters", text: "Dead letters", Page: DeadLettersTab, isOf: "queue" },
  { tab: "settings", text: "Settings", Page: SettingsPage },
];

interface PlaceTabsProps {
  readonly place: PlaceData;
  readonly tab: PlaceTab;
}

export function PlaceTabs({ place, tab }: PlaceTabsProps): JSX.Element {
  const { kind, name } = place;
  const tabs = tabsOf(kind).map(({ tab: target, text, countOf }) => ({
    text,
    href: hrefOf({ page: "place", kind, name, tab: target }),
    count: countOf?.(place),
    isCurrent: target === tab,
  }));
  return <Tabs label={kind === "queue" ? "Queue" : "Topic"} tabs={tabs} />;
}

export function PlaceTabPage({ place, tab }: PlaceTabsProps): JSX.Element {
  const { Page = PlaceOverview } = tabsOf(place.kind).find((each) => each.tab === tab) ?? {};
  return <Page place={place} />;
}

/** The tab before or after, for keys. */
export function tabBeside(kind: PlaceKind, tab: PlaceTab, step: 1 | -1): PlaceTab {
  const tabs = tabsOf(kind);
  const at = tabs.findIndex((each) => each.tab === tab);
  return tabs[at + step]?.tab ?? tab;
}

function tabsOf(kind: PlaceKind): readonly TabRow[] {
  return TABS.filter(({ isOf = kind }) => isOf === kind);
}
