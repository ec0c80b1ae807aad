/** The deletion of a queue: from its project's index first and then from its object, so that every listed queue exists. */
import type { Placement } from "../../domain/placement.ts";
import type { SerialQueue } from "../../mechanisms/serial-queue.ts";
import type { QueueHost } from "./host.ts";
import type { IndexEntry } from "./index-entry.ts";
import type { TransferSender } from "./transfer-sender.ts";

export interface DeletionDeps {
  readonly host: Pick<QueueHost, "armForRepair" | "erase" | "queue" | "write">;
  /** The queue's calls to its project's index and to other queues, one after the other. */
  readonly steps: SerialQueue;
  readonly indexEntry: Pick<IndexEntry, "remove">;
  readonly transfers: Pick<TransferSender, "send" | "sendNow">;
  /** Hands over the notifications that are left. */
  finishNotifications(): Promise<void>;
  closeShards(): Promise<void>;
}

interface DeletionReason {
  /** Called at the end. If it returns false, the queue stays, and has to be entered in the index again. */
  readonly isWanted?: () => boolean;
  /** The placement in which the queue is created again. */
  readonly next?: Placement;
}

export class Deletion {
  private readonly deps: DeletionDeps;
  /** The number of deletions that were requested and have not ended. */
  private running = 0;

  constructor(deps: DeletionDeps) {
    this.deps = deps;
  }

  get isRunning(): boolean {
    return this.running > 0;
  }

  /** Settles when the deletions that run have ended. Never rejects. */
  async ended(): Promise<void> {
    await this.deps.steps.run(async () => {});
  }

  /**
   * Deletes the queue. Rejects if a step fails: the client has to repeat the request, and the alarm repairs a deletion that
   * was only begun. A queue that does not exist is removed from the index too, because a crash may have left it there.
   */
  async run(reason: DeletionReason = {}): Promise<void> {
    const { steps, transfers } = this.deps;
    await transfers.send();
    this.running++;
    await steps.run(() => this.deleteQueue(reason)).finally(() => this.running--);
  }

  private async deleteQueue({ isWanted, next }: DeletionReason): Promise<void> {
    const { host, indexEntry, transfers } = this.deps;
    await host.write(() => {
      host.queue?.record.setIndexed(false);
      if (host.queue !== null) host.armForRepair();
    });
    await indexEntry.remove({ isMoving: next !== undefined });
    // Until now messages may have been posted, and a claim may have written transfers.
    await this.deps.finishNotifications();
    while (host.queue?.transfers.isEmpty === false) await transfers.sendNow(isWanted === undefined);
    if (host.queue === null || isWanted?.() === false) return;
    await this.deps.closeShards();
    await host.erase(next);
  }
}
