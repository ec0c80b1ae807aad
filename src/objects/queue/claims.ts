/** Claims of a queue's messages, and the requests that wait for something to claim. */
import type { Config } from "../../config/config.ts";
import { settlesWithin } from "../../mechanisms/timeout.ts";
import { checkNewClaim, checkRenewal, type ClaimView, type LeaseRequest, type Undo } from "../../domain/claim.ts";
import { toClaimId, type ClientId, type ProjectId, type QueueName } from "../../domain/id.ts";
import type { Message } from "../../domain/message.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { ageOf, type EpochMs } from "../../domain/time.ts";
import type { LiveQueue } from "../../storage/queue/live-queue.ts";
import type { Alarm } from "../alarm.ts";
import type { ClaimRequest, QueueRpc, WaitRequest } from "../rpc/queue.ts";
import { Waiters } from "./waiters.ts";

/** What claims need of the queue's object. */
export interface ClaimsDeps {
  readonly config: Config;
  readonly project: ProjectId;
  readonly name: QueueName;
  readonly alarms: Alarm;
  /** The queue as it is now; null when there is none. */
  queue(): LiveQueue | null;
  /** Advances time-driven state to the present, and returns it. */
  advanceToNow(): EpochMs;
  write<T>(work: (now: EpochMs) => T extends Promise<unknown> ? never : T): Promise<T>;
  /** As `write`, repeated while it finds only unreadable messages. */
  seek<T>(work: (now: EpochMs) => T extends Promise<unknown> ? never : T): Promise<T>;
  repeatLater(): void;
  sendTransfers(): Promise<void>;
  /** The messages decrypted, without those that turn out to be damaged. */
  unseal(messages: readonly Message[]): Promise<readonly Message[]>;
}

/** Milliseconds that a claim's answer waits for the hand-over of dead letters that the claim has found. */
const SENDING_MS = 500;
/** Seconds, as Retry-After, when the queue has as many messages under claims as it may. */
const RETRY_AFTER = 5;

export class Claims {
  readonly waiters: Waiters;
  private readonly deps: ClaimsDeps;

  constructor(deps: ClaimsDeps) {
    this.deps = deps;
    this.waiters = new Waiters({
      advanceToNow: () => deps.advanceToNow(),
      mayHaveClaimable: () => deps.queue()?.mayHaveClaimable ?? false,
      nextChange: () => deps.queue()?.nextChange ?? null,
    });
  }

  async create(request: ClaimRequest): ReturnType<QueueRpc["claim"]> {
    const { limits } = this.deps.config;
    const checked = checkNewClaim(request, limits);
    if (!checked.ok) return checked;
    const { lease, limit } = checked.value;
    const id = toClaimId(crypto.randomUUID());
    let isSending = false;
    const claimed = await this.deps.seek((now): Result<ReturnType<LiveQueue["claim"]>, "claimed-too-many"> => {
      const queue = this.deps.queue();
      if (queue === null) return ok(null);
      const room = limits.maxClaimedMessages - queue.claimedCount;
      if (room <= 0) return err({ kind: "claimed-too-many", max: limits.maxClaimedMessages, retryAfter: RETRY_AFTER });
      const taken = queue.claim({ id, lease, limit: Math.min(limit, room) }, now);
      isSending = queue.record.settings.deadLetters !== null && !queue.transfers.isEmpty;
      if (isSending) this.deps.repeatLater();
      return ok(taken);
    });
    if (isSending) await settlesWithin(this.deps.sendTransfers(), SENDING_MS);
    // Another waiting request may get the messages that this claim left.
    this.waiters.rouse(1);
    if (!claimed.ok || claimed.value === null) return claimed.ok ? ok(null) : claimed;
    const { undo } = claimed.value;
    const messages = await this.deps.unseal(claimed.value.messages);
    return ok({ claim: id, messages, ...(request.withUndo === true ? { undo } : {}) });
  }

  async awaitMessages({ seconds, ...name }: WaitRequest): Promise<"ready" | "over" | "full"> {
    if (this.waiters.size >= this.deps.config.limits.maxWaitingClaims) return "full";
    this.deps.advanceToNow();
    if (this.deps.queue()?.mayHaveClaimable === true) return "ready";
    return this.waiters.wait(name, seconds * 1000);
  }

  endWaits(whose: { readonly client: ClientId } | { readonly wait: string }): void {
    this.waiters.end(({ client, wait }) => ("client" in whose ? client === whose.client : wait === whose.wait));
  }

  async get(claim: string): Promise<ClaimView | null> {
    const now = this.deps.advanceToNow();
    const view = this.deps.queue()?.claimOf(claim, now) ?? null;
    if (view === null) return null;
    const { id, lease, createdAt } = view.claim;
    return { claim: id, lease, age: ageOf(createdAt, now), messages: await this.deps.unseal(view.messages) };
  }

  async renew({ claim, ...request }: LeaseRequest & { readonly claim: string }): ReturnType<QueueRpc["renew"]> {
    const { config, name: queue, project } = this.deps;
    const lease = checkRenewal(request, config.limits);
    if (!lease.ok) return lease;
    const isRenewed = await this.deps.write((now) => this.deps.queue()?.renew(claim, lease.value, now) ?? false);
    return isRenewed ? ok(null) : err({ kind: "claim-not-found", claim, queue, project });
  }

  async release(claim: string): Promise<void> {
    const released = await this.deps.write(() => this.deps.queue()?.release(claim) ?? 0);
    this.waiters.rouse(released);
  }

  async withdraw(claim: string, undo: Undo): Promise<void> {
    const withdrawn = await this.deps.write(() => {
      const done = this.deps.queue()?.withdraw(claim, undo) ?? null;
      // The claim had extended its messages' lives, and a sweep may have been planned by these.
      if (done !== null && done.endsAt !== null) this.deps.alarms.armForExpiry(done.endsAt);
      return done?.count ?? 0;
    });
    this.waiters.rouse(withdrawn);
  }
}
