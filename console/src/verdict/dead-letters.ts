/** Messages that nobody could handle have arrived in a dead-letter queue within the hour. */
import type { PlaceFigures } from "sukkal/client";
import { earliest } from "../state/figures.ts";
import { most } from "../text/amounts.ts";
import { counted } from "../text/words.ts";
import { exact } from "../text/numbers.ts";
import { seenOf, type Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { THRESHOLDS } from "./thresholds.ts";

export function deadLetters(facts: Facts): readonly Finding[] {
  const sources = Map.groupBy(
    facts.overview.places.filter(({ dead_letter_queue: name }) => name != null),
    ({ dead_letter_queue: name }) => name ?? "",
  );
  return facts.overview.places.flatMap((place) => {
    const from = place.kind === "queue" ? sources.get(place.name) : undefined;
    return from === undefined ? [] : (findingOf(facts, place, from) ?? []);
  });
}

function findingOf(facts: Facts, queue: PlaceFigures, sources: readonly PlaceFigures[]): Finding | null {
  const { name } = queue;
  const held = most(queue.messages.total);
  if (held === 0) return null;
  const since = sinceOf(facts, queue, sources);
  if (since === null) return null;
  const letters = held === null ? "dead letters" : counted(held, "dead letter");
  return {
    severity: "act",
    subject: name,
    sentence: `holds ${letters}${mostlyFrom(sources, held)}.`,
    route: { page: "place", kind: "queue", name, tab: "dead-letters" },
    since: since.at,
    rank: -(held ?? 0),
  };
}

/** When they began to arrive, if some did within the hour; `at` null: some did, and it is not known when they began. */
function sinceOf(
  facts: Facts,
  { messages: { oldest } }: PlaceFigures,
  sources: readonly PlaceFigures[],
): { readonly at: number | null } | null {
  const limit = facts.now - THRESHOLDS.deadLettersWithin;
  const arrivals = sources.flatMap((source) => seenOf(facts, source)?.dead ?? []).filter(({ last }) => last > limit);
  const oldestAt = oldest === null ? null : earliest(oldest.created);
  if (oldestAt !== null && oldestAt > limit) return { at: oldestAt };
  if (arrivals.length > 0) return { at: Math.min(...arrivals.map(({ since }) => since)) };
  return sources.some(({ rates }) => (rates?.dead_lettered ?? 0) > 0) ? { at: null } : null;
}

/** The queue that most of them come from, if there are several. Its counter has those that were deleted or redriven, too. */
function mostlyFrom(sources: readonly PlaceFigures[], held: number | null): string {
  const [first, ...others] = sources
    .map(({ name, counters }) => ({ name, count: counters?.dead_lettered ?? 0 }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
  if (first === undefined) return "";
  if (others.length === 0) return ` from ${first.name}`;
  return held !== null && first.count < held
    ? `, ${exact(first.count)} of them from ${first.name}`
    : `, most from ${first.name}`;
}
