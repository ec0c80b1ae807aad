/**
 * Looks for messages and claims of a queue that may be spread, by their ids. A message is at the object that its id names, or at
 * the home if another queue has given it back. An id is only a hint: what it says beyond the objects of the queue is not asked,
 * because a question must not create an object.
 */
import { parseMessageId, shardIn, shardOfClaim } from "../../domain/id.ts";
import { HOME_OBJECT } from "../../domain/spread.ts";
import type { SpreadView } from "./spread-map.ts";

/** The objects where something may be, the likeliest first. */
export type Whereabouts = readonly number[];

const AT_HOME: Whereabouts = [HOME_OBJECT];

export interface SearchDeps {
  /** What is known at present. An answer of the home may change it. */
  readonly view: () => SpreadView | null;
}

/** `claim`: the one under which it is said to be; null: none. */
export function placesOfMessage(id: string, claim: string | null, view: SpreadView | null): Whereabouts {
  if (view === null) return AT_HOME;
  const position = parseMessageId(id);
  const object = within(view, position === null ? HOME_OBJECT : shardIn(position.epoch));
  if (object === HOME_OBJECT) return [HOME_OBJECT];
  // What the home has claimed can have come back only.
  const isOfHome = claim !== null && within(view, shardOfClaim(claim)) === HOME_OBJECT;
  return isOfHome ? [HOME_OBJECT, object] : [object, HOME_OBJECT];
}

/** A claim is at one object. Without a view that is the home, whose answer may tell another. */
export function placesOfClaim(claim: string, view: SpreadView | null): Whereabouts {
  return [within(view, shardOfClaim(claim))];
}

function within(view: SpreadView | null, object: number): number {
  return object < (view?.objects ?? 1) ? object : HOME_OBJECT;
}

/** Asks one object after the other, each once, until one has an answer; null: none has. */
export async function seek<Answer>({
  view,
  places,
  ask,
}: SearchDeps & {
  readonly places: (view: SpreadView | null) => Whereabouts;
  /** null: it is not there. */
  readonly ask: (object: number) => Promise<Answer | null>;
}): Promise<Answer | null> {
  const asked = new Set<number>();
  for (;;) {
    const object = places(view()).find((each) => !asked.has(each));
    if (object === undefined) return null;
    asked.add(object);
    const answer = await ask(object);
    if (answer !== null) return answer;
  }
}

/** As `seek`, for many ids: the objects of one round are asked at the same time, each for all that it may have. */
export async function seekAll(
  ids: readonly string[],
  {
    view,
    places,
    ask,
  }: SearchDeps & {
    readonly places: (id: string, view: SpreadView | null) => Whereabouts;
    /** Returns the ids that the object does not have. */
    readonly ask: (object: number, ids: readonly string[]) => Promise<readonly string[]>;
  },
): Promise<void> {
  /** The objects that do not have an id. Most ids are where they are looked for first, so these have none. */
  const without = new Map<string, Set<number>>();
  /** `object` undefined: each of them has been asked. */
  const askFor = async (object: number | undefined, group: readonly string[]): Promise<readonly string[]> => {
    if (object === undefined) return [];
    const missing = await ask(object, group);
    for (const id of missing) without.set(id, (without.get(id) ?? new Set()).add(object));
    return missing;
  };
  for (let left = [...new Set(ids)]; left.length > 0;) {
    const known = view();
    const groups = Map.groupBy(left, (id) => places(id, known).find((each) => without.get(id)?.has(each) !== true));
    left = (await Promise.all([...groups].map(([object, group]) => askFor(object, group)))).flat();
  }
}
