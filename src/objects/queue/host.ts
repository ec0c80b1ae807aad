/**
 * What every queue object has around its storage: the clock, transactions with group commit, memory that is rebuilt from rows,
 * and the alarm. The methods that clients reach are in QueueObject.
 */
import { DurableObject } from "cloudflare:workers";
import { configOf } from "../../config/config-of.ts";
import type { Config } from "../../config/config.ts";
import { inTime } from "../../mechanisms/timeout.ts";
import { toEpoch, type MessageId, type ProjectId, type QueueName } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Message } from "../../domain/message.ts";
import type { Place } from "../../domain/place.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../../domain/time.ts";
import { eraseQueue } from "../../storage/queue/erase.ts";
import { LiveQueue } from "../../storage/queue/live-queue.ts";
import { QUEUE_MIGRATIONS } from "../../storage/queue/schema.ts";
import { readSigningGeneration } from "../../storage/queue/signing.ts";
import type { Illegibility } from "../../storage/queue/reading.ts";
import type { Reader } from "../../storage/queue/unreadable.ts";
import { SubscriptionStore } from "../../storage/queue/subscriptions.ts";
import { logWarning } from "../../telemetry/event.ts";
import type { Alarm } from "../alarm.ts";
import { Claims } from "./claims.ts";
import type { Clock } from "../clock.ts";
import { GroupCommit } from "../../mechanisms/group-commit.ts";
import { Handover } from "./handover.ts";
import { ObjectStore } from "../object-store.ts";
import { Posts } from "./posts.ts";
import { Redriver } from "./redrive.ts";
import type { Adoption } from "../rpc/queue.ts";
import { BodyCipher } from "./body-cipher.ts";
import { parseObjectName, toObjects, type ObjectBindings, type Objects } from "../rpc/stubs.ts";
import { Subscriptions } from "./subscriptions.ts";

/** Delay of the alarm that repeats work which a request did not finish: the index entry, a transfer, a notification. */
const REPAIR_DELAY = toSeconds(10);
/** The least time between two sweeps of expired rows: collecting them late does no harm, and every alarm costs a row. */
const SWEEP_INTERVAL = toSeconds(60);
/** Steps of a sweep in one run of the alarm. */
const SWEEP_STEPS = 16;

/** Milliseconds that an object without tables waits for the project's answer whether the queue is listed. */
const LISTED_MS = 2000;
/** A queue whose time is ahead of the clock by at least so many milliseconds is logged. */
const LEAD_TOLD = 10_000;

function toLeadWarning(project: ProjectId, queue: QueueName, lead: number): string {
  return (
    `Queue ${queue} of project ${project} holds messages or claims of ${Math.round(lead / 1000)} s from now: the clock was ` +
    "wrong then, or is now. Its time goes on from there, so that leases last as long as they should. It is the clock's " +
    "again once the clock has caught up, or when its object wakes without a message."
  );
}

const PASSED_OVER = "It is passed over, as are others like it, until it is deleted or its life ends.";
const UNREADABLE: Readonly<Record<Illegibility, (message: MessageId) => string>> = {
  damaged: (message) => `Message ${message} is not stored as it was written: its row is damaged. ${PASSED_OVER}`,
  sealed: (message) =>
    `Message ${message} was encrypted under a key that is neither MESSAGE_ENCRYPTION_KEY nor among ` +
    `MESSAGE_ENCRYPTION_PREVIOUS_KEYS. ${PASSED_OVER}`,
};

