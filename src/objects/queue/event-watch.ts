/**
 * Tells subscribers the events of the queue (domain/queue-events.ts). The queue is looked at after its commits, in memory, and
 * when time alone may have changed something. What was told is written after the DeliveryObject has accepted it: one row for
 * what is told at once. After a crash between the two it is told again.
 */
import { toEventDocument } from "../../delivery/courier.ts";
import { NOTHING } from "../../domain/figures.ts";
import {
  decide,
  NO_STATES,
  parseEventStates,
  type Decision,
  type EventStates,
  type QueueReading,
} from "../../domain/queue-events.ts";
import type { EpochMs } from "../../domain/time.ts";
import { mapConcurrently } from "../../mechanisms/map-concurrently.ts";
import type { QueueHost } from "./host.ts";
import type { Targets } from "./targets.ts";

export interface EventWatchDeps {
  readonly host: Pick<
    QueueHost,
    | "advanceToNow"
    | "alarms"
    | "armForRepair"
    | "isLost"
    | "logFault"
    | "name"
    | "queue"
    | "subscriptions"
    | "tally"
    | "waitUntil"
    | "write"
  >;
  readonly targets: Pick<Targets, "isReachable" | "tell">;
}

interface Finding extends Decision {
  readonly number: number;
  /** The states before. */
  readonly before: EventStates;
  readonly states: EventStates;
  /** The dead letters of this life of the object that `states` contains. */
  readonly counted: number;
  readonly at: EpochMs;
}

/** Subscriptions that are told at a time, and by one look: the platform limits the calls that one call may make. */
const CONCURRENCY = 16;
const FINDINGS_MAX = 200;
/**
 * Milliseconds between two writes that only count dead letters, which would otherwise cost a row each. Less than the 10 s after
 * which an idle object is evicted, so that the count is complete.
 */
const COUNT_MS = 5_000;

export class EventWatch {
  private readonly deps: EventWatchDeps;
  /** By subscription: the states in its row. */
  private readonly states = new Map<number, EventStates>();
  /** By subscription: how many dead letters of this life of the object its states contain. */
  private readonly counted = new Map<number, number>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Set only while dead letters wait to be counted. */
  private countTimer: ReturnType<typeof setTimeout> | null = null;
  private countedAt = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | null = null;
  private isDue = false;

  constructor(deps: EventWatchDeps) {
    this.deps = deps;
  }

  /** Looks soon: once for all commits until then. */
  lookSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.deps.host.waitUntil(this.look());
    }, 0);
  }

  /** Looks at the queue and tells what is to be told. Never rejects: the alarm repeats what fails. */
  look(): Promise<void> {
    this.isDue = true;
    this.looking ??= this.lookWhileDue().finally(() => (this.looking = null));
    return this.looking;
  }

  /** Discards what is known of the rows: after a start, and after a failed step has rolled rows back. */
  reset(): void {
    this.states.clear();
  }

  /** Forgets what a subscription was told, because it has another subscriber. */
  forgetTold(number: number): void {
    this.states.delete(number);
  }

  /** Forgets a subscription that has ended. */
  forget(number: number): void {
    this.states.delete(number);
    this.counted.delete(number);
  }

  /** Dead letters count for the subscription from now on. */
  startCounting(number: number): void {
    this.counted.set(number, this.deps.host.tally.countOf("deadLettered"));
  }

  private async lookWhileDue(): Promise<void> {
    const { host } = this.deps;
    try {
      while (this.isDue) {
        this.isDue = false;
        await this.lookOnce();
      }
    } catch (error) {
      host.logFault("queue events", error);
      host.armForRepair();
    }
  }

  private async lookOnce(): Promise<void> {
    const { host } = this.deps;
    if (host.isLost || host.subscriptions?.isWatched !== true) return;
    const findings = this.find();
    // The others follow when the alarm looks.
    if (findings.length > FINDINGS_MAX) host.armForRepair();
    await mapConcurrently(findings.slice(0, FINDINGS_MAX), CONCURRENCY, (finding) => this.conclude(finding));
    if (!this.isDue) return;
    // Lets requests in between.
    await scheduler.wait(0);
  }

  private find(): readonly Finding[] {
    const { host, targets } = this.deps;
    const now = host.advanceToNow();
    const reading = this.read(now);
    const counted = host.tally.countOf("deadLettered");
    const findings: Finding[] = [];
    for (const watcher of host.subscriptions?.watchers ?? []) {
      if (!targets.isReachable(watcher, now)) continue;
      const { number, events: choice } = watcher;
      const before = this.statesOf(number);
      const deadLetters = counted - (this.counted.get(number) ?? 0);
      const decision = decide(choice, before, { ...reading, deadLetters }, now);
      const { states, lookAt, isUncertain } = decision;
      if (lookAt !== null) host.alarms.arm(lookAt);
      // The next look counts the next page of the messages that earlier lives of the object have stored.
      if (isUncertain && host.queue?.census.isBehind === true) this.isDue = true;
      if (states !== null) findings.push({ ...decision, number, before, states, counted, at: now });
    }
    return this.countsNow(findings, now) ? findings : findings.filter(tellsEvents);
  }

  /** Whether dead letters that are not to be told yet are counted now. Otherwise they are later. */
  private countsNow(findings: readonly Finding[], now: EpochMs): boolean {
    if (findings.every(tellsEvents)) return true;
    const waitMs = this.countedAt + COUNT_MS - now;
    if (waitMs <= 0) {
      this.countedAt = now;
      return true;
    }
    this.countTimer ??= setTimeout(() => {
      this.countTimer = null;
      this.deps.host.waitUntil(this.look());
    }, waitMs);
    return false;
  }

  /** A queue that does not exist is empty. */
  private read(now: EpochMs): Omit<QueueReading, "deadLetters"> {
    const { queue } = this.deps.host;
    if (queue === null) return { depth: NOTHING, oldest: null, isPaused: false };
    const { stored: depth, oldest } = queue.figures(now);
    return { depth, oldest, isPaused: queue.record.settings.pausesNotifications };
  }

  /** Tells the events, and then writes the states. Never rejects. */
  private async conclude({ number, events, before, states, counted, at }: Finding): Promise<void> {
    const { host, targets } = this.deps;
    try {
      for (const event of events) await targets.tell(number, toEventDocument(event, host.name, at));
      await host.write(() => {
        // Another subscriber has been told nothing.
        if (this.states.get(number) !== before) return;
        host.subscriptions?.change(number, { eventStates: JSON.stringify(states) });
        this.states.set(number, states);
        this.counted.set(number, counted);
      });
    } catch (error) {
      host.logFault("queue events", error);
      host.armForRepair();
    }
  }

  private statesOf(number: number): EventStates {
    const known = this.states.get(number);
    if (known !== undefined) return known;
    const { subscriptions } = this.deps.host;
    const stored = parseEventStates(subscriptions?.get(number)?.eventStates ?? null);
    // A copy, so that no two subscriptions and no two readings have the same object.
    const states = stored === NO_STATES ? {} : stored;
    this.states.set(number, states);
    return states;
  }
}

function tellsEvents({ events }: Finding): boolean {
  return events.length > 0;
}
