/** Sums over queues and topics. What is not known of one of them is not known of the sum. */
import { NOTHING, type Bounds } from "../../domain/figures.ts";
import type { PlaceOverview, Totals } from "../../domain/overview.ts";
import { addBounds } from "./point.ts";

const ANY_NUMBER: Bounds = { min: 0, max: Infinity };

export function sumsOf(places: readonly PlaceOverview[]): Omit<Totals, "counters"> {
  let [stored, free, claimed, delayed, waiting] = [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING];
  let bytes = 0;
  let unconfirmed = 0;
  for (const place of places) {
    if (place.certainty === "unconfirmed") unconfirmed += 1;
    const isKnown = place.certainty === "current" || place.certainty === "recent";
    const add = (sum: Bounds, bounds: Bounds | null): Bounds =>
      addBounds(sum, isKnown && bounds !== null ? bounds : ANY_NUMBER);
    stored = add(stored, place.stored);
    free = add(free, place.free);
    claimed = add(claimed, place.claimed);
    delayed = add(delayed, place.delayed);
    waiting = add(waiting, place.waiting);
    if (isKnown) bytes += place.bytes ?? 0;
  }
  return { stored, free, claimed, delayed, waiting, bytes, unconfirmed };
}
