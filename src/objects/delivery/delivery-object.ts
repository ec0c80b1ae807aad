/**
 * DeliveryObject: pushes the notifications of one subscription to its subscriber. A notification that arrives at once leaves no
 * row. Any other becomes a row and is retried by the retry policy until it arrives or is given up. Rows and the alarm are the
 * durable state. Progress that was only in memory may be lost in a crash; the notification is then sent once more.
 */
import { DurableObject } from "cloudflare:workers";
import { configOf } from "../../config/config-cache.ts";
import type { Config } from "../../config/config.ts";
import { sendBy, toCouriers } from "../../delivery/couriers.ts";
import type {
  DeliveryReport,
  RedeliveryChoice,
  Target,
  TestAttempt,
  UndeliveredNotification,
} from "../../domain/delivery.ts";
import type { Origin } from "../../domain/hops.ts";
import type { EpochMs } from "../../domain/time.ts";
import { settlesWithin } from "../../mechanisms/timeout.ts";
import { Deliveries } from "../../storage/delivery/deliveries.ts";
import { DELIVERY_MIGRATIONS } from "../../storage/delivery/schema.ts";
import { ObjectStore } from "../object-store.ts";
import type {
  Acceptance,
  Announcement,
  Batch,
  DeliveryRpc,
  ToldAcceptance,
  UndeliveredRequest,
} from "../rpc/delivery.ts";
import { parseDeliveryName } from "../rpc/names.ts";
import { toObjects, type ObjectBindings } from "../rpc/stubs.ts";
import { waitForTurn, tryTurn } from "./turns.ts";
import { AttemptLog } from "./attempt-log.ts";
import { Attempts, type AttemptsDeps } from "./attempts.ts";
import { Backlog, type Revival } from "./backlog.ts";
import { toCourierDeps } from "./couriers.ts";
import { Dispatch } from "./dispatch.ts";
import { Intake } from "./intake.ts";
import { OwnDeliveryFigures } from "./own-figures.ts";
import { KnownSubscription } from "./subscription.ts";
import { undeliveredPage } from "./undelivered.ts";
import { WakeUps } from "./wake-ups.ts";

/** Milliseconds for which a run of the alarm waits for its attempts, which continue after it. */
const ALARM_RUN_MS = 1000;

