/**
 * Sends what a queue has written down to other objects: its entry to the project's index, and its transfers to their target
 * queues. Steps run one after the other, each with the queue's state when it begins, so that the last message sent is the
 * current state. A step that fails is logged; its rows stay, and the queue's alarm repeats it.
 */
import { withTimeout } from "../../mechanisms/timeout.ts";
import type { QueueName } from "../../domain/id.ts";
import type { Adoption } from "../rpc/queue.ts";
import type { Objects } from "../rpc/stubs.ts";
import type { QueueHost } from "./host.ts";

export interface HandoverDeps {
  readonly host: Pick<
    QueueHost,
    "erase" | "fault" | "name" | "objects" | "place" | "project" | "queue" | "repeatLater" | "write"
  >;
  /** Stores messages that the queue hands over to itself. */
  readonly adopt: (adoption: Adoption) => Promise<void>;
}

/** Milliseconds that a target may take, because all other hand-overs wait for it. An adoption that ends later does no harm. */
const ADOPTION_MS = 5000;

export class Handover {
  private readonly host: HandoverDeps["host"];
  private readonly adopt: HandoverDeps["adopt"];
  private turn: Promise<void> = Promise.resolve();
  /** A sending step that has not begun: it will include all transfers written before it begins. */
  private sending: Promise<void> | null = null;
  private deletions = 0;

  constructor({ host, adopt }: HandoverDeps) {
    this.host = host;
    this.adopt = adopt;
  }

  /** Whether the queue is being deleted. */
  get isDeleting(): boolean {
    return this.deletions > 0;
  }

  /** Writes the queue's present metadata to the project's index. */
  enterIndex(): Promise<void> {
    return this.inTurn("queue index", async () => {
      const queue = this.host.queue;
      if (queue === null || queue.record.isIndexed) return;
      const { epoch, metadata } = queue.record;
      await this.index().enter({ place: this.host.place, metadata });
      await this.host.write(() => {
        // The queue may have changed since: then the entry is old, and the step is repeated.
        const present = this.host.queue;
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
  deleteQueue(finish: () => Promise<void>): Promise<void> {
    this.deletions++;
    const deleted = this.turn.then(async () => {
      await this.host.write(() => {
        this.host.queue?.record.setIndexed(false);
        if (this.host.queue !== null) this.host.repeatLater();
      });
      await this.index().leave({ place: this.host.place });
      // Until now messages may have been posted, and a claim may have written transfers.
      await finish();
      while (this.host.queue?.transfers.isEmpty === false) await this.deliver();
      if (this.host.queue !== null) await this.host.erase();
    });
    const step = deleted.finally(() => this.deletions--);
    this.turn = step.catch(() => undefined);
    return step;
  }

  /**
   * Hands over every transfer, in order for each target. A target that fails does not stop the others; its failure is thrown at
   * the end.
   */
  private async deliver(): Promise<void> {
    const failures: unknown[] = [];
    for (const target of this.host.queue?.transfers.targets() ?? []) {
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
      const queue = this.host.queue;
      const transfers = queue?.transfers.due(target) ?? [];
      const last = transfers.at(-1);
      if (queue === null || last === undefined) return;
      const { epoch } = queue.record;
      const adoption: Adoption = { source: `${this.host.name}/${epoch}`, transfers };
      const { project, name, objects } = this.host;
      const isOwn = target === name;
      await withTimeout(ADOPTION_MS, isOwn ? this.adopt(adoption) : objects.queue(project, target).adopt(adoption));
      await this.host.write(() => {
        const present = this.host.queue;
        if (present?.record.epoch === epoch) present.transfers.remove(target, last.number);
      });
    }
  }

  private index(): ReturnType<Objects["project"]> {
    return this.host.objects.project(this.host.project);
  }

  private inTurn(operation: string, step: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(step).catch((error: unknown) => {
      this.host.fault(operation, error);
    });
    return this.turn;
  }
}
