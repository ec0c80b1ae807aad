/** Notifications that were given up, and are kept until somebody sends them again. */
import type { PlaceFigures } from "sukkal/client";
import { exact } from "../text/numbers.ts";
import { counted, inWords } from "../text/words.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";

export function givenUp({ overview }: Facts): readonly Finding[] {
  return overview.places.flatMap((place) => findingOf(place) ?? []);
}

function findingOf({ kind, name, subscriptions }: PlaceFigures): Finding | null {
  const failing = subscriptions?.failing.filter(({ failed }) => failed > 0) ?? [];
  const [only] = failing;
  if (only === undefined) return null;
  const failed = sum(failing.map((each) => each.failed));
  const pending = sum(failing.map((each) => each.pending));
  const waiting = pending === 0 ? "" : `${exact(pending)} wait for a retry, `;
  const fate = failed === 1 ? "was given up and is kept" : "were given up and are kept";
  const who = failing.length === 1 ? "a subscriber" : `${inWords(failing.length)} subscribers`;
  return {
    severity: "watch",
    subject: name,
    sentence: `has ${who} that did not take ${counted(failed, "notification")}: ${waiting}${exact(failed)} ${fate}.`,
    route:
      failing.length === 1
        ? { page: "subscription", kind, name, id: only.id }
        : { page: "place", kind, name, tab: "subscriptions" },
    since: null,
    rank: -failed,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
