/**
 * Claims of WebSocket connections that wait. No request waits for their messages, so the object may sleep: a wait is a row, and
 * when there may be a message the hub of the connection is called, which then claims for the connection. The claim ends the wait
 * in its own transaction. A claim whose messages the hub could not send is withdrawn here.
 */
import type { ClaimUndo } from "../../domain/claim.ts";
import type { ClaimId } from "../../domain/id.ts";
import { after, toSeconds } from "../../domain/time.ts";
import type { NotedWait } from "../../storage/queue/waits.ts";
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
  readonly waiters: Pick<Waiters, "add" | "delete" | "size">;
  readonly withdraw: (claim: ClaimId, undo: ClaimUndo) => Promise<void>;
}

/** A claim that a hub has made for a wait. */
interface MadeClaim {
  readonly id: ClaimId;
  readonly undo: ClaimUndo;
}

interface Entry {
  readonly wait: NotedWait;
  readonly waiter: Waiter;
  claim: MadeClaim | null;
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

  /** As `QueueRpc.noteWait`. */
  async note({ seconds, wait: id, ...named }: NoteWaitRequest): Promise<"noted" | "ready" | "full"> {
    const { host, waiters } = this.deps;
    const { limits, pooling } = host.config;
    if (waiters.size >= limits.maxWaitingClaims) return "full";
    // With pools a queue that does not exist may be created in another region, whose object would know nothing of the wait.
    if (pooling && !host.store.hasTables) return "full";
    return host.write((now) => {
      if (host.queue?.mayHaveClaimable === true) return "ready";
      host.ensureTables();
      const wait = { ...named, id, until: after(now, toSeconds(seconds)) };
      host.waits?.sweep(now);
      host.waits?.add(wait);
      // Without a queue the alarm erases what the wait leaves.
      if (host.queue === null) host.alarms.arm(wait.until);
      this.enter(wait);
      return "noted";
    });
  }

  /** Ends the wait that a claim is made for. Within the transaction of the claim. */
  settle(id: string, claim: MadeClaim): void {
    this.deps.host.waits?.remove(id);
    const entry = this.entries.get(id) ?? this.called.get(id);
    if (entry === undefined) return;
    entry.claim = claim;
    this.forget(entry);
  }

  /** Ends the wait of a connection that has ended. Without effect when there is none. */
  async leave(id: string): Promise<void> {
    const entry = this.entries.get(id);
    if (entry !== undefined) await this.drop(entry);
  }

  /** Begins anew from the rows. Waits that have none any more, because the queue was deleted, are over. */
  reset(): void {
    const waits = this.deps.host.waits?.all() ?? [];
    const ids = new Set(waits.map(({ id }) => id));
    for (const entry of this.entries.values()) if (!ids.has(entry.wait.id)) this.end(entry);
    const now = this.deps.host.now();
    for (const wait of waits) if (wait.until > now && !this.entries.has(wait.id)) this.enter(wait);
  }

  private enter(wait: NotedWait): void {
    const { client, until } = wait;
    const waiter = {
      client,
      wait: wait.id,
      until,
      wake: () => this.tellReady(entry),
      end: () => this.end(entry),
    };
    const entry: Entry = { wait, waiter, claim: null };
    this.entries.set(wait.id, entry);
    this.deps.waiters.add(waiter);
  }

  private tellReady(entry: Entry): boolean {
    if (this.called.has(entry.wait.id)) return false;
    if (entry.wait.until <= this.deps.host.now()) {
      this.forget(entry);
      return false;
    }
    this.called.set(entry.wait.id, entry);
    this.deps.host.waitUntil(this.callHub(entry));
    return true;
  }

  /** Never rejects. */
  private async callHub(entry: Entry): Promise<void> {
    const answer = await this.tell(entry, "ready");
    this.called.delete(entry.wait.id);
    if (answer === "claimed" || answer === "nothing") return;
    try {
      if (entry.claim !== null) await this.deps.withdraw(entry.claim.id, entry.claim.undo);
      await this.drop(entry);
    } catch (error) {
      this.deps.host.logFault("waiting claim", error);
    }
  }

  private end(entry: Entry): void {
    this.forget(entry);
    const { host } = this.deps;
    host.waitUntil(this.tell(entry, "over"));
    // Without a row the queue was deleted.
    const { id } = entry.wait;
    if (host.waits?.has(id) === true) host.waitUntil(host.write(() => host.waits?.remove(id)).catch(() => undefined));
  }

  /** null: there is no answer. Never rejects. */
  private async tell({ wait: { hub, connection, id } }: Entry, outcome: "ready" | "over"): Promise<WaitAnswer | null> {
    const { host } = this.deps;
    try {
      return await host.objects.hub(hub).settleWait({ connection, wait: id, outcome });
    } catch (error) {
      host.logFault("waiting claim", error);
      return null;
    }
  }

  /** Removes the wait, and wakes another one in its place. */
  private async drop(entry: Entry): Promise<void> {
    const { host } = this.deps;
    this.forget(entry);
    await host.commit(() => {
      host.waits?.remove(entry.wait.id);
      return { value: null, wake: 1 };
    });
  }

  private forget(entry: Entry): void {
    this.entries.delete(entry.wait.id);
    this.deps.waiters.delete(entry.waiter);
  }
}
