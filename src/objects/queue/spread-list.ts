/**
 * Lists the messages of a spread queue at its home, so that every message id is a complete marker: after a list that ends at
 * a number, no object gives that number or a smaller one to a new message. Clients page by markers, and would miss it.
 */
import { comparePlaces, type LogPlace, type PageAnswer, type PageQuestion } from "../../domain/log-place.ts";
import { HOME_OBJECT } from "../../domain/spread.ts";

export interface SpreadListDeps<Message> {
  /** Those that may have messages at present. */
  readonly objects: () => readonly number[];
  /** Rejects if there is no answer: a list without it would miss messages. */
  readonly ask: (object: number, question: PageQuestion) => Promise<PageAnswer<Message>>;
}

export interface SpreadListRequest {
  /** null: from the beginning. */
  readonly marker: LogPlace | null;
  readonly limit: number;
}

export interface SpreadPage<Message> {
  readonly messages: readonly Message[];
  /** The marker of the next page; null: there is nothing after this one yet. */
  readonly next: LogPlace | null;
}

export async function listSpread<Message>(
  { objects, ask }: SpreadListDeps<Message>,
  request: SpreadListRequest,
): Promise<SpreadPage<Message>> {
  const { marker, limit } = request;
  const answers = new Map<number, PageAnswer<Message>>();
  const askAll = async (asked: readonly number[], raise: number): Promise<void> => {
    const pages = asked.map(async (object) => {
      const before = answers.get(object);
      // What it has told stays in the page, although it may be gone: clients take a page below the limit for the last one.
      const from = Math.max(firstAfter(marker, object), before === undefined ? 0 : before.last + 1);
      const answer = await ask(object, { from, limit, raise });
      answers.set(object, { ...answer, entries: [...(before?.entries ?? []), ...answer.entries] });
    });
    await Promise.all(pages);
  };
  let end = 0;
  // The queue may be spread meanwhile, over objects that know nothing of the end.
  for (let unasked = objects(); unasked.length > 0; unasked = objects().filter((object) => !answers.has(object))) {
    await askAll(unasked, 0);
    end = endOf(mergeAnswers(answers, limit), answers, marker);
    await askAll(laggingBehind(end, answers), end);
  }
  // What was posted meanwhile may be after the end, where it would be before what another object has given since.
  const merged = mergeAnswers(answers, limit);
  const places = merged.places.filter(({ number }) => number <= end);
  const last = places.at(-1);
  const next = last === undefined ? merged.cut : { number: last.number, object: last.object };
  return { messages: places.map(({ message }) => message), next };
}

interface Merged<Message> {
  readonly places: readonly (LogPlace & { readonly message: Message })[];
  /** Where the first object ends whose page is not whole; null: all pages are. */
  readonly cut: LogPlace | null;
}

function mergeAnswers<Message>(answers: ReadonlyMap<number, PageAnswer<Message>>, limit: number): Merged<Message> {
  let cut: LogPlace | null = null;
  for (const [object, { through }] of answers) {
    const place = through === null ? null : { number: through, object };
    if (place !== null && (cut === null || comparePlaces(place, cut) < 0)) cut = place;
  }
  const places = [...answers].flatMap(([object, { entries }]) => entries.map((entry) => ({ ...entry, object })));
  const whole = places.filter((place) => cut === null || comparePlaces(place, cut) <= 0);
  return { places: whole.toSorted(comparePlaces).slice(0, limit), cut };
}

/**
 * The number up to which the page promises to be complete. The marker counts, because the page before may have ended there.
 * It counts only up to the last number that was given, so that an invented marker cannot use numbers up.
 */
function endOf<Message>(
  { places }: Merged<Message>,
  answers: ReadonlyMap<number, PageAnswer<Message>>,
  marker: LogPlace | null,
): number {
  const given = Math.max(0, ...[...answers.values()].map(({ last }) => last));
  return Math.max(places.at(-1)?.number ?? 0, Math.min(marker?.number ?? 0, given));
}

function laggingBehind<Message>(end: number, answers: ReadonlyMap<number, PageAnswer<Message>>): number[] {
  return [...answers].flatMap(([object, { last }]) => (last < end ? [object] : []));
}

/** The first number of an object that is after the marker. */
function firstAfter(marker: LogPlace | null, object: number): number {
  if (marker === null) return 1;
  return object > marker.object ? marker.number : marker.number + 1;
}

/** The objects of a list: the home, and the shards of the phase. */
export function listedObjects(shards: readonly number[]): readonly number[] {
  return [HOME_OBJECT, ...shards];
}
