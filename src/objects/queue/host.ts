/**
 * What the parts of a queue's object share: the queue in memory, its subscriptions and waits, and where it is. Each part (posts,
 * claims, subscriptions, transfers, redrive, maintenance) gets the host and declares which members it uses.
 */
import { toEpoch } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { PlaceKind } from "../../domain/place.ts";
import type { Placement } from "../../domain/placement.ts";
import type { EpochMs } from "../../domain/time.ts";
import { withTimeout } from "../../mechanisms/timeout.ts";
import { eraseQueue } from "../../storage/queue/erase.ts";
import { LiveQueue } from "../../storage/queue/live-queue.ts";
import { QUEUE_MIGRATIONS } from "../../storage/queue/schema.ts";
import { readSigningGeneration } from "../../storage/queue/signing.ts";
import { SubscriptionStore } from "../../storage/queue/subscriptions.ts";
import { WaitStore } from "../../storage/queue/waits.ts";
import { parseObjectName } from "../rpc/names.ts";
import type { ObjectBindings } from "../rpc/stubs.ts";
import type { Effects } from "./effects.ts";
import { LogHost } from "./log-host.ts";
import { OwnPlacement } from "./own-placement.ts";

export interface QueueHostDeps {
  readonly ctx: DurableObjectState;
  readonly env: ObjectBindings;
  readonly kind: PlaceKind;
  /** Called when memory has another queue or none, so that data derived from the previous one is discarded. */
  onReset(): void;
  /** Called when the placement has been released, so that the queue may be created in another region. */
  onRelease(): void;
  /** Whether the queue is being deleted, so that it takes nothing more. */
  isEnding(): boolean;
  /** Called after each change. */
  onChange(): void;
  /** Called after each change of a queue that has subscriptions to its events. */
  onWatchedChange(): void;
  /** Performs the effects of a commit. Null: there is nothing to wait for. */
  afterCommit(effects: Effects): Promise<void> | null;
}

/** `lost`: the database is missing or empty. `elsewhere`: the queue is in another region, found only with pools. */
type Absence = "lost" | "elsewhere";

const ABSENCES: Readonly<Record<Absence, string>> = {
  lost:
    "The project lists the queue, but its database is missing or empty: its data is lost, unless there is a backup. " +
    "PUT the queue to create it again, or DELETE it.",
  elsewhere: "The queue is in a pool in another region: switch POOLING on again.",
};

/** Milliseconds for which an object without tables waits for the project's answer whether the queue is listed. */
const LISTED_MS = 2000;
export class QueueHost extends LogHost {
  readonly ownPlacement: OwnPlacement;
  private readonly deps: QueueHostDeps;
  private live: LiveQueue | null = null;
  private subscriptionRows: SubscriptionStore | null = null;
  private waitRows: WaitStore | null = null;
  /** Why a queue that the project lists has no tables here; null: it has, or is not listed. */
  private absence: Absence | null = null;

  constructor(deps: QueueHostDeps) {
    const { ctx, env, kind } = deps;
    super({ ctx, env, kind, owner: parseObjectName(ctx.id.name ?? ""), migrations: QUEUE_MIGRATIONS });
    const { config, project, place, region, objects, store } = this;
    this.deps = deps;
    this.ownPlacement = new OwnPlacement({ config, project, place, region, objects, store });
  }

  override async load(): Promise<void> {
    await super.load();
    if (!this.store.hasTables) this.absence = await this.findAbsence();
  }

  /** The queue as it is now; null when there is none. */
  get queue(): LiveQueue | null {
    this.throwIfLost();
    return this.live;
  }

  /** The subscriptions, which outlive the queue; null while there are no tables. */
  get subscriptions(): SubscriptionStore | null {
    this.throwIfLost();
    return this.subscriptionRows;
  }

  /** The waiting claims of connections; null while there are no tables. */
  get waits(): WaitStore | null {
    this.throwIfLost();
    return this.waitRows;
  }

  get isLost(): boolean {
    return this.absence !== null;
  }

