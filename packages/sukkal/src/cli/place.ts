/** Commands that work on a queue or on a topic: `--topic` says which. */
import { Topic, type Queue } from "../queue.ts";
import type { Sukkal } from "../sukkal.ts";
import { flag } from "./arguments.ts";
import { EXIT, Failure } from "./exit-code.ts";

export type TopicFlag = { readonly topic?: boolean };

export const TOPIC_FLAG = flag("the name is that of a topic");

export function placeOf(sukkal: Sukkal, name: string, { topic }: TopicFlag): Queue | Topic {
  return topic === true ? sukkal.topic(name) : sukkal.queue(name);
}

/** Fails for a name of nothing. Reading what does not exist gives an empty list, also for a misspelt name. */
export async function assertExists(place: Queue | Topic, signal: AbortSignal): Promise<void> {
  if (await place.exists({ signal })) return;
  const hint = "A post creates it. sukkal queue list and sukkal topic list show what there is.";
  throw new Failure(`There is no ${place instanceof Topic ? "topic" : "queue"} "${place.name}".`, {
    exitCode: EXIT.notFound,
    hint,
  });
}
