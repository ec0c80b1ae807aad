/**
 * Carries what a queue has written down to the objects it concerns: its entry to the project's index, its transfers to
 * their targets. One step at a time, each with the state of its moment, so that the last word said is the truth. What
 * fails is logged and stays written down; the queue's alarm repeats it.
 */
import type { ProjectId, QueueName } from "../domain/id.ts";
import type { LiveQueue } from "../storage/live-queue.ts";
import { logFault } from "../telemetry/event.ts";
import type { Adoption } from "./rpc.ts";
import type { Objects } from "./stubs.ts";

/** What the carrier needs of the queue's object. */
export interface Source {
  readonly project: ProjectId;
  readonly name: QueueName;
  readonly objects: Objects;
  /** The queue as it is now; null when there is none. */
  queue(): LiveQueue | null;
  write(work: () => void): Promise<void>;
  /** Arms the alarm that repeats what is not finished. */
  repeatLater(): void;
  /** Takes in what the queue hands to itself. */
  adopt(adoption: Adoption): Promise<void>;
}

export class Handover {
  private readonly source: Source;
  private turn: Promise<void> = Promise.resolve();

  constructor(source: Source) {
    this.source = source;
  }

  /** Shows the queue in its project's index as it is now. */
  enterIndex(): Promise<void> {
    return this.inTurn("queue index", async () => {
      const queue = this.source.queue();
      if (queue === null || queue.isIndexed) return;
      const { metadata } = queue;
      await this.index().enter({ name: this.source.name, metadata });
      if (this.source.queue() !== queue || queue.metadata !== metadata) return;
      await this.source.write(() => queue.setIndexed(true));
    });
  }

  /** Brings messages to the queues they are to move to, one transfer at a time. */
  sendTransfers(): Promise<void> {
    return this.inTurn("dead letters", async () => {
      const queue = this.source.queue();
      if (queue === null) return;
      for (let due = queue.dueTransfers(); due.length > 0; due = queue.dueTransfers()) {
        for (const { number, target, runs } of due) {
          const adoption: Adoption = { source: `${this.source.name}/${queue.epoch}`, number, runs };
          if (target === this.source.name) await this.source.adopt(adoption);
          else await this.source.objects.queue(this.source.project, target).adopt(adoption);
          await this.source.write(() => queue.settleTransfer(number));
        }
      }
    });
  }

  /**
   * Takes the queue out of the index and then ends it: a listed queue is one that exists. Throws what fails, for the
   * client to repeat; what was begun by then the alarm puts right.
   */
  leaveIndex(end: () => Promise<void>): Promise<void> {
    const step = this.turn.then(async () => {
      const queue = this.source.queue();
      if (queue === null) return;
      if (queue.hasTransfers) throw new Error("Messages on their way to another queue have not arrived yet.");
      await this.source.write(() => {
        queue.setIndexed(false);
        this.source.repeatLater();
      });
      await this.index().leave({ name: this.source.name });
      await end();
    });
    this.turn = step.catch(() => undefined);
    return step;
  }

  private index(): ReturnType<Objects["project"]> {
    return this.source.objects.project(this.source.project);
  }

  private inTurn(operation: string, step: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(step).catch((error: unknown) => {
      logFault({ request: "-", project: this.source.project, operation }, error);
    });
    return this.turn;
  }
}
