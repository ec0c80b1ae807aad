/**
 * Runs the redrive of a queue (`POST …/redrive`) in steps. Each step removes a bounded number of messages and hands them over
 * before the next step, so that few are under way at a time. A round is up to ROUND_STEPS steps; a timer in memory starts the
 * next round. The queue's alarm, armed as long as a redrive runs, continues it after a crash.
 */
import { EMPTY_OBJECT } from "../../domain/json.ts";
import type { Redrive, RedriveFailure } from "../../domain/redrive.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { LiveQueue } from "../../storage/queue/live-queue.ts";
import { Redrives } from "../../storage/queue/redrive.ts";
import type { RedriveRequest } from "../rpc/queue.ts";
import type { QueueHost } from "./host.ts";
import type { TransferSender } from "./transfer-sender.ts";

export interface RedriverDeps {
  readonly host: Pick<
    QueueHost,
    | "advanceToNow"
    | "armForRepair"
    | "logEvent"
    | "logFault"
    | "name"
    | "objects"
    | "project"
    | "queue"
    | "store"
    | "waitUntil"
    | "write"
  >;
  readonly transfers: Pick<TransferSender, "send">;
}

/** Steps of one round. Bounded, because a run of the alarm waits for the end of a round. */
const ROUND_STEPS = 128;
/** Milliseconds until the next try after messages could not be handed over. */
const RETRY_MS = 10_000;

export class Redriver {
  private readonly host: RedriverDeps["host"];
  private readonly transfers: RedriverDeps["transfers"];
  private readonly redrives: Redrives;
  private round: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor({ host, transfers }: RedriverDeps) {
    this.host = host;
    this.transfers = transfers;
    this.redrives = new Redrives(host.store.sql);
  }

  async start(request: RedriveRequest): Promise<Result<Redrive, RedriveFailure>> {
    const { target, quotas } = request;
    // Checked before the target is created, so that a refused redrive creates none.
    const startable = this.startable();
    if (!startable.ok) return startable;
    if (target !== null) {
      const { objects, project } = this.host;
      const created = await objects.queue(project, target).create({ metadata: EMPTY_OBJECT, quotas });
      if (!created.ok) return created;
    }
    const started = await this.host.write((now): Result<Redrive, RedriveFailure> => {
      const queue = this.startable();
      if (!queue.ok) return queue;
      this.redrives.start(queue.value, request, now);
      this.host.armForRepair();
      const redrive = this.redrives.latest(now);
      if (redrive === null) throw new Error("The redrive that was started is missing.");
      return ok(redrive);
    });
    if (started.ok) this.host.waitUntil(this.advance());
    return started;
  }

  /** The latest redrive; null when the queue never had one. */
  state(): Redrive | null {
    const now = this.host.advanceToNow();
    return this.host.queue === null ? null : this.redrives.latest(now);
  }

  /** Returns whether one was running. */
  cancel(): Promise<boolean> {
    return this.host.write((now) => {
      const { isRunning } = this;
      if (isRunning) this.redrives.cancel(now);
      return isRunning;
    });
  }

  get isRunning(): boolean {
    return this.host.queue !== null && this.redrives.isRunning;
  }

  /** Runs one round, and has a timer start the next. Never throws. */
  advance(): Promise<void> {
    this.round ??= this.run()
      .catch((error: unknown) => this.host.logFault("redrive", error))
      .finally(() => {
        this.round = null;
      });
    return this.round;
  }

  /** The queue, if a redrive may start here now. */
  private startable(): Result<LiveQueue, "queue-not-found" | "redrive-running"> {
    const { name, project } = this.host;
    const queue = this.host.queue;
    if (queue === null) return err({ kind: "queue-not-found", queue: name, project });
    return this.redrives.isRunning ? err({ kind: "redrive-running", queue: name }) : ok(queue);
  }

  private async run(): Promise<void> {
    if (!this.isRunning) return;
    let pause: number | null = (await this.deliverTransfers()) ? 0 : RETRY_MS;
    for (let steps = 0; pause === 0 && steps < ROUND_STEPS; steps++) {
      const step = await this.moveStep();
      pause = step.pause;
      if (!(await this.deliverTransfers()) && pause !== null) pause = RETRY_MS;
      // Not before the last messages are handed over: the line of a short redrive would precede that of its start.
      if (step.latest?.status === "done") this.logEnd(step.latest);
    }
    // Also if a new redrive has been started while the last messages of this one were handed over.
    if (this.isRunning) this.startRoundIn(pause ?? 0);
  }

  /** Runs one step. `pause`: milliseconds until the next one; null: there is none, and `latest` is the redrive, if any. */
  private moveStep(): Promise<{ readonly pause: number | null; readonly latest: Redrive | null }> {
    return this.host.write((now) => {
      const queue = this.host.queue;
      if (queue === null) return { pause: null, latest: null };
      const pause = this.redrives.step(queue, now);
      if (pause !== null) this.host.armForRepair();
      return { pause, latest: pause === null ? this.redrives.latest(now) : null };
    });
  }

  private logEnd({ moved, startedAt, finishedAt }: Redrive): void {
    this.host.logEvent("redrive.finished", "redrive", { moved, duration_ms: (finishedAt ?? startedAt) - startedAt });
  }

  /** Hands over the messages of the steps so far. False: some did not arrive, and the next step has to wait for them. */
  private async deliverTransfers(): Promise<boolean> {
    // Transfers that other requests write meanwhile have higher numbers.
    const upTo = this.host.queue?.extent.to ?? 0;
    if (!this.hasTransfersUpTo(upTo)) return true;
    await this.transfers.send();
    return !this.hasTransfersUpTo(upTo);
  }

  private hasTransfersUpTo(upTo: number): boolean {
    return this.host.queue !== null && this.redrives.hasTransfersUpTo(upTo);
  }

  /** Starts the next round by a timer. If the object is evicted before it fires, the alarm starts it. */
  private startRoundIn(delay: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.advance();
    }, delay);
  }
}
