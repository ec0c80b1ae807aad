/**
 * Accepts notifications, one batch after the other. Their first attempts begin at once. A batch is accepted when each of its
 * deliveries has arrived or has a row; after ACCEPT_TIMEOUT_MS all that have not arrived get rows.
 */
import { newEventId, PENDING_MAX, type ServiceDocument } from "../../domain/delivery.ts";
import { toMessageId } from "../../domain/id.ts";
import { after, toEpochMs, type EpochMs } from "../../domain/time.ts";
import { SerialQueue } from "../../mechanisms/serial-queue.ts";
import { settlesWithin } from "../../mechanisms/timeout.ts";
import { SILENT_INTERVAL, type Acceptance, type Batch } from "../rpc/delivery.ts";
import type { AttemptLog } from "./attempt-log.ts";
import type { Backlog } from "./backlog.ts";
import type { Dispatch, PendingDelivery } from "./dispatch.ts";
import type { KnownSubscription } from "./subscription.ts";

/** Milliseconds for which a batch waits for its first attempts. */
const ACCEPT_TIMEOUT_MS = 300;
/** Milliseconds without any answer after which a subscriber counts as silent: a working receiver rarely needs so long. */
const SILENT_AFTER_MS = 5000;

export interface IntakeDeps {
  readonly subscription: Pick<KnownSubscription, "isEnded" | "position" | "write">;
  readonly backlog: Pick<Backlog, "add" | "size" | "store">;
  readonly dispatch: Pick<Dispatch, "startDue" | "unansweredMs">;
  readonly log: Pick<AttemptLog, "countFailed">;
  now(): EpochMs;
  /** Whether attempts are paused because the subscriber's host is dead. */
  isPaused(now: EpochMs): boolean;
  /** Waits for a turn to do background writes (turns.ts), or until `needless` settles. */
  waitForTurn(needless: Promise<void>): Promise<void>;
  /** Writes the history of attempts if too much of it is unwritten. */
  writeOverdueHistory(): void;
}

export class Intake {
  private readonly deps: IntakeDeps;
  /** Accepts one batch or document after the other. */
  private readonly batches = new SerialQueue();
  /** When the last batch was accepted. */
  private acceptedAt = toEpochMs(0);

  constructor(deps: IntakeDeps) {
    this.deps = deps;
  }

  accept(batch: Batch): Promise<Acceptance> {
    return this.batches.run(() => this.acceptBatch(batch));
  }

  /**
   * Accepts a document of the service; `isEvent`: an event of the queue. It counts as failed if too many deliveries are
   * pending.
   */
  announce(document: ServiceDocument, isEvent = false): Promise<void> {
    const { subscription, backlog, log } = this.deps;
    return this.batches.run(async () => {
      if (subscription.isEnded) return;
      if (backlog.size >= PENDING_MAX) return log.countFailed(1);
      await this.deliver([backlog.add(isEvent ? newEventId() : crypto.randomUUID(), document, this.deps.now())]);
    });
  }

  private async acceptBatch({ epoch, parcels }: Batch): Promise<Acceptance> {
    const { subscription, backlog } = this.deps;
    const before = subscription.position;
    const last = before?.epoch === epoch ? before.number : 0;
    // A queue that has restarted hands over again what it handed over since its last written cursor.
    const fresh = parcels.filter(({ number }) => number > last);
    const newest = fresh.at(-1);
    if (newest === undefined || subscription.isEnded) return "taken";
    if (this.isSilent) return "silent";
    if (backlog.size + fresh.length > PENDING_MAX) return "full";
    const now = this.deps.now();
    this.acceptedAt = now;
    subscription.position = { epoch, number: newest.number };
    try {
      await this.deliver(fresh.map((each) => backlog.add(toMessageId(epoch, each.number), each, now)));
    } catch (error) {
      // A batch that could not be written is not accepted: the queue will hand it over again.
      subscription.position = before;
      throw error;
    }
    return "taken";
  }

  /**
   * Whether the subscriber does not answer, and the retries of pending deliveries suffice to notice when it answers again. Until
   * then the queue keeps further messages in its log. Rows for all messages to silent subscribers would be most rows written.
   */
  private get isSilent(): boolean {
    const now = this.deps.now();
    const isUnanswered = this.deps.isPaused(now) || this.deps.dispatch.unansweredMs >= SILENT_AFTER_MS;
    return isUnanswered && this.deps.backlog.size > 0 && now < after(this.acceptedAt, SILENT_INTERVAL);
  }

  /** Settles when each delivery has arrived or has a row. */
  private async deliver(deliveries: readonly PendingDelivery[]): Promise<void> {
    const { subscription, backlog, dispatch } = this.deps;
    const settled = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const left = { settled: deliveries.length, over: deliveries.length };
    for (const delivery of deliveries) {
      delivery.onSettled = () => {
        delivery.onSettled = null;
        if (--left.settled === 0) settled.resolve();
        if (delivery.state === "over" && --left.over === 0) over.resolve();
      };
    }
    dispatch.startDue();
    await settlesWithin(settled.promise, ACCEPT_TIMEOUT_MS);
    // A turn without anything to write would only delay the next batch: of 100 subscribers by 2 to 25 s (measured).
    if (deliveries.some(({ state }) => state !== "over")) await this.deps.waitForTurn(over.promise);
    this.deps.writeOverdueHistory();
    // A subscription that has ended meanwhile stores nothing.
    if (!subscription.isEnded || backlog.size > 0) backlog.store(deliveries, () => subscription.write());
  }
}
