/** The page of an address. */
import type { JSX } from "preact";
import { route } from "../state/route.ts";
import { NAV } from "./nav.tsx";
import { PlacePage } from "./place/place.tsx";

export function CurrentPage(): JSX.Element {
  const { value: current } = route;
  if (current.page === "place") return <PlacePage {...current} />;
  if (current.page === "subscription") return <PlacePage {...current} tab="subscriptions" />;
  const { Page = () => <></> } = NAV.find(({ page }) => page === current.page) ?? NAV[0] ?? {};
  return <Page />;
}
