/** The page of an address. */
import type { JSX } from "preact";
import { later } from "../components/later.tsx";
import { route } from "../state/route.ts";
import { refusalOf } from "../state/service.ts";
import { placeShown } from "./nav.tsx";

const PlacePage = later(async () => (await import("./further.ts")).PlacePage);
const ProjectPage = later(async () => (await import("./further.ts")).ProjectPage);
const SubscriptionPage = later(async () => (await import("./further.ts")).SubscriptionPage);

export function CurrentPage(): JSX.Element {
  const { value: current } = route;
  if (current.page === "place") return <PlacePage {...current} />;
  if (current.page === "project") return <ProjectPage name={current.name} />;
  if (current.page === "subscription") {
    // The page of its queue says why it cannot be read.
    if (refusalOf("subscription:get", current.name) !== null) return <PlacePage {...current} tab="subscriptions" />;
    return <SubscriptionPage {...current} />;
  }
  const { Page = () => <></> } = placeShown() ?? {};
  return <Page />;
}
