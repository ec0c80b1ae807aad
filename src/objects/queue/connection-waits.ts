/**
 * Waiting claims of WebSocket connections. A wait is a row, because no request keeps the object awake. When there may be a
 * message, the object calls the hub of the connection, which then claims for it. The transaction of the claim ends the wait. If
 * the hub could not send the messages, the claim is withdrawn here.
 */
import type { ClaimUndo } from "../../domain/claim.ts";
import type { ClaimId } from "../../domain/id.ts";
import { HOME_OBJECT } from "../../domain/spread.ts";
import { after, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { StoredWait } from "../../storage/queue/waits.ts";
import type { WaitAnswer } from "../rpc/hub.ts";
import type { NoteWaitRequest } from "../rpc/queue.ts";
import type { QueueHost } from "./host.ts";
import type { Waiter, Waiters } from "./waiters.ts";

export interface ConnectionWaitsDeps {
  readonly host: Pick<
    QueueHost,
    | "advanceToNow"
    | "alarms"
    | "commit"
    | "config"
    | "ensureTables"
    | "logFault"
    | "now"
    | "objects"
    | "queue"
    | "store"
    | "waits"
    | "waitUntil"
    | "write"
  >;
  readonly waiters: Pick<Waiters, "add" | "delete">;
  readonly withdraw: (claim: ClaimId, undo: ClaimUndo) => Promise<void>;
}

/** A claim that a hub has made for a wait. */
interface HubClaim {
  readonly id: ClaimId;
  readonly undo: ClaimUndo;
}

interface Entry {
  readonly wait: StoredWait;
  readonly waiter: Waiter;
  claim: HubClaim | null;
  /** The object of the queue that may have a message for it. */
  object: number;
}

export class ConnectionWaits {
  private readonly deps: ConnectionWaitsDeps;
  /** By id. */
  private readonly entries = new Map<string, Entry>();
  /** Those whose hubs are being called, by id; they may have ended meanwhile. */
  private readonly called = new Map<string, Entry>();

  constructor(deps: ConnectionWaitsDeps) {
    this.deps = deps;
  }

  /** As `QueueRpc.noteWait`. There has to be room for a wait. */
  async note({ seconds, wait: id, ...named }: NoteWaitRequest): Promise<"noted" | "ready" | "full"> {
    const { host } = this.deps;
    // With pools a missing queue may be created in another region, whose object does not know the wait.
    if (host.config.pooling && !host.store.hasTables) return "full";
    return host.write((now) => {
      if (host.queue?.mayHaveClaimable === true) return "ready";
      host.ensureTables();
      const wait = { ...named, id, until: after(now, toSeconds(seconds)) };
      host.waits?.sweep(now);
      host.waits?.add(wait);
      // Without a queue the alarm erases the database after the wait.
      if (host.queue === null) host.alarms.arm(wait.until);
      this.enter(wait);
      return "noted";
    });
  }

  /** The object at which the claim of a wait has to be made. */
  objectOf(id: string): number {
    return this.find(id)?.object ?? HOME_OBJECT;
  }

  /** Ends the wait for which the claim was made. Within the transaction of the claim. False: it has ended before. */
  settle(id: string, claim: HubClaim): boolean {
    this.deps.host.waits?.remove(id);
    const entry = this.find(id);
    if (entry === undefined) return false;
    entry.claim = claim;
    this.forget(entry);
    return true;
  }

  /** Ends the wait of a connection that has ended. Without effect when there is none. */
  async remove(id: string): Promise<void> {
    const entry = this.entries.get(id);
    if (entry !== undefined) await this.removeAndWakeNext(entry);
  }

  /** Forgets the waits whose time is up. Their hubs end them, and tell the queue nothing. */
  forgetOver(now: EpochMs): void {
    for (const entry of this.entries.values()) if (entry.wait.until <= now) this.forget(entry);
  }

  /** Rebuilds memory from the rows. Waits without a row, because the queue was deleted, are ended. */
  reset(): void {
    const waits = this.deps.host.waits?.all() ?? [];
    const ids = new Set(waits.map(({ id }) => id));
    for (const entry of this.entries.values()) if (!ids.has(entry.wait.id)) this.end(entry);
    const now = this.deps.host.now();
    for (const wait of waits) if (wait.until > now && !this.entries.has(wait.id)) this.enter(wait);
  }

  private enter(wait: StoredWait): void {
    const { client, until } = wait;
    const waiter = {
      client,
      wait: wait.id,
      until,
      wake: (object: number) => this.startCall(entry, object),
      end: () => this.end(entry),
    };
    const entry: Entry = { wait, waiter, claim: null, object: HOME_OBJECT };
    this.entries.set(wait.id, entry);
    this.deps.waiters.add(waiter);
  }

  /** Starts a call of the hub. False: none is started, because one is under way, or the time of the wait is over. */
  private startCall(entry: Entry, object: number): boolean {
    if (this.called.has(entry.wait.id)) return false;
    if (entry.wait.until <= this.deps.host.now()) {
      this.forget(entry);
      return false;
    }
    entry.object = object;
    this.called.set(entry.wait.id, entry);
    this.deps.host.waitUntil(this.callHub(entry));
    return true;
  }

  /** Lets the hub claim. Ends the wait if the connection is gone or the hub does not answer. Never rejects. */
  private async callHub(entry: Entry): Promise<void> {
    const answer = await this.notifyHub(entry, "ready");
    this.called.delete(entry.wait.id);
    if (answer === "claimed" || answer === "nothing") return;
    try {
      if (entry.claim !== null) await this.deps.withdraw(entry.claim.id, entry.claim.undo);
      await this.removeAndWakeNext(entry);
    } catch (error) {
      this.deps.host.logFault("waiting claim", error);
    }
  }

  /** Ends a wait by request. */
  private end(entry: Entry): void {
    this.forget(entry);
    const { host } = this.deps;
    host.waitUntil(this.notifyHub(entry, "over"));
    // A deleted queue has no row.
    const { id } = entry.wait;
    if (host.waits?.has(id) === true) host.waitUntil(host.write(() => host.waits?.remove(id)).catch(() => undefined));
  }

  /** The answer of the hub; null: there is none. Never rejects. */
  private async notifyHub(
    { wait: { hub, connection, id } }: Entry,
    outcome: "ready" | "over",
  ): Promise<WaitAnswer | null> {
    const { host } = this.deps;
    try {
      return await host.objects.hub(hub).settleWait({ connection, wait: id, outcome });
    } catch (error) {
      host.logFault("waiting claim", error);
      return null;
    }
  }

  /** Removes the wait, and wakes the next one in its place. */
  private async removeAndWakeNext(entry: Entry): Promise<void> {
    const { host } = this.deps;
    this.forget(entry);
    await host.commit(() => {
      host.waits?.remove(entry.wait.id);
      return { value: null, wake: 1 };
    });
  }

  /** A wait, or one whose hub is being called. */
  private find(id: string): Entry | undefined {
    return this.entries.get(id) ?? this.called.get(id);
  }

  private forget(entry: Entry): void {
    this.entries.delete(entry.wait.id);
    this.deps.waiters.delete(entry.waiter);
  }
}
