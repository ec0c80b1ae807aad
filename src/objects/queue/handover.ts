/**
 * Sends what a queue has written down to other objects: its entry to the project's index, and its transfers to their target
 * queues. Steps run one after the other, each with the queue's state when it begins, so that the last message sent is the
 * current state. A step that fails is logged; its rows stay, and the queue's alarm repeats it.
 */
import { inTime } from "../../mechanisms/timeout.ts";
import type { QueueName } from "../../domain/id.ts";
import type { Adoption } from "../rpc/queue.ts";
import type { Objects } from "../rpc/stubs.ts";
import type { QueueHost } from "./host.ts";

export interface HandoverDeps {
  readonly host: Pick<
    QueueHost,
    "fault" | "name" | "objects" | "place" | "project" | "queue" | "repeatLater" | "write"
  >;
  /** Stores messages that the queue hands over to itself. */
  adopt(adoption: Adoption): Promise<void>;
}

/** Milliseconds that a target may take, because all other hand-overs wait for it. An adoption that ends later does no harm. */
const ADOPTION_MS = 5000;

export class Handover {
  private readonly deps: HandoverDeps;
  private turn: Promise<void> = Promise.resolve();
  /** A sending step that has not begun: it will include all transfers written before it begins. */
  private sending: Promise<void> | null = null;
  private leaving = 0;

  constructor(deps: HandoverDeps) {
    this.deps = deps;
  }

  /** Whether the queue is being deleted. */
  get isLeaving(): boolean {
    return this.leaving > 0;
  }

  /** Writes the queue's present metadata to the project's index. */
  enterIndex(): Promise<void> {
    return this.inTurn("queue index", async () => {
      const queue = this.deps.host.queue;
      if (queue === null || queue.record.isIndexed) return;
      const { epoch, metadata } = queue.record;
      await this.index().enter({ place: this.deps.host.place, metadata });
      await this.deps.host.write(() => {
        // The queue may have changed since: then the entry is old, and the step is repeated.
        const present = this.deps.host.queue;
        if (present?.record.epoch === epoch && present.record.metadata === metadata) present.record.setIndexed(true);
      });
    });
  }

  /** Hands over all transfers. */
  sendTransfers(): Promise<void> {
    this.sending ??= this.inTurn("dead letters", () => {
      this.sending = null;
      return this.deliver();
    });
    return this.sending;
  }

  /**
   * Removes the queue from the index and then deletes it, so that every listed queue exists. Throws what fails: the client has to
   * repeat the request, and the alarm repairs a deletion that was only begun. A queue that does not exist is removed from the
   * index too, because a crash may have left it there. `finish` hands over the notifications that are left.
   */
  leaveIndex({ finish, end }: Readonly<Record<"finish" | "end", () => Promise<void>>>): Promise<void> {
    this.leaving++;
    const left = this.turn.then(async () => {
      await this.deps.host.write(() => {
        this.deps.host.queue?.record.setIndexed(false);
        if (this.deps.host.queue !== null) this.deps.host.repeatLater();
      });
      await this.index().leave({ place: this.deps.host.place });
      // Until now messages may have been posted, and a claim may have written transfers.
      await finish();
      while (this.deps.host.queue?.transfers.isEmpty === false) await this.deliver();
      if (this.deps.host.queue !== null) await end();
    });
    const step = left.finally(() => this.leaving--);
    this.turn = step.catch(() => undefined);
    return step;
  }

  /**
   * Hands over every transfer, in order for each target. A target that fails does not stop the others; its failure is thrown at
   * the end.
   */
  private async deliver(): Promise<void> {
    const failures: unknown[] = [];
    for (const target of this.deps.host.queue?.transfers.targets() ?? []) {
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
      const queue = this.deps.host.queue;
      const transfers = queue?.transfers.due(target) ?? [];
      const last = transfers.at(-1);
      if (queue === null || last === undefined) return;
      const { epoch } = queue.record;
      const adoption: Adoption = { source: `${this.deps.host.name}/${epoch}`, transfers };
      const { project, name, objects } = this.deps.host;
      const isOwn = target === name;
      await inTime(ADOPTION_MS, isOwn ? this.deps.adopt(adoption) : objects.queue(project, target).adopt(adoption));
      await this.deps.host.write(() => {
        const present = this.deps.host.queue;
        if (present?.record.epoch === epoch) present.transfers.remove(target, last.number);
      });
    }
  }

  private index(): ReturnType<Objects["project"]> {
    return this.deps.host.objects.project(this.deps.host.project);
  }

  private inTurn(operation: string, step: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(step).catch((error: unknown) => {
      this.deps.host.fault(operation, error);
    });
    return this.turn;
  }
}
