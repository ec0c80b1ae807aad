/**
 * What the connections of a hub have subscribed themselves to. A connection gets what it is entered here for, and nothing else,
 * so nobody can push to the connection of another. When it ends, its subscriptions do too.
 */
import type { ProjectId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import { Refusal } from "../domain/refusal.ts";
import { after, toSeconds, type EpochMs } from "../domain/time.ts";
import { SLICE_MAX } from "../objects/rpc/call-limit.ts";
import type { HubSubscriptionStore, HubSubscription } from "../storage/hub/subscriptions.ts";

export interface OwnSubscriptionsDeps {
  readonly rows: HubSubscriptionStore;
  /** Runs `work` in a transaction. */
  readonly write: (work: () => void) => void;
  /** Ends a subscription at its queue or topic. */
  readonly unsubscribe: (subscribed: HubSubscription, connection: string) => Promise<void>;
  /** Whether the queue or topic has the subscription. */
  readonly isSubscribed: (subscribed: HubSubscription, connection: string) => Promise<boolean>;
  /** The connections that have not ended. */
  readonly connected: () => ReadonlySet<string>;
  /** Makes the hub call `endLost` at this time at the latest. */
  readonly armAt: (at: EpochMs) => void;
  readonly clock: () => EpochMs;
  readonly logFault: (error: unknown) => void;
}

/** The most queues that one connection may subscribe to. */
const SUBSCRIPTIONS_MAX = 1000;
const TOO_MANY: Refusal["failure"] = {
  kind: "request-invalid",
  reason: `A connection cannot subscribe to more than ${SUBSCRIPTIONS_MAX} queues.`,
};

/** Time until subscriptions that could not be ended are tried again. */
const REPAIR_DELAY = toSeconds(10);
/** Subscriptions that are ended at a time. */
const TOGETHER = 32;

export class OwnSubscriptions {
  private readonly deps: OwnSubscriptionsDeps;

  constructor(deps: OwnSubscriptionsDeps) {
    this.deps = deps;
  }

  /** null: the connection gets nothing from there. */
  find(connection: string, project: ProjectId, place: Place): HubSubscription | null {
    return this.deps.rows.find(connection, project, place);
  }

  /**
   * Enters a subscription, which `subscribe` makes. It is entered before, because a queue may push as soon as it has the
   * subscription, and because what a crash leaves has to be found again.
   */
  async enter<T>(
    connection: string,
    { project, place }: Pick<HubSubscription, "project" | "place">,
    subscribe: () => Promise<T>,
  ): Promise<T> {
    const { rows, write } = this.deps;
    if (rows.find(connection, project, place) !== null) return subscribe();
    if (rows.of(connection).length >= SUBSCRIPTIONS_MAX) throw new Refusal(TOO_MANY);
    write(() => rows.add(connection, project, place));
    try {
      return await subscribe();
    } catch (failure) {
      const kind = failure instanceof Refusal ? failure.failure.kind : "unavailable";
      const entered = rows.find(connection, project, place);
      if (kind === "subscription-exists" || entered === null) throw failure;
      // The queue may have made the subscription although no answer has come.
      if (kind !== "unavailable" || (await this.tryUnsubscribe(entered, connection))) {
        write(() => rows.remove(connection, project, place));
      }
      throw failure;
    }
  }

  /** Runs `unsubscribe`, which may end the subscription of the connection to the queue, and then forgets it. */
  async leave<T>(
    connection: string,
    { project, place }: Pick<HubSubscription, "project" | "place">,
    unsubscribe: () => Promise<T>,
  ): Promise<T> {
    const { rows, write } = this.deps;
    const done = await unsubscribe();
    const entered = rows.find(connection, project, place);
    if (entered !== null && (await this.hasEnded(entered, connection))) {
      write(() => rows.remove(connection, project, place));
    }
    return done;
  }

  /** Ends all subscriptions of a connection that has ended. Never rejects: the alarm repeats what fails. */
  async end(connection: string): Promise<void> {
    const all = this.deps.rows.of(connection);
    if (all.length > 0) await this.endSome(all.map((subscribed) => ({ subscribed, connection })));
  }

  /** Whether connections were lost in a crash, which have left subscriptions. */
  get hasLost(): boolean {
    return this.lost().length > 0;
  }

  /** Ends the subscriptions of such connections. Never rejects. */
  async endLost(): Promise<void> {
    const left = this.lost().flatMap((connection) =>
      this.deps.rows.of(connection).map((subscribed) => ({ subscribed, connection })),
    );
    await this.endSome(left);
  }

  private async endSome(entries: readonly { readonly subscribed: HubSubscription; readonly connection: string }[]) {
    const { rows, write, armAt, clock } = this.deps;
    const slice = entries.slice(0, SLICE_MAX);
    let hasFailed = false;
    for (let from = 0; from < slice.length; from += TOGETHER) {
      const some = slice.slice(from, from + TOGETHER);
      const done = await Promise.all(some.map((each) => this.tryUnsubscribe(each.subscribed, each.connection)));
      write(() => {
        for (const [index, { subscribed, connection }] of some.entries()) {
          if (done[index] === true) rows.remove(connection, subscribed.project, subscribed.place);
        }
      });
      hasFailed ||= done.includes(false);
    }
    if (hasFailed) armAt(after(clock(), REPAIR_DELAY));
    else if (slice.length < entries.length) armAt(clock());
  }

  /** False also when the queue does not answer: what has ended then counts on. */
  private async hasEnded(subscribed: HubSubscription, connection: string): Promise<boolean> {
    try {
      return !(await this.deps.isSubscribed(subscribed, connection));
    } catch (error) {
      this.deps.logFault(error);
      return false;
    }
  }

  private async tryUnsubscribe(subscribed: HubSubscription, connection: string): Promise<boolean> {
    try {
      await this.deps.unsubscribe(subscribed, connection);
      return true;
    } catch (error) {
      this.deps.logFault(error);
      return false;
    }
  }

  private lost(): readonly string[] {
    const { connections } = this.deps.rows;
    if (connections.length === 0) return [];
    const connected = this.deps.connected();
    return connections.filter((connection) => !connected.has(connection));
  }
}