  /** Whether the queue is in this object, or data that outlives it. Without pools it can be in no other. */
  get isHere(): boolean {
    return this.store.hasTables || this.isLost;
  }

  /** The queue, created with this metadata if it does not exist. Within a transaction. */
  ensure(now: EpochMs, metadata: JsonText): LiveQueue {
    const { queue, store, name } = this;
    if (queue !== null && this.deps.isEnding()) throw new Error("The queue is being deleted.");
    if (queue !== null) return queue;
    this.ensureTables();
    const random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    const values = { epoch: toEpoch(now, random), metadata, spreadRule: this.ownPlacement.spread };
    const created = LiveQueue.create(store.sql, name, values, this.context);
    this.live = created;
    this.deps.onReset();
    this.armForRepair();
    return created;
  }

  /** Creates the tables unless they exist: subscriptions and waits need no queue. Within a transaction. */
  ensureTables(): void {
    const { store } = this;
    if (!store.hasTables) this.ownPlacement.throwIfReleased();
    store.createTables();
    this.subscriptionRows ??= SubscriptionStore.open(store.sql);
    this.waitRows ??= WaitStore.open(store.sql);
  }

  /**
   * Deletes the queue's rows. Subscriptions and a signing generation outlive it; without any the whole database is deleted.
   * `next`: the next placement of the queue, which is created again in another region.
   */
  async erase(next?: Placement): Promise<void> {
    const { subscriptionRows: subscriptions, store } = this;
    this.live = null;
    this.changes++;
    const isBare = subscriptions === null || (subscriptions.size === 0 && !subscriptions.hasEnded);
    this.waitRows = null;
    if (isBare && readSigningGeneration(store.sql) === null) {
      this.subscriptionRows = null;
      await store.erase();
    } else {
      store.transaction(() => eraseQueue(store.sql));
      this.waitRows = WaitStore.open(store.sql);
    }
    this.deps.onReset();
    if (!this.config.pooling) return;
    await this.ownPlacement.release(next);
    this.deps.onRelease();
  }

  /** Throws if the queue's data is lost, or out of reach. */
  throwIfLost(): void {
    if (this.absence !== null) throw new Error(ABSENCES[this.absence]);
  }

  /** Called by PUT and DELETE, which accept the loss of data: the queue becomes a new, empty one. */
  acceptLoss(): void {
    if (this.absence === "elsewhere") this.throwIfLost();
    if (this.absence === null) return;
    this.absence = null;
    this.logWarning(
      `Queue ${this.name} of project ${this.project} is new and empty: its database was missing or empty.`,
    );
  }

  protected override open(): void {
    const { store } = this;
    this.live = null;
    this.subscriptionRows = null;
    this.waitRows = null;
    if (!store.open()) return this.deps.onReset();
    this.live = this.readLog();
    this.subscriptionRows = SubscriptionStore.open(store.sql);
    this.waitRows = WaitStore.open(store.sql);
    this.deps.onReset();
  }

  protected override placementOfNew(): Promise<Placement> {
    return this.ownPlacement.forNewQueues();
  }

  protected override performEffects(effects: Effects): Promise<void> | null {
    return this.deps.afterCommit(effects);
  }

  protected override noteChange(): void {
    super.noteChange();
    this.deps.onChange();
    if (this.subscriptionRows?.isWatched === true) this.deps.onWatchedChange();
  }

  /** Without an answer in time the queue counts as new, not as lost. */
  private async findAbsence(): Promise<Absence | null> {
    try {
      return await withTimeout(LISTED_MS, this.askForAbsence());
    } catch (error) {
      this.logFault("queue index", error);
      return null;
    }
  }

  private async askForAbsence(): Promise<Absence | null> {
    const { config, place, region } = this;
    const project = this.objects.project(this.project);
    if (!(await project.has(config.pooling ? { place, region } : { place }))) return null;
    const placement = config.pooling ? null : await project.placement({ place });
    return placement === null || placement.region === region ? "lost" : "elsewhere";
  }
}
