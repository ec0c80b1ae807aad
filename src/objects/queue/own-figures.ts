/** The figures of a queue or topic as its object tells them: with its answers, and from its alarm. */
import { NOTHING, type QueueFigures, type Stamp } from "../../domain/figures.ts";
import { packFigures } from "../../domain/packed-figures.ts";
import { randomInteger } from "../../domain/random.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { TakenFigures } from "../rpc/queue.ts";
import type { QueueHost } from "./host.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Waiters } from "./waiters.ts";

export interface OwnFiguresDeps {
  readonly host: Pick<
    QueueHost,
    "advanceToNow" | "changes" | "isLost" | "now" | "queue" | "store" | "subscriptions" | "tally"
  >;
  readonly subscriptions: { readonly outbox: Pick<Subscriptions["outbox"], "allToldFigures" | "takeToldFigures"> };
  readonly waiters: Pick<Waiters, "countAt" | "lastEnd">;
}

const NEVER = { first: Infinity, last: -Infinity };
const NO_QUEUE = {
  epoch: null,
  stored: NOTHING,
  delayed: NOTHING,
  claimed: 0,
  expiry: NEVER,
  lapse: NEVER,
  visibility: NEVER,
  oldest: null,
  sequence: 0,
  isPaused: { claims: false, notifications: false },
} as const;
const BOOT_ID_MAX = 2 ** 48;
/** Pages of rows that `ask` counts: of a deeper log the rest is counted with the next answers. */
const ASKED_PAGES_MAX = 64;

export class OwnFigures {
  /** A random number of this life of the object. */
  readonly bootId = randomInteger(BOOT_ID_MAX);
  private readonly deps: OwnFiguresDeps;
  private boot = toEpochMs(0);

  constructor(deps: OwnFiguresDeps) {
    this.deps = deps;
  }

  /** Called when the object has loaded, and its time is known. */
  start(): void {
    this.boot = this.deps.host.now();
  }

  /** The figures, and those that DeliveryObjects have told since the last call. None while the data of the queue is lost. */
  take(): TakenFigures {
    if (this.deps.host.isLost) return {};
    const deliveries = this.deps.subscriptions.outbox.takeToldFigures();
    return { figures: this.pack(), ...(deliveries.length > 0 ? { deliveries } : {}) };
  }

  /** As `take`, but counted as far as possible, and with all that DeliveryObjects have told. */
  async ask(): Promise<TakenFigures> {
    const { host, subscriptions } = this.deps;
    for (let page = 0; page < ASKED_PAGES_MAX && !host.isLost && host.queue?.census.isBehind === true; page++) {
      this.pack();
      // Lets requests in between.
      await scheduler.wait(0);
    }
    return host.isLost ? {} : { figures: this.pack(), deliveries: subscriptions.outbox.allToldFigures() };
  }

  private pack(): readonly unknown[] {
    const { host, waiters } = this.deps;
    const now = host.advanceToNow();
    const waiting = waiters.countAt(now);
    return packFigures({
      ...this.stamp(now),
      ...this.ofQueue(now),
      bytes: host.store.sql.databaseSize,
      waiting,
      lastWait: waiters.lastEnd,
      subscriptions: host.subscriptions?.size ?? 0,
      counters: host.tally.copy,
      isShort: false,
    });
  }

  private stamp(takenAt: EpochMs): Stamp {
    return { boot: this.boot, bootId: this.bootId, version: this.deps.host.changes, takenAt };
  }

  private ofQueue(now: EpochMs): Pick<QueueFigures, keyof typeof NO_QUEUE> {
    const { queue, subscriptions } = this.deps.host;
    if (queue === null) return NO_QUEUE;
    const { epoch, settings } = queue.record;
    return {
      ...queue.figures(now),
      epoch,
      sequence: subscriptions === null || subscriptions.size === 0 ? 0 : queue.census.lastPosted,
      isPaused: { claims: settings.pausesClaims, notifications: settings.pausesNotifications },
    };
  }
}
