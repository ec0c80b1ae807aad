/**
 * What the parts of a queue's object share: the queue in memory, the transactions that change it together with its rows, and its
 * time. Each part (posts, claims, subscriptions, transfers, redrive, maintenance) gets the host and declares which members it
 * uses.
 */
import { configOf } from "../../config/config-cache.ts";
import type { Config } from "../../config/config.ts";
import { toEpoch, type ProjectId, type QueueName } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Place, PlaceKind } from "../../domain/place.ts";
import type { Placement } from "../../domain/placement.ts";
import type { Region } from "../../domain/region.ts";
import { after, toSeconds, type EpochMs } from "../../domain/time.ts";
import { GroupCommit } from "../../mechanisms/group-commit.ts";
import { withTimeout } from "../../mechanisms/timeout.ts";
import { eraseQueue } from "../../storage/queue/erase.ts";
import { LiveQueue, type Surroundings } from "../../storage/queue/live-queue.ts";
import { QUEUE_MIGRATIONS } from "../../storage/queue/schema.ts";
import { readSigningGeneration } from "../../storage/queue/signing.ts";
import { SubscriptionStore } from "../../storage/queue/subscriptions.ts";
import { Tally } from "../../storage/queue/tally.ts";
import { WaitStore } from "../../storage/queue/waits.ts";
import { backgroundEvent, logWarning } from "../../telemetry/event.ts";
import type { EventMembers, EventName } from "../../telemetry/events.ts";
import type { Alarm } from "../alarm.ts";
import { ObjectStore } from "../object-store.ts";
import { parseObjectName } from "../rpc/names.ts";
import { toObjects, type ObjectBindings, type Objects } from "../rpc/stubs.ts";
import { BodyCipher } from "./body-cipher.ts";
import { BodyReader } from "./body-reader.ts";
import type { Committed, Effects } from "./effects.ts";
import { OwnPlacement } from "./own-placement.ts";

export interface QueueHostDeps {
  readonly ctx: DurableObjectState;
  readonly env: ObjectBindings;
  readonly kind: PlaceKind;
  /** Called when memory has another queue or none, so that data derived from the previous one is discarded. */
  onReset(): void;
  /** Called when the placement has been released, so that the queue may be created in another region. */
  onRelease(): void;
  /** Called after each change of a queue that has subscriptions to its events. */
  onWatchedChange(): void;
  /** Performs the effects of a commit. Null: there is nothing to wait for. */
  afterCommit(effects: Effects): Promise<void> | null;
}

/** The synchronous work of a transaction, at one instant. */
type Work<T> = (now: EpochMs) => T extends Promise<unknown> ? never : T;

/** `lost`: the database is missing or empty. `elsewhere`: the queue is in another region, found only with pools. */
type Absence = "lost" | "elsewhere";

const ABSENCES: Readonly<Record<Absence, string>> = {
  lost:
    "The project lists the queue, but its database is missing or empty: its data is lost, unless there is a backup. " +
    "PUT the queue to create it again, or DELETE it.",
  elsewhere: "The queue is in a pool in another region: switch POOLING on again.",
};

/** Delay of the alarm that repeats work which a request did not finish: the index entry, a transfer, a notification. */
const REPAIR_DELAY = toSeconds(10);
/** Milliseconds for which an object without tables waits for the project's answer whether the queue is listed. */
const LISTED_MS = 2000;
/** Milliseconds by which a queue's time has to be ahead of the clock to be logged. */
const LOGGED_LEAD_MS = 10_000;

export class QueueHost {
  readonly config: Config;
  readonly project: ProjectId;
  readonly name: QueueName;
  /** The queue or topic that this object is. */
  readonly place: Place;
  readonly objects: Objects;
  readonly ownPlacement: OwnPlacement;
  readonly store: ObjectStore;
  readonly alarms: Alarm;
  readonly cipher: BodyCipher;
  readonly bodies: BodyReader;
  readonly tally = new Tally();
  /** The number of changes since the object started: commits, and waits that began or ended. */
  changes = 0;
  private readonly context: Surroundings;
  private readonly deps: QueueHostDeps;
  readonly region: Region;
  private readonly commits = new GroupCommit();
  private live: LiveQueue | null = null;
  private subscriptionRows: SubscriptionStore | null = null;
  private waitRows: WaitStore | null = null;
  /** Why a queue that the project lists has no tables here; null: it has, or is not listed. */
  private absence: Absence | null = null;

  constructor(deps: QueueHostDeps) {
    const { ctx, env, kind } = deps;
    const { project, name, region } = parseObjectName(ctx.id.name ?? "");
    const place = { kind, name };
    const rebuild = (): void => this.open();
    this.deps = deps;
    this.config = configOf(env);
    this.project = project;
    this.name = name;
    this.place = place;
    this.region = region;
    const { config } = this;
    const objects = toObjects(env, { config, region, placement: () => this.ownPlacement.forNewQueues() });
    const store = new ObjectStore({ ctx, migrations: QUEUE_MIGRATIONS, kind: "queue", project, place, rebuild });
    this.objects = objects;
    this.store = store;
    this.ownPlacement = new OwnPlacement({ config, project, place, region, objects, store });
    this.alarms = this.store.alarms;
    this.cipher = new BodyCipher(this.config, project);
    this.bodies = new BodyReader({
      cipher: this.cipher,
      logFault: (operation, error) => this.logFault(operation, error),
    });
    this.context = { bodies: this.bodies, tally: this.tally };
  }

