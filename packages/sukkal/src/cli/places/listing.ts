/** Lists of queues and topics: those that a person chose, in the order that they chose. */
import type { PlaceDetails } from "../../place-details.ts";
import { unlessMissing } from "../../error.ts";
import { valueFlag } from "../arguments.ts";
import type { Session } from "../command.ts";
import type { PlaceKind } from "../place.ts";

/** The service reads the statistics of at most so many for a page. */
const PAGE_MAX = 100;

export interface Selection {
  /** The names that it matches. */
  readonly name?: RegExp | undefined;
  /** Whether the statistics are wanted too. */
  readonly details: boolean;
}

export type Listing = AsyncGenerator<PlaceDetails, void, undefined>;

/** All that are selected, in the order of their names, a page after the other. */
export async function* placesOf(
  session: Pick<Session, "sukkal" | "signal">,
  kind: PlaceKind,
  selection: Selection,
): Listing {
  yield* await openListing(session, kind).then((list) => list(selection));
}

/** The same for lists that are asked for again and again: the size of a page is asked for once. */
export async function openListing(
  { sukkal, signal }: Pick<Session, "sukkal" | "signal">,
  { word }: PlaceKind,
): Promise<(selection: Selection) => Listing> {
  const client = await sukkal();
  const service = await unlessMissing(client.service({ signal }));
  const max = service?.limits["max_queues_per_page"] ?? null;
  // A larger page would be refused, and without a limit a page has 10.
  const limit = max === null ? undefined : Math.min(max, PAGE_MAX);
  return async function* ({ name, details }) {
    const options = { details: details || undefined, limit, name: plainTextOf(name), signal };
    for await (const place of word === "queue" ? client.queues(options) : client.topics(options))
      if (name === undefined || name.test(place.name)) yield place;
  };
}

/** The service looks for texts, so it can select those that match an expression without special characters. */
function plainTextOf(name: RegExp | undefined): string | undefined {
  return name !== undefined && /^[\w-]+$/.test(name.source) ? name.source : undefined;
}

/** The same list, with how much of it has been read: a list with statistics wakes each queue. */
export async function* withProgress({ output }: Pick<Session, "output">, { word }: PlaceKind, list: Listing): Listing {
  using progress = output.progress({ unit: word, done: "read", total: null });
  for await (const place of list) {
    progress.add(1);
    yield place;
  }
}

export const NAME_FLAG = valueFlag(pattern, "text", "part of the name, or a regular expression");

function pattern(input: string): RegExp {
  try {
    return new RegExp(input);
  } catch (error) {
    throw new SyntaxError(`"${input}" is no regular expression`, { cause: error });
  }
}
