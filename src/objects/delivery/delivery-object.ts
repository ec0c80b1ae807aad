/**
 * DeliveryObject: pushes the notifications of one subscription to its subscriber. A notification that arrives at once leaves no
 * row. Any other becomes a row and is retried by the retry policy until it arrives or is given up. Rows and the alarm are the
 * durable state. Progress that was only in memory may be lost in a crash; the notification is then sent once more.
 */
import { DurableObject } from "cloudflare:workers";
import { configOf } from "../../config/config-of.ts";
import {
  blocked,
  saidByFormer,
  skippedUntil,
  toAttemptRequest,
  unanswered,
  type AttemptResult,
} from "../../delivery/courier.ts";
import { sendBy, toCouriers, type Couriers } from "../../delivery/couriers.ts";
import type { Target } from "../../domain/delivery.ts";
import type { Origin } from "../../domain/hops.ts";
import { toMessageId } from "../../domain/id.ts";
import { randomFraction } from "../../domain/random.ts";
import { choosePolicy, nextDelay, withJitter } from "../../domain/retry.ts";
import { concurrencyOf, retryPolicyOf } from "../../domain/subscription.ts";
import { after, toEpochMs, toSeconds, type EpochMs, type Seconds } from "../../domain/time.ts";
import { Deliveries, type SubscriptionState } from "../../storage/delivery/deliveries.ts";
import { DELIVERY_MIGRATIONS } from "../../storage/delivery/schema.ts";
import type { Alarm } from "../alarm.ts";
import { AttemptLog } from "./attempt-log.ts";
import type { Clock } from "../clock.ts";
import { toCourierDeps } from "./couriers.ts";
import {
  SILENT_INTERVAL,
  type Acceptance,
  type Batch,
  type DeliveryReport,
  type DeliveryRpc,
} from "../rpc/delivery.ts";
import { Dispatch, type PendingDelivery } from "./dispatch.ts";
import { Backlog, WATCH_DELAY } from "./backlog.ts";
import { settlesWithin } from "../../mechanisms/timeout.ts";
import { ObjectStore } from "../object-store.ts";
import { takeTurn, untilTurn } from "../turns.ts";
import { parseDeliveryName, toObjects, type ObjectBindings, type Objects } from "../rpc/stubs.ts";

/** Deliveries that may be pending. */
export const PENDING_MAX = 10_000;
/** Milliseconds that `accept` waits for first attempts; what has not arrived by then becomes a row. */
const ACCEPT_TIMEOUT_MS = 300;
/** Milliseconds without any answer after which a subscriber counts as silent: few that answer at all take so long. */
const SILENCE_MS = 5000;
/** Milliseconds that a run of the alarm waits for the attempts it began; they continue after it. */
const ALARM_RUN_MS = 1000;

