/**
 * The calls by which a queue hands messages over to DeliveryObjects and to hubs: when each may begin, and what the last call of
 * each DeliveryObject showed about it. Calls begin as the concurrency limiter and the slices of the object's own calls allow.
 */
import type { Target } from "../../domain/delivery.ts";
import type { Epoch, SubscriptionId } from "../../domain/id.ts";
import { concurrencyOf } from "../../domain/subscription.ts";
import { after, type EpochMs } from "../../domain/time.ts";
import { ConcurrencyLimiter, type Call } from "../../mechanisms/concurrency-limiter.ts";
import type { SubscriptionEntry } from "../../storage/queue/subscription-rows.ts";
import { Slices } from "./call-slices.ts";
import {
  SILENT_INTERVAL,
  type Acceptance,
  type Batch,
  type DeliveryRpc,
  type ToldAcceptance,
} from "../rpc/delivery.ts";
import { HubCalls, type HubCallsDeps } from "./hub-calls.ts";
import type { CachedPage } from "./log-page-cache.ts";

export interface DeliveryCallsDeps extends HubCallsDeps {
  /** First attempts that any subscription may have under way (`MAX_DELIVERY_CONCURRENCY`). */
  readonly concurrencyMax: number;
  now(): EpochMs;
  /** The target of a subscription; null when messages do not go to it. */
  target(number: number): Target | null;
  delivery(id: SubscriptionId): Pick<DeliveryRpc, "accept">;
  /** What a hand-over says and asks about figures. */
  withFigures(): Pick<Batch, "subscriptions" | "withFigures">;
  /** Arms the alarm to fire at once. */
  armNow(): void;
}

type Recipient = Pick<SubscriptionEntry, "number" | "id" | "connection">;

/** The figures of DeliveryObjects that one answer carries: the others follow with the next ones. */
const TOLD_MAX = 16;
/** The same for a question about all. */
const ALL_TOLD_MAX = 1000;
const NONE: readonly never[] = [];
/** Milliseconds after which a call counts as slow. */
const SLOW_MS = 50;

export class DeliveryCalls {
  private readonly deps: DeliveryCallsDeps;
  private readonly limiter = new ConcurrencyLimiter();
  private readonly slices: Slices;
  private readonly hubs: HubCalls;
  /** Milliseconds that the last call took, of each subscription whose last call was slow. */
  private readonly slowMs = new Map<number, number>();
  /** Until when a subscription's object is not called again, because it has answered `silent`. */
  private readonly silentUntil = new Map<number, EpochMs>();
  /** What each subscription's object told of its figures last. */
  private readonly told = new Map<number, readonly unknown[]>();
  /** The subscriptions whose objects have told news since `takeToldFigures`. */
  private readonly news = new Set<number>();
  /** The `_concurrency` of each subscription that has more than 1. */
  private readonly concurrency = new Map<number, number>();

  constructor(deps: DeliveryCallsDeps) {
    this.deps = deps;
    this.slices = new Slices(() => deps.armNow());
    this.hubs = new HubCalls(deps, (load, call) => this.begin({ load, isSlow: false }, call));
  }

  /** The number of entries about subscriptions in memory. */
  get size(): number {
    return this.slowMs.size + this.silentUntil.size + this.concurrency.size;
  }

  /** Hands a page over. False: the subscription's object accepts no more now. Rejects if the call fails. */
  handOver(subscription: Recipient, epoch: Epoch, page: CachedPage): Promise<boolean> {
    const { number, id, connection } = subscription;
    if (connection !== null) return this.hubs.push({ number, connection }, epoch, page);
    return this.begin({ load: page.size, isSlow: this.slowMs.has(number) }, async () => {
      // Read only now: during the wait the subscription may have changed or ended.
      const target = this.deps.target(number);
      if (target === null) return true;
      // For the next page: this one may have been read for a lower concurrency.
      const concurrency = Math.min(concurrencyOf(target.options), this.deps.concurrencyMax);
      if (concurrency > 1) this.concurrency.set(number, concurrency);
      else this.concurrency.delete(number);
      const startedAt = Date.now();
      const answer = await this.deps
        .delivery(id)
        .accept({ target, epoch, parcels: page.notifications, ...this.deps.withFigures() });
      const durationMs = Date.now() - startedAt;
      if (durationMs > SLOW_MS) this.slowMs.set(number, durationMs);
      else this.slowMs.delete(number);
      const acceptance = this.learn(number, answer);
      if (acceptance === "silent") this.silentUntil.set(number, after(this.deps.now(), SILENT_INTERVAL));
      else this.silentUntil.delete(number);
      return acceptance === "taken";
    });
  }

  /** The figures of a subscription's object: as it has told them, or before its start. */
  noteTold(number: number, figures: readonly unknown[]): void {
    this.told.set(number, figures);
    this.news.add(number);
  }

  /** Figures that have not been taken before. */
  takeToldFigures(): readonly (readonly unknown[])[] {
    if (this.news.size === 0) return NONE;
    const taken = [...this.news].slice(0, TOLD_MAX);
    for (const number of taken) this.news.delete(number);
    return taken.flatMap((number) => this.figuresOf(number));
  }

  /** All figures that are known. */
  allToldFigures(): readonly (readonly unknown[])[] {
    return [...this.told.values()].slice(0, ALL_TOLD_MAX);
  }

  private figuresOf(number: number): (readonly unknown[])[] {
    const figures = this.told.get(number);
    return figures === undefined ? [] : [figures];
  }

  /** Objects of older versions tell no figures. */
  private learn(number: number, answer: Acceptance | ToldAcceptance): Acceptance {
    if (typeof answer === "string") return answer;
    this.noteTold(number, answer.figures);
    return answer.acceptance;
  }

  private async begin<T>(call: Call, work: () => Promise<T>): Promise<T> {
    await this.slices.enter();
    return this.limiter.run(call, work);
  }

  /** Milliseconds that the last call of the subscription's object took; 0 if it was not slow. */
  slownessOf(number: number): number {
    return this.slowMs.get(number) ?? 0;
  }

  /** The subscription's `_concurrency` at its last call. */
  concurrencyOf(number: number): number {
    return this.concurrency.get(number) ?? 1;
  }

  /** Whether the subscription's object has answered `silent`, so that it is not called now. */
  isSilent(number: number, now: EpochMs): boolean {
    return now < (this.silentUntil.get(number) ?? now);
  }

  /** Lets the subscription's object be called again although it has answered `silent`. */
  clearSilence(number: number): void {
    this.silentUntil.delete(number);
  }

  forget(number: number): void {
    this.slowMs.delete(number);
    this.silentUntil.delete(number);
    this.concurrency.delete(number);
    this.told.delete(number);
    this.news.delete(number);
  }

  reset(): void {
    this.slowMs.clear();
    this.silentUntil.clear();
    this.concurrency.clear();
    this.told.clear();
    this.news.clear();
  }

  /** Continues with the calls that wait for a new call of the queue's object. */
  beginSlice(): void {
    this.slices.begin();
  }

  /** Settles when the queue's object has to be called again before more calls can begin. */
  sliceEnded(): Promise<void> {
    return this.slices.ended();
  }
}
