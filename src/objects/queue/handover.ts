/**
 * Carries what a queue has written down to the objects it concerns: its entry to the project's index, its transfers to
 * their targets. One step at a time, each with the state of its moment, so that the last word said is the truth. What
 * fails is logged and stays written down; the queue's alarm repeats it.
 */
import { inTime } from "../../mechanisms/timeout.ts";
import type { ProjectId, QueueName } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import type { LiveQueue } from "../../storage/queue/live-queue.ts";
import { backgroundEvent, logFault } from "../../telemetry/event.ts";
import type { Adoption } from "../rpc/queue.ts";
import type { Objects } from "../rpc/stubs.ts";

/** What the carrier needs of the queue's object. */
export interface HandoverDeps {
  readonly project: ProjectId;
  readonly name: QueueName;
  readonly place: Place;
  readonly objects: Objects;
  /** The queue as it is now; null when there is none. */
  queue(): LiveQueue | null;
  write(work: () => void): Promise<void>;
  /** Arms the alarm that repeats what is not finished. */
  repeatLater(): void;
  /** Takes in what the queue hands to itself. */
  adopt(adoption: Adoption): Promise<void>;
}

/** Milliseconds that a target may take: all that the queue hands over waits for it. What it does later is no harm. */
const ADOPTION_MS = 5000;

export class Handover {
  private readonly deps: HandoverDeps;
  private turn: Promise<void> = Promise.resolve();
  /** A step that has not begun yet: it will see what has been written down by then. */
  private sending: Promise<void> | null = null;
  private leaving = 0;

  constructor(deps: HandoverDeps) {
    this.deps = deps;
  }

  /** Whether the queue is being ended. */
  get isLeaving(): boolean {
    return this.leaving > 0;
  }

  /** Shows the queue in its project's index as it is now. */
  enterIndex(): Promise<void> {
    return this.inTurn("queue index", async () => {
      const queue = this.deps.queue();
      if (queue === null || queue.record.isIndexed) return;
      const { epoch, metadata } = queue.record;
      await this.index().enter({ place: this.deps.place, metadata });
      await this.deps.write(() => {
        // What was entered may be old by the time this step runs.
        const present = this.deps.queue();
        if (present?.record.epoch === epoch && present.record.metadata === metadata) present.record.setIndexed(true);
      });
    });
  }

  /** Brings messages to the queues they are to move to. */
  sendTransfers(): Promise<void> {
    this.sending ??= this.inTurn("dead letters", () => {
      this.sending = null;
      return this.deliver();
    });
    return this.sending;
  }

  /**
   * Takes the queue out of the index and then ends it: a listed queue is one that exists. Throws what fails, for the
   * client to repeat; what was begun by then the alarm puts right. A queue that does not exist leaves the index too, in
   * case a crash has left it there. `finish` tells subscribers what they have yet to be told.
   */
  leaveIndex({ finish, end }: Readonly<Record<"finish" | "end", () => Promise<void>>>): Promise<void> {
    this.leaving++;
    const left = this.turn.then(async () => {
      await this.deps.write(() => {
        this.deps.queue()?.record.setIndexed(false);
        if (this.deps.queue() !== null) this.deps.repeatLater();
      });
      await this.index().leave({ place: this.deps.place });
      // Messages may have come, and a claim may have sent some away, until the very end.
      await finish();
      while (this.deps.queue()?.transfers.isEmpty === false) await this.deliver();
      if (this.deps.queue() !== null) await end();
    });
    const step = left.finally(() => this.leaving--);
    this.turn = step.catch(() => undefined);
    return step;
  }

  /**
   * Hands over every transfer, in order for each target. A target that fails keeps nothing from the others; its failure
   * is thrown at the end.
   */
  private async deliver(): Promise<void> {
    const failures: unknown[] = [];
    for (const target of this.deps.queue()?.transfers.targets() ?? []) {
      try {
        await this.deliverTo(target);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "Messages could not be handed over.");
  }

  private async deliverTo(target: QueueName): Promise<void> {
    for (;;) {
      const queue = this.deps.queue();
      const transfers = queue?.transfers.due(target) ?? [];
      const last = transfers.at(-1);
      if (queue === null || last === undefined) return;
      const { epoch } = queue.record;
      const adoption: Adoption = { source: `${this.deps.name}/${epoch}`, transfers };
      const { project, name, objects } = this.deps;
      const isOwn = target === name;
      await inTime(ADOPTION_MS, isOwn ? this.deps.adopt(adoption) : objects.queue(project, target).adopt(adoption));
      await this.deps.write(() => {
        const present = this.deps.queue();
        if (present?.record.epoch === epoch) present.transfers.remove(target, last.number);
      });
    }
  }

  private index(): ReturnType<Objects["project"]> {
    return this.deps.objects.project(this.deps.project);
  }

  private inTurn(operation: string, step: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(step).catch((error: unknown) => {
      logFault(backgroundEvent(this.deps.project, operation, this.deps.place), error);
    });
    return this.turn;
  }
}
