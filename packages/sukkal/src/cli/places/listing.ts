/** Lists of queues and topics: those that a person chose, in the order that they chose. */
import type { PlaceDetails } from "../../place-details.ts";
import { unlessMissing } from "../../error.ts";
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

/** All that are selected, in the order of their names, a page after the other. */
export async function* placesOf(
  { sukkal, signal }: Pick<Session, "sukkal" | "signal">,
  { word }: Pick<PlaceKind, "word">,
  { name, details }: Selection,
): AsyncGenerator<PlaceDetails, void, undefined> {
  const client = await sukkal();
  const service = await unlessMissing(client.service({ signal }));
  const limit = Math.min(service?.limits["max_queues_per_page"] ?? Infinity, PAGE_MAX);
  const options = {
    details: details || undefined,
    // A page of other settings would be refused.
    limit: service === null ? undefined : limit,
    name: isPlain(name) ? name?.source : undefined,
    signal,
  };
  for await (const place of word === "queue" ? client.queues(options) : client.topics(options))
    if (name === undefined || name.test(place.name)) yield place;
}

/** The service looks for texts, so it can select those that match an expression without special characters. */
function isPlain(name: RegExp | undefined): boolean {
  return name !== undefined && /^[\w-]+$/.test(name.source);
}

/** A part of names, or a regular expression for them. */
export function pattern(input: string): RegExp {
  try {
    return new RegExp(input);
  } catch (error) {
    throw new SyntaxError(`"${input}" is no regular expression`, { cause: error });
  }
}
