/** Commands that work on a queue or on a topic: `--topic` says which. */
import type { Queue, Topic } from "../queue.ts";
import type { Sukkal } from "../sukkal.ts";
import { flag } from "./arguments.ts";

export type TopicFlag = { readonly topic?: boolean };

export const TOPIC_FLAG = flag("the name is that of a topic");

export function placeOf(sukkal: Sukkal, name: string, { topic }: TopicFlag): Queue | Topic {
  return topic === true ? sukkal.topic(name) : sukkal.queue(name);
}
