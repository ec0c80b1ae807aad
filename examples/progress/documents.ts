/** What the submitter of a task and its worker know of each other. */
import type { Queue, Sukkal } from "sukkal/client";

export interface Task {
  readonly steps: number;
}

export interface Progress {
  readonly done: number;
  readonly of: number;
}

export function toTask(body: unknown): Task {
  const { steps } = Object(body) as Partial<Record<string, unknown>>;
  if (typeof steps === "number" && Number.isInteger(steps) && steps > 0) return { steps };
  throw new TypeError("not a task");
}

/** Each task has a queue of its own for its progress, which costs nothing once its messages have expired. */
export function progressOf(sukkal: Sukkal, taskId: string): Queue<Progress> {
  return sukkal.queue(`progress-${taskId}`);
}
