/** The figures of all queues and topics, which every page of the console needs: one request, whatever their number. */
import { computed, signal } from "@preact/signals-core";
import { now, setServiceTime } from "./clock.ts";
import type { Overview, PlaceFigures } from "sukkal/client";
import { keyOf } from "./figures.ts";
import { remember, type History } from "./history.ts";
import { Poll } from "./poll.ts";
import { signedIn } from "./session.ts";
import { trendsOf, type Trends } from "./trends.ts";

/** The service answers with as many at most, and asks as many at most. */
export const PLACES_MAX = 5000;
const FRESH_MAX = 100;
/** Milliseconds between two points of trends, for which the service reads rows. */
const TRENDS_EVERY = 300_000;

export const overview = new Poll<Overview>({
  ask: async ({ signal: asked, fresh: isWanted }) => {
    const fresh = isWanted && places.peek().length <= FRESH_MAX;
    const limit = fresh ? FRESH_MAX : PLACES_MAX;
    const hasTrends = isTrendDue();
    const answer = await signedIn().overview({
      signal: asked,
      fresh,
      limit,
      consumers: true,
      trend: hasTrends || undefined,
    });
    setServiceTime(Date.parse(answer.at));
    if (hasTrends) trends.value = trendsOf(answer);
    seen.value = remember(seen.value, answer);
    return answer;
  },
  newsOf: ({ places }) => places.map(({ messages: { oldest: _, ...messages }, ...place }) => [messages, newsOf(place)]),
});

function newsOf({ name, rates, paused, subscriptions }: Omit<PlaceFigures, "messages">): unknown {
  return [name, rates, paused, subscriptions];
}

/** Free messages of the last hour, which the overview has every 5 minutes. */
export const trends = signal<Trends>({ at: -Infinity, byKey: new Map() });

function isTrendDue(): boolean {
  return now.peek() - trends.peek().at >= TRENDS_EVERY;
}

export const seen = signal<History>(new Map());

/** Empty until the service has answered. */
export const places = computed(() => overview.answer.value?.places ?? []);

const byKey = computed(() => new Map(places.value.map((place) => [keyOf(place), place])));

/** The figures of one; null: it does not exist, or is not known yet. */
export function placeOf(place: Pick<PlaceFigures, "kind" | "name">): PlaceFigures | null {
  return byKey.value.get(keyOf(place)) ?? null;
}

/** The names of the queues to which dead letters go. */
export const deadLetterQueues = computed(
  () => new Set(places.value.flatMap(({ dead_letter_queue: name }) => (name == null ? [] : [name]))),
);

/** The queues whose dead letters go to `name`. */
export function sendersTo(name: string): readonly PlaceFigures[] {
  return places.value.filter(({ dead_letter_queue: target }) => target === name);
}
