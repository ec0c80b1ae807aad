/** The page that is shown, from the address. */
import { signal } from "@preact/signals-core";
import { hrefOf, parseRoute, type Route } from "../text/routes.ts";

export const route = signal<Route>(parseRoute(location.hash));

window.addEventListener("hashchange", () => {
  route.value = parseRoute(location.hash);
});

export function goTo(target: Route): void {
  location.hash = hrefOf(target);
}