export class DeliveryObject extends DurableObject<ObjectBindings> implements DeliveryRpc {
  protected readonly store: ObjectStore;
  private readonly name: ReturnType<typeof parseDeliveryName>;
  private readonly objects: Objects;
  private readonly jitter: number;
  private readonly alarms: Alarm;
  private readonly clock: Clock;
  private readonly rows: Deliveries;
  private readonly couriers: Couriers;
  private readonly dispatch: Dispatch;
  private readonly backlog: Backlog;
  private readonly log = new AttemptLog();
  /** Whether target, position and end have a row. */
  private hasState = false;
  /** The latest target that the queue has sent; null: none yet. */
  private target: Target | null = null;
  /** First attempts that may be under way, by the subscription's `_concurrency`. */
  private concurrency = 1;
  private position: SubscriptionState["position"] = null;
  private isEnded = false;
  /** No attempt is made before this time: the subscriber's host is dead, and this object has a retry time of its own after it. */
  private restsUntil = toEpochMs(0);
  /** When the last batch was taken over. */
  private takenAt = toEpochMs(0);
  private turn: Promise<unknown> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env);
    const config = configOf(env);
    this.jitter = config.retryJitter;
    this.name = parseDeliveryName(ctx.id.name ?? "");
    this.objects = toObjects(env);
    const { project, place } = this.name;
    this.store = new ObjectStore({ ctx, migrations: DELIVERY_MIGRATIONS, kind: "delivery", project, place });
    this.alarms = this.store.alarms;
    this.clock = this.store.clock;
    this.rows = new Deliveries(this.store.sql);
    const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
    const now = (): EpochMs => this.clock.now();
    const write = (work: () => void): void => this.write(work);
    // Props can be set only by the service's own code, so a client cannot forge the hops and the project.
    const self = (hops: number): Pick<Fetcher, "fetch"> => {
      const origin: Origin = { hops, project };
      return ctx.exports.default({ props: origin });
    };
    this.couriers = toCouriers(toCourierDeps({ env, config, project, self, waitUntil, now }));
    const concurrency = (): number => Math.min(this.concurrency, config.maxDeliveryConcurrency);
    this.dispatch = new Dispatch({ concurrency, now, waitUntil, attempt: (delivery) => this.attempt(delivery) });
    const attend = (work: () => void): void => this.attend("rows", work);
    const { rows, alarms, dispatch } = this;
    this.backlog = new Backlog({
      store: rows,
      alarms,
      dispatch,
      now,
      untilTurn: () => untilTurn(project),
      write,
      attend,
    });
    waitUntil(
      ctx.blockConcurrencyWhile(async () => {
        await this.alarms.load();
        this.open();
      }),
    );
  }

  accept(batch: Batch): Promise<Acceptance> {
    // At once, before the batches ahead of this one: a redirection may come before they are done.
    this.heed(batch.target);
    return this.inTurn(() => this.take(batch));
  }

  async announce({ target, document }: { readonly target: Target; readonly document: string }): Promise<void> {
    this.heed(target);
    await this.inTurn(async () => {
      if (this.isEnded) return;
      if (this.backlog.size >= PENDING_MAX) return this.log.countFailed(1);
      const question = { kind: "document", text: document } as const;
      await this.deliver([this.backlog.add(crypto.randomUUID(), question, this.clock.now())]);
    });
  }

  async redirect(target: Target): Promise<void> {
    this.heed(target);
    if (this.hasState) this.write(() => this.writeState());
  }

  async end({ finish }: { readonly finish: boolean }): Promise<void> {
    this.isEnded = true;
    if (!finish) this.backlog.forget();
    if (this.backlog.size === 0) return this.erase();
    if (!this.store.hasTables) return;
    this.write(() => {
      this.writeState();
      // If the object is evicted during an attempt, only this alarm wakes it again to end.
      this.alarms.arm(after(this.clock.now(), WATCH_DELAY));
    });
  }

  async report(): Promise<DeliveryReport> {
    const { delivered, failed, attempts } = this.log;
    const pending = this.backlog.size;
    const next = this.dispatch.isBusy ? this.clock.now() : this.dispatch.next;
    const nextAttemptAt = pending === 0 ? null : next;
    return { delivered, failed, pending, redeliverable: this.backlog.failedCount, nextAttemptAt, attempts };
  }

  async redeliver(): Promise<number> {
    if (this.backlog.failedCount === 0 || this.isEnded) return 0;
    const count = this.backlog.revive();
    this.log.countFailed(-count);
    this.dispatch.pump();
    return count;
  }

  /** Attempts what is due. Idempotent; never throws to the runtime, which would give up. */
  override async alarm(): Promise<void> {
    this.alarms.clear();
    try {
      await takeTurn(this.name.project);
      this.dispatch.pump();
      await settlesWithin(this.dispatch.idle(), ALARM_RUN_MS);
      // More may have become due during the wait.
      this.dispatch.pump();
      this.backlog.flush();
      this.backlog.armForNext();
      await this.eraseIfOver();
    } catch (error) {
      this.fault("alarm", error);
      this.alarms.arm(after(this.clock.now(), WATCH_DELAY));
    }
  }

  private async take({ epoch, parcels }: Batch): Promise<Acceptance> {
    const before = this.position;
    const last = before?.epoch === epoch ? before.number : 0;
    const fresh = parcels.filter(({ number }) => number > last);
    const newest = fresh.at(-1);
    if (newest === undefined || this.isEnded) return "taken";
    if (this.hasEnoughForNow) return "silent";
    if (this.backlog.size + fresh.length > PENDING_MAX) return "full";
    this.takenAt = this.clock.now();
    this.position = { epoch, number: newest.number };
    try {
      await this.deliver(fresh.map((each) => this.backlog.add(toMessageId(epoch, each.number), each, this.takenAt)));
    } catch (error) {
      // A batch that could not be written is not taken: the queue will hand it over again.
      this.position = before;
      throw error;
    }
    return "taken";
  }

  /**
   * Whether what is pending will do to find out whether the subscriber is back that says nothing. The queue keeps what follows
   * in its log for that long: a row, or several, per message for everybody who is silent would be most of what is written.
   */
  private get hasEnoughForNow(): boolean {
    const now = this.clock.now();
    const isSilent = now < this.restsUntil || this.dispatch.silence >= SILENCE_MS;
    return isSilent && this.backlog.size > 0 && now < after(this.takenAt, SILENT_INTERVAL);
  }

  /** Goes by this target from now on. */
  private heed(target: Target): void {
    if (target.subscriber !== this.target?.subscriber) this.restsUntil = toEpochMs(0);
    if (target.options !== this.target?.options) this.concurrency = concurrencyOf(target.options);
    this.target = target;
  }

  /** Attempts deliveries at once; settles when each has either arrived or is written down. */
  private async deliver(deliveries: readonly PendingDelivery[]): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      let left = deliveries.length;
      for (const delivery of deliveries) {
        delivery.settled = () => {
          delivery.settled = null;
          if (--left === 0) resolve();
        };
      }
    });
    this.dispatch.pump();
    await settlesWithin(settled, ACCEPT_TIMEOUT_MS);
    if (deliveries.some(({ state }) => state !== "over")) await takeTurn(this.name.project);
    this.writeMuchNews();
    // A subscription that has ended meanwhile keeps nothing.
    if (!this.isEnded || this.backlog.size > 0) this.backlog.writeDown(deliveries, () => this.writeState());
  }

  /** One attempt and its consequences. Never rejects. */
  private async attempt(delivery: PendingDelivery): Promise<void> {
    const at = this.clock.now();
    const id = `${delivery.messageId}_${this.name.subscription}`;
    const asked = this.target?.subscriber;
    const result = await this.send(delivery, id, at);
    // The delivery was dropped during the attempt.
    if (delivery.state === "over") return;
    const now = this.clock.now();
    const attempt = ++delivery.attempts;
    const { outcome, reason, status } = result;
    this.log.record({ id, at, duration: now - at, attempt, outcome, reason, status });
    try {
      this.conclude(delivery, this.target?.subscriber === asked ? result : saidByFormer(result), now);
    } catch (error) {
      this.fault("outcome", error);
      delivery.state = "waiting";
      delivery.dueAt = after(now, WATCH_DELAY);
      this.alarms.arm(delivery.dueAt);
    }
    if (delivery.state !== "waiting" || delivery.dueAt > now) delivery.settled?.();
    await this.eraseIfOver().catch((error: unknown) => this.fault("end", error));
  }

  private async send(delivery: PendingDelivery, id: string, at: EpochMs): Promise<AttemptResult> {
    if (at < this.restsUntil) return skippedUntil(this.restsUntil, at);
    try {
      const notification = this.backlog.notificationOf(delivery);
      if (notification === null || this.target === null)
        throw new Error("A delivery has lost what it delivers, or to whom.");
      // Checked in each attempt: a subscriber may agree, or withdraw its agreement, while a message waits.
      if (notification.kind !== "document" && !this.target.agreed) return blocked("unconfirmed", false);
      const request = toAttemptRequest(notification, { id, queue: this.name.place.name });
      return await sendBy(this.couriers, this.target, request, at);
    } catch (error) {
      this.fault("attempt", error);
      return unanswered("unreachable");
    }
  }

  private conclude(delivery: PendingDelivery, { outcome, retryAfter, isFinal }: AttemptResult, now: EpochMs): void {
    if (outcome === "skipped" && retryAfter !== null && now >= this.restsUntil)
      this.restsUntil = after(now, retryAfter);
    if (outcome === "delivered") {
      this.backlog.arrived(delivery);
      return this.log.countDelivered();
    }
    if (outcome === "gone" && this.target !== null) {
      this.log.countFailed(this.backlog.drop());
      return this.ctx.waitUntil(this.disable(this.target.subscriber));
    }
    const delay = isFinal ? null : this.delayAfter(delivery.attempts);
    if (delay !== null) return this.backlog.postpone(delivery, toSeconds(Math.max(delay, retryAfter ?? 0)), now);
    this.backlog.giveUp(delivery);
    this.log.countFailed(1);
  }

  /** The delay that the retry policy gives after so many failed attempts; null: no further attempt. */
  private delayAfter(attempts: number): Seconds | null {
    if (this.target === null) return null;
    const subscription = retryPolicyOf(this.target.options);
    const delay = nextDelay(choosePolicy({ queue: this.target.queuePolicy, subscription }), attempts - 1);
    return delay === null ? null : withJitter(delay, this.jitter, randomFraction());
  }

  /** Disables the subscription at its queue after a 410. If that fails, the next 410 repeats it. */
  private async disable(subscriber: string): Promise<void> {
    const { project, place, subscription } = this.name;
    try {
      await this.objects.place(project, place).disableSubscription({ id: subscription, subscriber });
    } catch (error) {
      this.fault("disabling", error);
    }
  }

  private async eraseIfOver(): Promise<void> {
    if (this.isEnded && this.backlog.size === 0) await this.erase();
  }

  private async erase(): Promise<void> {
    this.backlog.close();
    this.hasState = false;
    await this.store.erase();
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** Runs `work` in a transaction, which writes the history too when there is news of it. */
  private write(work: () => void): void {
    const now = this.clock.now();
    const hasNews = this.log.hasNews(now);
    this.store.write<void>(() => {
      work();
      if (hasNews) this.rows.writeHistory(this.log);
    });
    if (hasNews) this.log.written(now);
  }

  /** Writes the history alone: for a receiver that takes everything at once, no other write carries it. */
  private writeMuchNews(): void {
    if (!this.isEnded && this.log.hasMuchNews(this.clock.now()))
      this.attend("history", () => this.write(() => undefined));
  }

  private writeState(): void {
    if (this.target === null) return;
    this.rows.writeState({ target: this.target, position: this.position, isEnded: this.isEnded });
    this.hasState = true;
  }

  /** Builds memory from the rows. */
  private open(): void {
    if (!this.store.open()) return;
    const state = this.rows.state();
    this.hasState = state !== null;
    if (state !== null) this.heed(state.target);
    this.position = state?.position ?? null;
    this.isEnded = state?.isEnded ?? false;
    const history = this.rows.history();
    if (history !== null) this.log.load(history);
    this.backlog.open();
    // Deliveries that were given up have rows, also if the history was written before they failed.
    this.log.failed = Math.max(this.log.failed, this.backlog.failedCount);
    // An alarm that was set while the clock was ahead may ring too late.
    if (this.backlog.size > 0 && this.alarms.at !== null) this.backlog.armForNext();
    // An object with work and without an alarm would never wake.
    if (this.alarms.at === null && (this.backlog.size > 0 || this.isEnded)) this.alarms.arm(this.clock.now());
  }

  private attend(operation: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fault(operation, error);
    }
  }

  private fault(operation: string, error: unknown): void {
    this.store.fault(`delivery ${operation}`, error);
  }
}
