/** Messages expire before they are taken at this pace. */
import type { PlaceFigures } from "sukkal/client";
import { earliest } from "../state/figures.ts";
import { least, most } from "../text/amounts.ts";
import { minute } from "../text/instants.ts";
import { rate } from "../text/numbers.ts";
import { growsSince, type Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { THRESHOLDS } from "./thresholds.ts";

export function fallsBehind(facts: Facts): readonly Finding[] {
  return facts.overview.places.flatMap((place) => (place.kind === "queue" ? (findingOf(facts, place) ?? []) : []));
}

function findingOf(facts: Facts, place: PlaceFigures): Finding | null {
  const { now } = facts;
  const lossAt = lossAtOf(place, now);
  if (lossAt === null) return null;
  const { posted = 0, deleted = 0 } = place.rates ?? {};
  const when =
    lossAt <= now ? "Its oldest messages expire now" : `From about ${minute(lossAt, now)} its oldest messages expire`;
  const why =
    place.paused?.includes("claims") === true
      ? "its claims are paused."
      : deleted === 0
        ? "nobody takes its messages."
        : `${rate(deleted)} of ${rate(posted)} messages a second are taken.`;
  return {
    severity: "act",
    subject: place.name,
    sentence: `falls behind: ${why} ${when} at this pace.`,
    route: { page: "place", kind: "queue", name: place.name, tab: "overview" },
    since: growsSince(facts, place),
    lossAt,
    rank: Math.max(0, lossAt - now),
  };
}

/**
 * When the first message is lost, if it is within the time that counts. The head of the queue moves on by what is taken, so its
 * age grows by `1 - taken / arrived` seconds a second, and what it has left shrinks as much.
 */
function lossAtOf({ messages, rates }: PlaceFigures, now: number): number | null {
  const { free, oldest, first_expiry: expiry } = messages;
  if (oldest === null || expiry === null || rates === null || least(free) === 0) return null;
  const age = (most(oldest.age) ?? 0) * 1000;
  if (age < THRESHOLDS.oldestAtLeast) return null;
  const arrived = rates.posted + rates.adopted;
  const taken = rates.deleted + rates.dead_lettered + rates.redriven;
  if (taken > 0 && arrived - taken < THRESHOLDS.growthAtLeast) return null;
  const left = Math.max(0, earliest(expiry) - now);
  if (taken === 0 && age < THRESHOLDS.waitedPart * (age + left)) return null;
  const lossAt = now + left / (taken === 0 ? 1 : 1 - taken / arrived);
  return lossAt - now <= THRESHOLDS.lossWithin ? lossAt : null;
}
