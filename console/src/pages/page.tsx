/** The page of an address. */
import type { JSX } from "preact";
import { later } from "../components/later.tsx";
import { route } from "../state/route.ts";
import { placeShown } from "./nav.tsx";
import { PlacePage } from "./place/place.tsx";
import { ProjectPage } from "./projects/project.tsx";

/** Few readers need it, and it is large. */
const SubscriptionPage = later(async () => (await import("./subscription/subscription.tsx")).SubscriptionPage);

export function CurrentPage(): JSX.Element {
  const { value: current } = route;
  if (current.page === "place") return <PlacePage {...current} />;
  if (current.page === "project") return <ProjectPage name={current.name} />;
  if (current.page === "subscription") return <SubscriptionPage {...current} />;
  const { Page = () => <></> } = placeShown() ?? {};
  return <Page />;
}
