/** Free has grown for ten minutes, and nothing is lost yet. */
import { least } from "../text/amounts.ts";
import { briefDuration } from "../text/durations.ts";
import { count } from "../text/numbers.ts";
import { seenOf, type Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { THRESHOLDS } from "./thresholds.ts";

export function grows(facts: Facts): readonly Finding[] {
  const { overview, now } = facts;
  return overview.places.flatMap((place) => {
    const rise = seenOf(facts, place)?.rise;
    const more = least(place.messages.free) - (rise?.from ?? 0);
    if (rise == null || now - rise.since < THRESHOLDS.grownFor || more < THRESHOLDS.grownBy) return [];
    const finding: Finding = {
      severity: "watch",
      subject: place.name,
      sentence: `has ${count(more)} more free messages than ${briefDuration(now - rise.since)} ago, and they only grew.`,
      route: { page: "place", kind: place.kind, name: place.name, tab: "overview" },
      since: rise.since,
      rank: -more,
    };
    return [finding];
  });
}
