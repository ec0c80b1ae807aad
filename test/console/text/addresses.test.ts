/** The addresses of pages, and names that are cut. */
import { expect, test } from "vitest";
import { nameParts, shortId } from "../../../console/src/text/names.ts";
import { hrefOf, parseRoute, type Route } from "../../../console/src/text/routes.ts";

const ROUTES: readonly (readonly [string, Route])[] = [
  ["#/", { page: "overview" }],
  ["#/keys", { page: "keys" }],
  ["#/dead-letters", { page: "dead-letters" }],
  ["#/queues/orders", { page: "place", kind: "queue", name: "orders", tab: "overview" }],
  ["#/topics/news/messages", { page: "place", kind: "topic", name: "news", tab: "messages" }],
  ["#/queues/a%2Fb%3F%23", { page: "place", kind: "queue", name: "a/b?#", tab: "overview" }],
  ["#/queues/messages/settings", { page: "place", kind: "queue", name: "messages", tab: "settings" }],
  ["#/queues/orders/subscriptions/6f", { page: "subscription", kind: "queue", name: "orders", id: "6f" }],
];

test.each(ROUTES)("%s", (href, route) => {
  expect(parseRoute(href)).toEqual(route);
  expect(hrefOf(route)).toBe(href);
});

test.each([
  "",
  "#",
  "#/nothing",
  "#/queues",
  "#/queues/",
  "#/queues/a/nothing",
  "#/queues/a/subscriptions/",
  "#/queues/%",
])("%j is the overview", (hash) => expect(parseRoute(hash)).toEqual({ page: "overview" }));

test("what no page has is the overview", () => {
  expect(parseRoute("#/queues/a/messages/b")).toEqual({ page: "overview" });
  expect(parseRoute("#/queues/a/subscriptions/b/c")).toEqual({ page: "overview" });
});

test.each([
  ["orders", "orders", ""],
  ["orders-billing-eu", "orders-billing", "-eu"],
  ["shop.orders_dead", "shop.orders", "_dead"],
  ["-orders", "-orders", ""],
  [`a-${"b".repeat(23)}`, "a", `-${"b".repeat(23)}`],
  [`a-${"b".repeat(24)}`, `a-${"b".repeat(24)}`, ""],
])("%s is cut after %j", (name, head, tail) => expect(nameParts(name)).toEqual({ head, tail }));

test("an id is its beginning and its end", () => {
  expect(shortId("7c1e0f52-9b6d-4d2e-8a44-0d3c5a1e9b07")).toBe("7c1e0f52…9b07");
  expect(shortId("50b68a50d6f5b8c8")).toBe("50b68a50…b8c8");
  expect(shortId("3381af92")).toBe("3381af92");
});
