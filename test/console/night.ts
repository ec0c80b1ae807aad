/**
 * The bad night of one queue of `shop.ts`, as the service would answer it: four of five consumers have stopped 42 minutes ago.
 * Such a past takes an hour to come about.
 */
import type { Page } from "playwright-core";
import type { PlaceFigures, Series } from "sukkal/client";
import { shop } from "./shop.ts";

export const QUEUE = "orders-billing-eu";
const MIN = 60_000;
export const STOPPED = 42 * MIN;
const CLIENTS = ["7c1e0f52-9b6d-4d2e-8a44-0d3c5a1e9b07", "a90b7712-03c5-4f5f-b1f8-6e2d7a4c1133"];
const MORE = ["b23f9e08-5d1a-4c7e-9c02-2f8e1b6a7d54", "e51d4c3a-7f20-4b98-a6d1-93b0c8f2e615"];
const WORKING = "3381af92-2b9e-11e3-b191-71861300734c";

function instant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z/, "Z");
}

function figures(now: number): PlaceFigures {
  const place = shop(now).places.find(({ name }) => name === QUEUE);
  if (place === undefined) throw new Error("The shop has no such queue.");
  const silent = [...CLIENTS, ...MORE].map((id) => ({
    client_id: id,
    last_asked: instant(now - STOPPED),
    claimed_per_minute: 0,
    deleted_per_minute: 0,
    claims: 0,
    held: 0,
  }));
  const working = { claimed_per_minute: 368, deleted_per_minute: 366, claims: 8, held: 148 };
  return { ...place, consumers: [...silent, { client_id: WORKING, last_asked: instant(now - 3000), ...working }] };
}

/** The points that exist are those of the last hour, except for three minutes that nobody has heard of. */
function series(now: number, from: number, step: number): Series {
  const times = Array.from({ length: Math.ceil((now - from) / step / 1000) }, (_, index) => from + index * step * 1000);
  const column = (value: (age: number, index: number) => number): (number | null)[] =>
    times.map((time, index) => {
      const age = now - time;
      return age > 60 * MIN || (age > 50 * MIN && age < 53 * MIN) ? null : Math.round(value(age, index));
    });
  const none = column(() => 0);
  const isBad = (age: number): boolean => age < STOPPED;
  const free = column((age) => (isBad(age) ? (81_780 * (STOPPED - age)) / STOPPED : 40));
  const posted = column((_, index) => (38.2 + 3 * Math.sin(index)) * step);
  const deleted = column((age, index) => (isBad(age) ? 6.1 : 38.2 + 3 * Math.cos(index)) * step);
  return {
    queue: QUEUE,
    from: instant(from),
    step,
    messages: { total: free, free, claimed: column((age) => (isBad(age) ? 148 : 610)), delayed: none },
    oldest_age: none,
    waiting_claims: none,
    counters: {
      posted,
      deleted,
      claimed: deleted,
      adopted: none,
      released: none,
      lapsed: none,
      expired: none,
      dead_lettered: column((age) => (age < 35 * MIN ? 0.6 * step : 0)),
      redriven: none,
    },
  };
}

/** Answers what is asked of the queue by a script from now on. */
export async function scriptNight(page: Page): Promise<void> {
  await page.route("**/v2/overview?*", (route) => route.fulfill({ json: shop(Date.now()) }));
  await page.route(`**/v2/queues/${QUEUE}/figures`, (route) => route.fulfill({ json: figures(Date.now()) }));
  await page.route("**/v2/series?*", (route) => {
    const query = new URL(route.request().url()).searchParams;
    const json = series(Date.now(), Date.parse(query.get("from") ?? ""), Number(query.get("step")));
    return route.fulfill({ json });
  });
}