export abstract class QueueShell extends DurableObject<ObjectBindings> {
  protected readonly store: ObjectStore;
  protected readonly config: Config;
  protected readonly project: ProjectId;
  protected readonly name: QueueName;
  protected readonly objects: Objects;
  protected readonly alarms: Alarm;
  protected readonly clock: Clock;
  protected readonly cipher: BodyCipher;
  protected readonly posts: Posts;
  protected readonly claims: Claims;
  protected readonly subscribers: Subscriptions;
  protected readonly handover: Handover;
  protected readonly redriver: Redriver;
  private readonly commits = new GroupCommit();
  /** The kinds of unreadable messages that were logged since this object woke. */
  private readonly reported = new Set<Illegibility>();
  private readonly reader: Reader = {
    isOpenable: (body) => this.cipher.isOpenable(body),
    report: (message, why) => this.reportUnreadable(message, why),
  };
  private live: LiveQueue | null = null;
  private subscriptionRows: SubscriptionStore | null = null;
  /** The project lists the queue, but its tables are missing: its data is lost, so requests fail until PUT or DELETE. */
  private isLost = false;

  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env);
    this.config = configOf(env);
    const { project, name } = parseObjectName(ctx.id.name ?? "");
    this.project = project;
    this.name = name;
    this.objects = toObjects(env);
    const migrations = QUEUE_MIGRATIONS;
    const rebuild = (): void => this.open();
    this.store = new ObjectStore({ ctx, migrations, kind: "queue", project, place: this.place, rebuild });
    this.alarms = this.store.alarms;
    this.clock = this.store.clock;
    this.cipher = new BodyCipher(this.config, project);
    this.posts = new Posts({ config: this.config, cipher: this.cipher });
    const { config, objects, cipher, alarms } = this;
    const { sql } = this.store;
    const deps = {
      ctx,
      config,
      project,
      name,
      place: this.place,
      objects,
      cipher,
      sql,
      alarms,
      queue: () => this.queue,
      stored: () => {
        this.checkLost();
        return this.subscriptionRows;
      },
      now: () => this.clock.now(),
      advanceToNow: () => this.advanceToNow(),
      write: <T>(work: (now: EpochMs) => T extends Promise<unknown> ? never : T) => this.write<T>(work),
      seek: <T>(work: (now: EpochMs) => T extends Promise<unknown> ? never : T) => this.seek<T>(work),
      repeatLater: () => this.repeatLater(),
      unseal: (messages: readonly Message[]) => this.unseal(messages),
      sendTransfers: () => this.handover.sendTransfers(),
      adopt: (adoption: Adoption) => this.adopt(adoption),
    };
    this.claims = new Claims(deps);
    this.subscribers = new Subscriptions(deps);
    this.handover = new Handover(deps);
    this.redriver = new Redriver(deps);
    ctx.waitUntil(
      ctx.blockConcurrencyWhile(async () => {
        await this.alarms.load();
        await this.cipher.prepare();
        this.open();
        this.isLost = !this.store.hasTables && (await this.isListed());
        if (this.isLost) return;
        // An object with work and without an alarm would never wake. One armed while the clock was wrong could sleep for days.
        if (this.alarms.at === null || this.clock.lead > 0) this.armForNext();
      }),
    );
  }

  /** The queue or topic that this object is. */
  protected get place(): Place {
    return { kind: "queue", name: this.name };
  }

  /** The live queue; null when there is none. */
  protected get queue(): LiveQueue | null {
    this.checkLost();
    return this.live;
  }

  protected set queue(queue: LiveQueue | null) {
    this.live = queue;
  }

  /** Stores messages that another queue of the project hands over. */
  abstract adopt(adoption: Adoption): Promise<void>;

  /** Removes what has expired and repeats what has failed. Idempotent. Never throws, because the runtime would give up. */
  override async alarm(): Promise<void> {
    this.alarms.clear();
    // An alarm may outlive its database. Requests report the loss.
    if (this.isLost) return;
    this.subscribers.outbox.resume();
    // A deletion is under way and waits for hand-overs. The other work below would wait for the deletion.
    if (this.handover.isLeaving) {
      this.repeatLater();
      return this.subscribers.awaitSlice();
    }
    try {
      // A sweep that always fails must not stop the other work.
      const swept = await this.trySweep();
      await this.handover.sendTransfers();
      if (this.queue?.record.isIndexed === false) await this.handover.enterIndex();
      await this.subscribers.tend();
      await this.redriver.advance();
      this.claims.waiters.rouse(1);
      if (swept === "failed") return this.repeatLater();
      // More is to be swept now, so the next expiry need not be searched, which would read every row left.
      if (swept === "more") this.alarms.arm(after(this.clock.now(), toSeconds(1)));
      else this.armForNext();
      // The last subscription that outlived the queue may have ended.
      if (this.queue === null && this.subscriptionRows !== null) await this.end();
    } catch (error) {
      this.store.fault("queue alarm", error);
      this.repeatLater();
    }
  }

  /** Ends this object if its time stands still (clock.ts). `sentAt` is a Worker's time. The next request gets a new object. */
  protected heed(sentAt: EpochMs | undefined): void {
    if (sentAt === undefined || !this.clock.stands(sentAt)) return;
    logWarning(`The time of queue ${this.name} of project ${this.project} stood still: the clock was set back.`);
    this.ctx.abort("The time of a queue stood still, because the clock was set back. Try again.");
  }

  /** Advances time-driven state (lapsed leases, passed delays) to the present, and returns it. */
  protected advanceToNow(): EpochMs {
    const now = this.clock.now();
    this.queue?.settle(now);
    return now;
  }

  /** Runs `work` in a transaction that may share its commit. */
  protected write<T>(work: (now: EpochMs) => T extends Promise<unknown> ? never : T): Promise<T> {
    return this.commits.run(() => {
      const now = this.advanceToNow();
      return this.store.transaction<T>(() => work(now));
    });
  }

  /**
   * As `write`, for work that searches for messages. It is repeated while a step finds only unreadable messages, of which one
   * step skips a bounded number. An object that slept between two requests would otherwise skip the same ones each time.
   */
  protected async seek<T>(work: (now: EpochMs) => T extends Promise<unknown> ? never : T): Promise<T> {
    for (;;) {
      let isCut = false;
      const found = await this.write<T>((now) => {
        const result = work(now);
        isCut = this.queue?.unreadable.takeCut() === true;
        return result;
      });
      if (!isCut) return found;
      // Lets other requests run in between.
      await scheduler.wait(0);
    }
  }

  /** Throws if the queue's data is lost. */
  protected checkLost(): void {
    if (!this.isLost) return;
    throw new Error(
      "The project lists the queue, but its database is missing or empty: what it held is lost, unless a backup has it. " +
        "PUT the queue to begin anew, or DELETE it.",
    );
  }

  /** A PUT or DELETE accepts the loss of data: the queue begins anew. */
  protected acceptLoss(): void {
    if (!this.isLost) return;
    this.isLost = false;
    logWarning(`Queue ${this.name} of project ${this.project} begins anew: its database was missing or empty.`);
  }

  /** The messages decrypted, without those that turn out to be damaged. */
  protected unseal(messages: readonly Message[]): Promise<readonly Message[]> {
    return this.cipher.open(messages, ({ id }) => this.reportUnreadable(id, "damaged"));
  }

  /** The queue, created with this metadata if it does not exist. Within a transaction. */
  protected ensure(now: EpochMs, metadata: JsonText): LiveQueue {
    if (this.queue !== null) return this.queue;
    this.store.createTables();
    const random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    this.queue = LiveQueue.create(this.store.sql, this.name, { epoch: toEpoch(now, random), metadata }, this.reader);
    this.subscriptionRows ??= SubscriptionStore.open(this.store.sql);
    this.subscribers.outbox.reset();
    this.repeatLater();
    return this.queue;
  }

  /** Deletes the queue's rows. Subscriptions and a signing generation outlive it; without them the whole database goes. */
  protected async end(): Promise<void> {
    this.queue = null;
    const subscriptions = this.subscriptionRows;
    const isBare = subscriptions === null || (subscriptions.size === 0 && !subscriptions.hasParting);
    if (isBare && readSigningGeneration(this.store.sql) === null) {
      this.subscriptionRows = null;
      await this.store.erase();
    } else {
      this.store.transaction(() => eraseQueue(this.store.sql));
    }
    this.subscribers.outbox.reset();
  }

  /** Arms the alarm that repeats work which this request may not finish. Called in the transaction that writes this work down. */
  protected repeatLater(): void {
    this.alarms.arm(after(this.clock.now(), REPAIR_DELAY));
  }

  private async trySweep(): Promise<"done" | "more" | "failed"> {
    try {
      const hasMore = this.alarms.isSweepDue(this.clock.now()) && (await this.sweep());
      return hasMore ? "more" : "done";
    } catch (error) {
      this.store.fault("queue sweep", error);
      return "failed";
    }
  }

  /** Removes a bounded number of expired rows. Returns whether there may be more. */
  private async sweep(): Promise<boolean> {
    for (let step = 0; step < SWEEP_STEPS; step++) {
      if (!(await this.write((now) => this.queue?.sweep(now) ?? false))) return false;
      // Lets requests in between the steps of a large sweep.
      await scheduler.wait(0);
    }
    return true;
  }

  /** Whether the project lists the queue. Without an answer in time the queue counts as new, not as lost. */
  private async isListed(): Promise<boolean> {
    try {
      return await inTime(LISTED_MS, this.objects.project(this.project).has({ place: this.place }));
    } catch (error) {
      this.store.fault("queue index", error);
      return false;
    }
  }

  /** Builds memory from the rows. */
  private open(): void {
    this.queue = null;
    this.subscriptionRows = null;
    if (!this.store.open()) return;
    this.queue = LiveQueue.open(
      this.store.sql,
      this.name,
      (latestInstant, lead) => this.clock.noEarlierThan(latestInstant, lead),
      this.reader,
    );
    // The lead is stored: rows alone show only the last instant, and the time that has passed since must survive a sleep.
    const { lead } = this.clock;
    const isNew = this.queue?.record.setLead(lead) === true;
    if (isNew && lead >= LEAD_TOLD) logWarning(toLeadWarning(this.project, this.name, lead));
    this.subscriptionRows = SubscriptionStore.open(this.store.sql);
    this.subscribers.outbox.reset();
  }

  /** Logs one message of each kind: there may be very many, and a line for each does not help. */
  private reportUnreadable(message: MessageId, why: Illegibility): void {
    if (this.reported.has(why)) return;
    this.reported.add(why);
    this.store.fault("unreadable messages", new Error(UNREADABLE[why](message)));
  }

  /** Arms the alarm for the work in the rows. It may read every row, so only the alarm and a waking object call it. */
  private armForNext(): void {
    this.subscribers.armForNext();
    const { queue } = this;
    if (queue === null) return;
    const now = this.clock.now();
    if (!queue.record.isIndexed || !queue.transfers.isEmpty || this.redriver.isRunning) this.repeatLater();
    if (this.alarms.isSweepDue(now)) {
      const expiry = queue.nextExpiry();
      this.alarms.planSweep(expiry === null ? null : toEpochMs(Math.max(expiry, after(now, SWEEP_INTERVAL))));
    }
    this.alarms.armPlanned();
  }
}