  /** Builds memory when the object wakes. Has to be called before all other methods. */
  async load(): Promise<void> {
    await this.alarms.load();
    await this.cipher.prepare();
    this.open();
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

  now(): EpochMs {
    return this.store.clock.now();
  }

  /** Advances time-driven state (lapsed leases, passed delays) to the present, and returns it. */
  advanceToNow(): EpochMs {
    const now = this.now();
    this.queue?.advanceTo(now);
    return now;
  }

  /** Aborts this object if its time stands still (clock.ts). `sentAt` is a Worker's time. The next request gets a new object. */
  checkClock(sentAt: EpochMs | undefined): void {
    if (sentAt === undefined || !this.store.clock.standsStill(sentAt)) return;
    this.logWarning(`The time of queue ${this.name} of project ${this.project} stood still: the clock was set back.`);
    this.deps.ctx.abort("The time of a queue stood still, because the clock was set back. Try again.");
  }

  /** Runs `work` in a transaction that may share its commit. */
  write<T>(work: Work<T>): Promise<T> {
    return this.commits.run(() => {
      const now = this.advanceToNow();
      const counted = this.tally.copy;
      try {
        const result = this.store.transaction<T>(() => work(now));
        this.changes++;
        if (this.subscriptionRows?.isWatched === true) this.deps.onWatchedChange();
        return result;
      } catch (error) {
        this.tally.restore(counted);
        throw error;
      }
    });
  }

  /**
   * As `write`, for work that searches for messages. It is repeated while a step finds only unreadable messages, of which one
   * step skips a bounded number, or dead letters. An object that slept between two requests would otherwise skip the same
   * unreadable ones each time, and a claim that moved dead letters would be answered as if the queue were empty.
   */
  async seek<T>(work: Work<T>): Promise<T> {
    for (;;) {
      let isCut = false;
      const found = await this.write<T>((now) => {
        const result = work(now);
        isCut = this.queue?.messageReader.consumeWasCut() === true;
        return result;
      });
      if (!isCut) return found;
      // Lets other requests run in between.
      await scheduler.wait(0);
    }
  }

  /** As `write` or `seek`; then performs the effects that `work` returns. */
  async commit<T>(work: Work<Committed<T>>, by: "write" | "seek" = "write"): Promise<T> {
    const committed = await this[by]<Committed<T>>(work);
    const pending = this.deps.afterCommit(committed);
    if (pending !== null) await pending;
    return committed.value;
  }

  /** The queue, created with this metadata if it does not exist. Within a transaction. */
  ensure(now: EpochMs, metadata: JsonText): LiveQueue {
    const { queue, store, name } = this;
    if (queue !== null) return queue;
    this.ensureTables();
    const random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    const created = LiveQueue.create(store.sql, name, { epoch: toEpoch(now, random), metadata }, this.context);
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

  /** Arms the alarm that repeats work which this request may not finish. Called in the transaction that records the work. */
  armForRepair(): void {
    this.alarms.arm(after(this.now(), REPAIR_DELAY));
  }

  /** Keeps the object awake until background `work` is done. */
  waitUntil(work: Promise<unknown>): void {
    this.deps.ctx.waitUntil(work);
  }

  /** Logs a failure of work that no request waits for. */
  logFault(operation: string, error: unknown): void {
    this.store.logFault(operation, error);
  }

  /** Logs an event of work that no request waits for. */
  logEvent<Name extends EventName>(name: Name, operation: string, members: EventMembers<Name>): void {
    this.store.logEvent(name, operation, members);
  }

  private logWarning(warning: string): void {
    logWarning(warning, backgroundEvent(this.project, "queue", this.place));
  }

  /** Builds memory from the rows. */
  private open(): void {
    const { store, name, project } = this;
    const { clock, sql } = store;
    this.live = null;
    this.subscriptionRows = null;
    this.waitRows = null;
    if (!store.open()) return this.deps.onReset();
    this.live = LiveQueue.open(sql, name, (latest, lead) => clock.advanceTo(latest, lead), this.context);
    // The lead is stored: rows alone show only the last instant, and the time that has passed since must survive a sleep.
    const { lead } = clock;
    const isNew = this.live?.record.setLead(lead) === true;
    if (isNew && lead >= LOGGED_LEAD_MS) this.logWarning(toLeadWarning(project, name, lead));
    this.subscriptionRows = SubscriptionStore.open(sql);
    this.waitRows = WaitStore.open(sql);
    this.deps.onReset();
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

function toLeadWarning(project: ProjectId, queue: QueueName, lead: number): string {
  return (
    `Queue ${queue} of project ${project} has messages or claims from ${Math.round(lead / 1000)} s in the future: the clock ` +
    "was wrong then, or is wrong now. The queue's time continues from there, so that leases keep their length. It is the " +
    "clock's again once the clock has caught up, or when the object wakes without a message."
  );
}
