/**
 * Sends the transfers of a queue, which are dead letters and messages of a redrive, to the objects of their target queues. The
 * row of a transfer is deleted when its target has stored the messages.
 */
import type { QueueName } from "../../domain/id.ts";
import type { SerialQueue } from "../../mechanisms/serial-queue.ts";
import { withTimeout } from "../../mechanisms/timeout.ts";
import { combineFaults } from "../../telemetry/event.ts";
import type { Adoption } from "../rpc/queue.ts";
import type { Transfer } from "../../domain/message.ts";
import { DeadLetterReport } from "./dead-letter-report.ts";
import type { QueueHost } from "./host.ts";

export interface TransferSenderDeps {
  readonly host: Pick<QueueHost, "logEvent" | "logFault" | "name" | "now" | "objects" | "project" | "queue" | "write">;
  /** The queue's calls to its project's index and to other queues, one after the other. */
  readonly steps: SerialQueue;
  /** Whether the queue is being deleted for good. */
  readonly isEnding: () => boolean;
  /** Stores messages whose target is this queue itself. */
  readonly adopt: (adoption: Adoption) => Promise<void>;
}

/** Milliseconds that a target may take, because all later steps wait for it. An adoption that ends later does no harm. */
const ADOPTION_MS = 5000;

export class TransferSender {
  private readonly host: TransferSenderDeps["host"];
  private readonly steps: SerialQueue;
  private readonly adopt: TransferSenderDeps["adopt"];
  private readonly isEnding: TransferSenderDeps["isEnding"];
  /** Says in the log how many messages have become dead letters. */
  readonly report: DeadLetterReport;
  /** A step that has not started: it will send all transfers that are written before it starts. */
  private waiting: Promise<void> | null = null;

  constructor({ host, steps, adopt, isEnding }: TransferSenderDeps) {
    this.host = host;
    this.steps = steps;
    this.adopt = adopt;
    this.isEnding = isEnding;
    this.report = new DeadLetterReport(host);
  }

  /** Sends all transfers. Never rejects: a failure is logged, and the alarm repeats the step. */
  send(): Promise<void> {
    this.waiting ??= this.steps
      .run(() => {
        this.waiting = null;
        return this.sendNow();
      })
      .catch((error: unknown) => this.host.logFault("dead letters", error));
    return this.waiting;
  }

  /**
   * Sends all transfers, in order for each target. Called within a step. A target that fails does not stop the others; its
   * failure is thrown at the end. `isFinal`: the queue is being deleted, so a target that is being deleted too may drop them.
   */
  async sendNow(isFinal = this.isEnding()): Promise<void> {
    const failures: unknown[] = [];
    for (const target of this.host.queue?.transfers.targets() ?? []) {
      try {
        await this.sendTo(target, isFinal);
      } catch (error) {
        failures.push(error);
      }
    }
    const [first, ...others] = failures;
    if (first !== undefined) throw combineFaults(first, others);
  }

  private async sendTo(target: QueueName, isFinal: boolean): Promise<void> {
    for (;;) {
      const queue = this.host.queue;
      const transfers = queue?.transfers.pendingTo(target) ?? [];
      const last = transfers.at(-1);
      if (queue === null || last === undefined) return;
      const { epoch } = queue.record;
      const adoption: Adoption = { source: `${this.host.name}/${epoch}`, transfers, ...(isFinal ? { isFinal } : {}) };
      const { project, name, objects } = this.host;
      const isOwn = target === name;
      await withTimeout(ADOPTION_MS, isOwn ? this.adopt(adoption) : objects.queue(project, target).adopt(adoption));
      await this.host.write(() => {
        const present = this.host.queue;
        if (present?.record.epoch === epoch) present.transfers.remove(target, last.number);
      });
      this.report.add(target, countDead(transfers), this.host.now());
    }
  }
}

/** Transfers of a redrive have no time of death. */
function countDead(transfers: readonly Transfer[]): number {
  return transfers.reduce((sum, { run }) => sum + (run.deadAt === undefined ? 0 : run.count), 0);
}
