/** Questions of the meter to objects, for a look at figures of which some may have been lost. */
import type { DeliveryFigures, QueueFigures } from "../../domain/figures.ts";
import { readDelivery, readFigures } from "../../domain/packed-figures.ts";
import type { Place } from "../../domain/place.ts";
import type { EpochMs } from "../../domain/time.ts";
import { mapConcurrently } from "../../mechanisms/map-concurrently.ts";
import { within } from "../../mechanisms/timeout.ts";
import type { QueueRpc } from "../rpc/queue.ts";

/** The most questions of one look, those in progress at a time, and milliseconds for all of them. */
export const QUESTIONS_MAX = 100;
const CONCURRENCY = 20;
const MS_MAX = 2_000;

interface QuestionsDeps {
  /** Whether the object does not exist, and must not be created by the question. */
  readonly isMissing: (place: Place) => Promise<boolean>;
  /** Not a promise, because a stub answers to any method, `then` too. */
  readonly stubOf: (place: Place) => Pick<QueueRpc, "figures">;
  readonly clock: () => EpochMs;
  readonly logFault: (error: unknown) => void;
}

export interface PlaceAnswer {
  readonly place: Place;
  readonly askedAt: EpochMs;
  readonly figures: QueueFigures;
  readonly deliveries: readonly DeliveryFigures[];
}

interface Asked {
  /** Those that came in time. */
  readonly answers: readonly PlaceAnswer[];
  /** Places without an object. */
  readonly gone: readonly Place[];
  /** Places that were asked and did not answer. They stay as they were. */
  readonly silent: readonly Place[];
}

export async function askPlaces(
  places: readonly Place[],
  { isMissing, stubOf, clock, logFault }: QuestionsDeps,
): Promise<Asked> {
  const answers: PlaceAnswer[] = [];
  const gone: Place[] = [];
  const silent = new Set<Place>();
  let isOver = false;
  const ask = async (place: Place): Promise<void> => {
    if (isOver) return;
    const askedAt = clock();
    silent.add(place);
    try {
      const taken = (await isMissing(place)) ? null : await stubOf(place).figures();
      const figures = readFigures(taken?.figures);
      const deliveries = (taken?.deliveries ?? []).flatMap((packed) => readDelivery(packed) ?? []);
      if (isOver || (taken !== null && figures === null)) return;
      silent.delete(place);
      if (figures === null) gone.push(place);
      else answers.push({ place, askedAt, figures, deliveries });
    } catch (error) {
      logFault(error);
    }
  };
  await within(MS_MAX, mapConcurrently(places.slice(0, QUESTIONS_MAX), CONCURRENCY, ask), []);
  isOver = true;
  return { answers, gone, silent: [...silent] };
}