export class DeliveryObject extends DurableObject<ObjectBindings> implements DeliveryRpc {
  protected readonly store: ObjectStore;
  private readonly name: ReturnType<typeof parseDeliveryName>;
  private readonly rows: Deliveries;
  private readonly subscription: KnownSubscription;
  private readonly wakeUps: WakeUps;
  private readonly dispatch: Dispatch;
  private readonly backlog: Backlog;
  private readonly attempts: Attempts;
  private readonly intake: Intake;
  private readonly log = new AttemptLog();
  private readonly ownFigures: OwnDeliveryFigures;

  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env);
    const config = configOf(env);
    this.name = parseDeliveryName(ctx.id.name ?? "");
    const { project, place, subscription: id } = this.name;
    this.store = new ObjectStore({ ctx, migrations: DELIVERY_MIGRATIONS, kind: "delivery", project, place });
    this.rows = new Deliveries(this.store.sql);
    this.subscription = new KnownSubscription(this.rows);
    const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
    const now = (): EpochMs => this.now();
    const write = (work: () => void): void => this.write(work);
    const logFault = (operation: string, error: unknown): void => this.logFault(operation, error);
    const { rows, subscription, log } = this;
    this.wakeUps = new WakeUps(this.store.alarms, now);
    this.dispatch = new Dispatch({
      concurrency: () => Math.min(subscription.concurrency, config.maxDeliveryConcurrency),
      now,
      waitUntil,
      attempt: (delivery) => this.attempts.make(delivery),
    });
    const { wakeUps, dispatch } = this;
    this.backlog = new Backlog({ rows, wakeUps, dispatch, now, tryTurn: () => tryTurn(project), write, logFault });
    const { backlog } = this;
    this.attempts = new Attempts({
      subscription: id,
      queue: place.name,
      jitter: config.retryJitter,
      backlog,
      log,
      wakeUps,
      now,
      target: () => subscription.target,
      send: this.toSend(config),
      disable: (subscriber) => waitUntil(this.disable(subscriber)),
      eraseIfOver: () => this.eraseIfOver(),
      logFault,
      logGivenUp: (...given) => this.logGivenUp(...given),
    });
    this.intake = new Intake({
      subscription,
      backlog,
      dispatch,
      log,
      now,
      isPaused: (at) => this.attempts.isPaused(at),
      waitForTurn: (needless) => waitForTurn(project, needless),
      writeOverdueHistory: () => this.writeOverdueHistory(),
    });
    this.ownFigures = this.toOwnFigures(config);
    waitUntil(
      ctx.blockConcurrencyWhile(async () => {
        await this.store.alarms.load();
        this.open();
        this.ownFigures.start();
      }),
    );
  }

  async accept(batch: Batch): Promise<Acceptance | ToldAcceptance> {
    // Set now, not after the batches before this one, because a redirection may arrive before they are done.
    this.setTarget(batch.target);
    this.ownFigures.subscriptions = batch.subscriptions ?? 1;
    const acceptance = await this.intake.accept(batch);
    this.reportWhenIdle();
    return batch.withFigures === true ? { acceptance, figures: this.ownFigures.pack() } : acceptance;
  }

  async announce({ target, document, isEvent = false }: Announcement): Promise<void> {
    this.setTarget(target);
    await this.intake.announce({ kind: "document", text: document }, isEvent);
    if (isEvent) this.reportWhenIdle();
  }

  async redirect(target: Target): Promise<void> {
    this.setTarget(target);
    if (this.subscription.hasRow) this.write(() => this.subscription.write());
  }

  async end({ finish }: { readonly finish: boolean }): Promise<void> {
    this.subscription.isEnded = true;
    if (!finish) this.backlog.forgetPending();
    if (this.backlog.size === 0) {
      await this.erase();
      return this.reportWhenIdle();
    }
    if (!this.store.hasTables) return;
    this.write(() => {
      this.subscription.write();
      // If the object is evicted during an attempt, only this alarm wakes it again to end.
      this.wakeUps.armForLostAttempts();
    });
  }

  async report(): Promise<DeliveryReport> {
    const { delivered, failed, attempts } = this.log;
    const pending = this.backlog.size;
    const next = this.dispatch.isBusy ? this.now() : this.dispatch.nextRetryAt;
    const nextAttemptAt = pending === 0 ? null : next;
    return { delivered, failed, pending, redeliverable: this.backlog.failedCount, nextAttemptAt, attempts };
  }

  async undelivered(request: UndeliveredRequest): Promise<readonly UndeliveredNotification[]> {
    const { backlog, rows, attempts } = this;
    return undeliveredPage({ backlog, rows, idOf: (messageId) => attempts.idOf(messageId) }, request);
  }

  redeliver(): Promise<number> {
    return this.revive({ messages: null, since: null });
  }

  redeliverSome({ ids, since }: RedeliveryChoice): Promise<number> {
    const end = this.attempts.idOf("");
    const messages = ids?.filter((id) => id.endsWith(end)).map((id) => id.slice(0, -end.length)) ?? null;
    return this.revive({ messages: messages === null ? null : new Set(messages), since });
  }

  sendTest({ target, document }: { readonly target: Target; readonly document: string }): Promise<TestAttempt> {
    return this.attempts.test(target, document);
  }

  /** Makes the attempts that are due. Idempotent. Never throws, because the runtime would give up. */
  override async alarm(): Promise<void> {
    this.store.alarms.clear();
    try {
      await waitForTurn(this.name.project);
      this.dispatch.startDue();
      await settlesWithin(this.dispatch.idle(), ALARM_RUN_MS);
      // More may have become due during the wait.
      this.dispatch.startDue();
      this.backlog.flush();
      this.backlog.armForNext();
      await this.eraseIfOver();
      await this.ownFigures.report();
    } catch (error) {
      this.logFault("alarm", error);
      this.wakeUps.armForLostAttempts();
    }
  }

  private async revive(revival: Revival): Promise<number> {
    if (this.backlog.failedCount === 0 || this.subscription.isEnded) return 0;
    const count = this.backlog.revive(revival);
    this.log.countFailed(-count);
    this.dispatch.startDue();
    this.reportWhenIdle();
    return count;
  }

  /** In the background, when no attempt is under way. */
  private reportWhenIdle(): void {
    this.ctx.waitUntil(this.dispatch.idle().then(() => this.ownFigures.report()));
  }

  private now(): EpochMs {
    return this.store.clock.now();
  }

  /** Sends pending and further notifications to this target. */
  private setTarget(target: Target): void {
    if (target.subscriber !== this.subscription.target?.subscriber) this.attempts.resume();
    this.subscription.target = target;
  }

  private toSend(config: Config): AttemptsDeps["send"] {
    const { ctx, env } = this;
    const { project, place } = this.name;
    // Props can be set only by the service's own code, so a client cannot forge the hops and the project.
    const self = (hops: number): Pick<Fetcher, "fetch"> => {
      const origin: Origin = { hops, project };
      return ctx.exports.default({ props: origin });
    };
    const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
    const object = { env, config, project, place, self, waitUntil, now: () => this.now() };
    const couriers = toCouriers(toCourierDeps(object));
    return (target, request, at) => sendBy(couriers, target, request, at);
  }

  private toOwnFigures(config: Config): OwnDeliveryFigures {
    const { env, subscription, backlog, log, wakeUps } = this;
    const { project, place, subscription: id } = this.name;
    return new OwnDeliveryFigures({
      id,
      place,
      subscription,
      backlog,
      log,
      wakeUps,
      now: () => this.now(),
      meter: config.meter ? () => toObjects(env, { config }).meter(project) : null,
      logFault: (operation, error) => this.logFault(operation, error),
    });
  }

  /** Disables the subscription at its queue after a 410. If that fails, the next 410 repeats it. */
  private async disable(subscriber: string): Promise<void> {
    const { project, place, region, subscription: id } = this.name;
    try {
      const objects = toObjects(this.env, { config: configOf(this.env), region });
      await objects.place(project, place).disableSubscription({ id, subscriber });
    } catch (error) {
      this.logFault("disabling", error);
    }
  }

  private async eraseIfOver(): Promise<void> {
    if (this.subscription.isEnded && this.backlog.size === 0) await this.erase();
  }

  private async erase(): Promise<void> {
    this.backlog.forgetRows();
    this.subscription.forgetRow();
    await this.store.erase();
  }

  /** Runs `work` in a transaction, with the history of attempts if that is due. */
  private write(work: () => void): void {
    const now = this.now();
    const isHistoryDue = this.log.isWriteDue(now);
    this.store.write(() => {
      work();
      if (isHistoryDue) this.rows.writeHistory(this.log);
    });
    if (isHistoryDue) this.log.markWritten(now);
  }

  /** Writes the history alone: for a receiver that accepts every first attempt there is no other write. */
  private writeOverdueHistory(): void {
    if (this.subscription.isEnded || !this.log.isWriteOverdue(this.now())) return;
    try {
      this.write(() => undefined);
    } catch (error) {
      this.logFault("history", error);
    }
  }

  /** Builds memory from the rows. */
  private open(): void {
    if (!this.store.open()) return;
    const { alarms } = this.store;
    this.subscription.load();
    const history = this.rows.history();
    if (history !== null) this.log.load(history);
    this.backlog.load();
    // Deliveries that were given up have rows, also if the history was written before they failed.
    this.log.failed = Math.max(this.log.failed, this.backlog.failedCount);
    const hasPending = this.backlog.size > 0;
    // An alarm that was set while the clock was ahead may be too late.
    if (hasPending && alarms.at !== null) this.backlog.armForNext();
    // An object with work and without an alarm would never wake.
    if (alarms.at === null && (hasPending || this.subscription.isEnded)) alarms.arm(this.now());
  }

  private logGivenUp(...[notification, attempts, last]: Parameters<AttemptsDeps["logGivenUp"]>): void {
    const { outcome, reason, status } = last;
    this.store.logEvent("delivery.given_up", "delivery attempt", {
      subscription: this.name.subscription,
      notification,
      attempts,
      outcome,
      reason: reason ?? undefined,
      receiver_status: status ?? undefined,
    });
  }

  private logFault(operation: string, error: unknown): void {
    this.store.logFault(`delivery ${operation}`, error);
  }
}
