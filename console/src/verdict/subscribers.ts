/** Subscribers that do not take their notifications: attempts have failed for a while, or some were given up and are kept. */
import type { PlaceFigures, SubscriptionFigures } from "sukkal/client";
import { exact } from "../text/numbers.ts";
import { counted, inWords } from "../text/words.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { THRESHOLDS } from "./thresholds.ts";

/** Of a subscription with notifications that wait or were given up. */
type Undelivered = SubscriptionFigures["failing"][number];

/** Whether somebody has to look at it. What waits for its first attempt, or for one retry, will arrive. */
export function isFailing({ pending, failed, since }: Undelivered, now: number): boolean {
  return failed > 0 || (pending > 0 && since !== null && now - Date.parse(since) >= THRESHOLDS.failsFor);
}

export function subscribers({ overview, now }: Facts): readonly Finding[] {
  return overview.places.flatMap((place) => findingOf(place, now) ?? []);
}

function findingOf({ kind, name, subscriptions }: PlaceFigures, now: number): Finding | null {
  const failing = subscriptions?.failing.filter((each) => isFailing(each, now)) ?? [];
  const [only] = failing;
  if (only === undefined) return null;
  const since = failing.flatMap((each) => (each.since === null ? [] : [Date.parse(each.since)]));
  return {
    severity: "watch",
    subject: name,
    sentence: `has ${sentenceOf(failing)}.`,
    route:
      failing.length === 1
        ? { page: "subscription", kind, name, id: only.id }
        : { page: "place", kind, name, tab: "subscriptions" },
    since: since.length === 0 ? null : Math.min(...since),
    rank: -sum(failing.map(({ failed }) => failed)),
  };
}

function sentenceOf(failing: readonly Undelivered[]): string {
  const failed = sum(failing.map((each) => each.failed));
  const pending = sum(failing.map((each) => each.pending));
  const isOne = failing.length === 1;
  const who = isOne ? "a subscriber" : `${inWords(failing.length)} subscribers`;
  const wait = pending === 1 ? "waits" : "wait";
  if (failed === 0)
    return `${who} that ${isOne ? "takes" : "take"} nothing: ${counted(pending, "notification")} ${wait} for a retry`;
  const waiting = pending === 0 ? "" : `${exact(pending)} ${wait} for a retry, `;
  const fate = failed === 1 ? "was given up and is kept" : "were given up and are kept";
  return `${who} that did not take ${counted(failed, "notification")}: ${waiting}${exact(failed)} ${fate}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
