/**
 * What every object with a message log has: the log in memory, the transactions that change it together with its rows, and its
 * time. host.ts adds what the object of a queue has besides.
 */
import { configOf } from "../../config/config-cache.ts";
import type { Config } from "../../config/config.ts";
import { LOAD_MS } from "../../domain/figures.ts";
import { toClaimId, type ClaimId, type ProjectId, type QueueName } from "../../domain/id.ts";
import type { Place, PlaceKind } from "../../domain/place.ts";
import type { Placement } from "../../domain/placement.ts";
import type { Region } from "../../domain/region.ts";
import { after, toSeconds, type EpochMs } from "../../domain/time.ts";
import { GroupCommit } from "../../mechanisms/group-commit.ts";
import { MeanRate } from "../../mechanisms/mean-rate.ts";
import { LiveQueue } from "../../storage/queue/live-queue.ts";
import type { Surroundings } from "../../storage/queue/surroundings.ts";
import { Tally } from "../../storage/queue/tally.ts";
import { backgroundEvent, logWarning } from "../../telemetry/event.ts";
import type { EventMembers, EventName } from "../../telemetry/events.ts";
import type { Alarm } from "../alarm.ts";
import { ObjectStore } from "../object-store.ts";
import type { PlaceObjectName } from "../rpc/names.ts";
import { toObjects, type ObjectBindings, type Objects } from "../rpc/stubs.ts";
import { BodyCipher } from "./body-cipher.ts";
import { BodyReader } from "./body-reader.ts";
import type { Committed, Effects } from "./effects.ts";

export interface LogHostDeps {
  readonly ctx: DurableObjectState;
  readonly env: ObjectBindings;
  readonly kind: PlaceKind;
  /** The queue or topic whose log this is. */
  readonly owner: PlaceObjectName;
  readonly migrations: readonly string[];
}

/** The synchronous work of a transaction, at one instant. */
type Work<T> = (now: EpochMs) => T extends Promise<unknown> ? never : T;

/** Delay of the alarm that repeats work which a request did not finish: the index entry, a transfer, a notification. */
const REPAIR_DELAY = toSeconds(10);
/** Milliseconds by which a queue's time has to be ahead of the clock to be logged. */
const LOGGED_LEAD_MS = 10_000;

export abstract class LogHost {
  readonly config: Config;
  readonly project: ProjectId;
  readonly name: QueueName;
  /** The queue or topic whose log this is. */
  readonly place: Place;
  readonly region: Region;
  readonly objects: Objects;
  readonly store: ObjectStore;
  readonly alarms: Alarm;
  readonly cipher: BodyCipher;
  readonly bodies: BodyReader;
  readonly tally = new Tally();
  /** The number of changes since the object started: commits, and waits that began or ended. */
  changes = 0;
  /** Transactions. Reads are left out: those of a spread queue ask all objects. */
  private readonly writes = new MeanRate(LOAD_MS);
  protected readonly context: Surroundings;
  private readonly ctx: DurableObjectState;
  private readonly commits = new GroupCommit();

  constructor({ ctx, env, kind, owner: { project, name, region }, migrations }: LogHostDeps) {
    const config = configOf(env);
    const place = { kind, name };
    this.ctx = ctx;
    this.config = config;
    this.project = project;
    this.name = name;
    this.place = place;
    this.region = region;
    this.objects = toObjects(env, { config, region, placement: () => this.placementOfNew() });
    this.store = new ObjectStore({ ctx, migrations, kind: "queue", project, place, rebuild: () => this.open() });
    this.alarms = this.store.alarms;
    this.cipher = new BodyCipher(config, project);
    this.bodies = new BodyReader({
      cipher: this.cipher,
      logFault: (operation, error) => this.logFault(operation, error),
    });
    this.context = { bodies: this.bodies, tally: this.tally };
  }

  /** The log as it is now; null when there is none. */
  abstract get queue(): LiveQueue | null;

  /** Builds memory from the rows. */
  protected abstract open(): void;

  /** The placement of queues that calls of this object create. */
  protected abstract placementOfNew(): Promise<Placement>;

  /** Performs the effects of a commit. Null: there is nothing to wait for. */
  protected abstract performEffects(effects: Effects): Promise<void> | null;

  /** Builds memory when the object wakes. Has to be called before all other methods. */
  async load(): Promise<void> {
    await this.alarms.load();
    await this.cipher.prepare();
    this.open();
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
    this.ctx.abort("The time of a queue stood still, because the clock was set back. Try again.");
  }

  /** Runs `work` in a transaction that may share its commit. */
  write<T>(work: Work<T>): Promise<T> {
    return this.commits.run(() => {
      const now = this.advanceToNow();
      this.writes.note(now);
      const counted = this.tally.copy;
      try {
        const result = this.store.transaction<T>(() => work(now));
        this.noteChange();
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
    const pending = this.performEffects(committed);
    if (pending !== null) await pending;
    return committed.value;
  }

  /** The share of what an object carries that this one does, as a mean over some seconds. */
  get share(): number {
    return this.writes.perSecond(this.now()) / this.config.objectRequestsPerSecond;
  }

  /** The last number that the log has given. */
  get last(): number {
    return this.queue?.log.last ?? 0;
  }

  /** Gives no number up to `last` from now on. Within a transaction. */
  raise(last: number): void {
    this.queue?.log.raise(last);
  }

  newClaimId(): ClaimId {
    return toClaimId(crypto.randomUUID());
  }

  /** Arms the alarm that repeats work which this request may not finish. Called in the transaction that records the work. */
  armForRepair(): void {
    this.alarms.arm(after(this.now(), REPAIR_DELAY));
  }

  /** Keeps the object awake until background `work` is done. */
  waitUntil(work: Promise<unknown>): void {
    this.ctx.waitUntil(work);
  }

  /** Logs a failure of work that no request waits for. */
  logFault(operation: string, error: unknown): void {
    this.store.logFault(operation, error);
  }

  /** Logs an event of work that no request waits for. */
  logEvent<Name extends EventName>(name: Name, operation: string, members: EventMembers<Name>): void {
    this.store.logEvent(name, operation, members);
  }

  /** The log as its rows have it; null: there is none. The tables have to exist. */
  protected readLog(): LiveQueue | null {
    const { store, project, name } = this;
    const { clock, sql } = store;
    const log = LiveQueue.open(sql, name, (latest, lead) => clock.advanceTo(latest, lead), this.context);
    // The lead is stored: rows alone show only the last instant, and the time that has passed since must survive a sleep.
    const { lead } = clock;
    const isNew = log?.record.setLead(lead) === true;
    if (isNew && lead >= LOGGED_LEAD_MS) this.logWarning(toLeadWarning(project, name, lead));
    return log;
  }

  protected noteChange(): void {
    this.changes++;
  }

  logWarning(warning: string): void {
    logWarning(warning, backgroundEvent(this.project, "queue", this.place));
  }
}

function toLeadWarning(project: ProjectId, queue: QueueName, lead: number): string {
  return (
    `Queue ${queue} of project ${project} has messages or claims from ${Math.round(lead / 1000)} s in the future: the clock ` +
    "was wrong then, or is wrong now. The queue's time continues from there, so that leases keep their length. It is the " +
    "clock's again once the clock has caught up, or when the object wakes without a message."
  );
}
