/**
 * Queues and topics: commands for both differ in few places. `--topic` says which one a name is of, where a command has
 * no other word.
 */
import type { PlaceDetails } from "../place-details.ts";
import { Topic, type Queue } from "../queue.ts";
import type { Sukkal } from "../sukkal.ts";
import { flag, QUEUE, TOPIC } from "./arguments.ts";
import type { Session } from "./command.ts";
import { EXIT, Failure } from "./exit-code.ts";
import { pausesOf } from "./places/figures.ts";

export type TopicFlag = { readonly topic?: boolean };

export const TOPIC_FLAG = flag("the name is that of a topic");

export interface PlaceKind {
  /** Commands and texts call it so. */
  readonly word: "queue" | "topic";
  readonly argument: typeof QUEUE | typeof TOPIC;
}

export const QUEUES: PlaceKind = { word: "queue", argument: QUEUE };
export const TOPICS: PlaceKind = { word: "topic", argument: TOPIC };

export function placeOf(sukkal: Sukkal, name: string, { topic }: TopicFlag): Queue | Topic {
  return topic === true ? sukkal.topic(name) : sukkal.queue(name);
}

/** Its metadata and statistics. Fails for a name of nothing: reading what does not exist would give an empty list. */
export async function detailsOf(place: Queue | Topic, signal: AbortSignal): Promise<PlaceDetails> {
  const details = await place.details({ signal });
  if (details !== null) return details;
  const hint = "A post creates it. sukkal queue list and sukkal topic list show what there is.";
  throw new Failure(`There is no ${place instanceof Topic ? "topic" : "queue"} "${place.name}".`, {
    exitCode: EXIT.notFound,
    hint,
  });
}

/** Whether it exists. Warns of a queue that gives no messages at the moment: a command that claims would wait in silence. */
export async function existsToClaim(
  { output, signal }: Pick<Session, "output" | "signal">,
  queue: Queue,
): Promise<boolean> {
  const details = await queue.details({ signal });
  if (details !== null && isPausedForClaims(details))
    output.warn(`${queue.name} is paused for claims. sukkal queue resume ${queue.name} ends the pause.`);
  return details !== null;
}

export function isPausedForClaims({ metadata }: PlaceDetails): boolean {
  return pausesOf(metadata).includes("claims");
}

export async function assertExists(place: Queue | Topic, signal: AbortSignal): Promise<void> {
  await detailsOf(place, signal);
}
