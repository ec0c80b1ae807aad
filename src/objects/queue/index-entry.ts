/** The entry of a queue in its project's index: a copy of the metadata, by which the project lists its queues. */
import type { SerialQueue } from "../../mechanisms/serial-queue.ts";
import type { Objects } from "../rpc/stubs.ts";
import type { QueueHost } from "./host.ts";

export interface IndexEntryDeps {
  readonly host: Pick<
    QueueHost,
    "config" | "logFault" | "objects" | "place" | "project" | "queue" | "region" | "write"
  >;
  /** The queue's calls to its project's index and to other queues, one after the other. */
  readonly steps: SerialQueue;
}

export class IndexEntry {
  private readonly host: IndexEntryDeps["host"];
  private readonly steps: SerialQueue;

  constructor({ host, steps }: IndexEntryDeps) {
    this.host = host;
    this.steps = steps;
  }

  /** Writes the queue's present metadata to the index. Never rejects: a failure is logged, and the alarm repeats the step. */
  write(): Promise<void> {
    // The metadata is read when the step starts, so that the last step writes the latest metadata.
    return this.steps
      .run(() => this.writePresent())
      .catch((error: unknown) => this.host.logFault("queue index", error));
  }

  /** Removes the entry. Called within a step. With pools the queue may be in another region by now, and stays listed. */
  async remove({ isMoving }: { readonly isMoving: boolean }): Promise<void> {
    const { config, place, region } = this.host;
    await this.index().leave(config.pooling ? { place, region, isMoving } : { place });
  }

  private async writePresent(): Promise<void> {
    const { queue, place } = this.host;
    if (queue === null || queue.record.isIndexed) return;
    const { epoch, metadata } = queue.record;
    await this.index().enter({ place, metadata });
    await this.host.write(() => {
      // If the queue has changed since, the entry is outdated, and the step is repeated.
      const present = this.host.queue;
      if (present?.record.epoch === epoch && present.record.metadata === metadata) present.record.setIndexed(true);
    });
  }

  private index(): ReturnType<Objects["project"]> {
    return this.host.objects.project(this.host.project);
  }
}
