/** The figures of all queues and topics, which every page of the console needs: one request, whatever their number. */
import { computed, signal } from "@preact/signals-core";
import { setServiceTime } from "./clock.ts";
import { keyOf, type Overview, type PlaceFigures } from "./figures.ts";
import { remember, type History } from "./history.ts";
import { requestOverview } from "./overview-request.ts";
import { Poll } from "./poll.ts";

/** The service answers with as many at most. */
const PLACES_MAX = 1000;

export const overview = new Poll<Overview>({
  ask: async (asking) => {
    // Asking every object is limited to 100 of them.
    const answer = await requestOverview({ ...asking, limit: asking.fresh ? 100 : PLACES_MAX });
    setServiceTime(Date.parse(answer.at));
    seen.value = remember(seen.value, answer);
    return answer;
  },
  newsOf: ({ places }) => places.map(({ messages: { oldest: _, ...messages }, ...place }) => [messages, newsOf(place)]),
});

function newsOf({ name, rates, paused, subscriptions }: Omit<PlaceFigures, "messages">): unknown {
  return [name, rates, paused, subscriptions];
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
  () => new Set(places.value.flatMap(({ dead_letter_queue: name }) => (name === null ? [] : [name]))),
);
