/** Claims of a queue's messages, and the requests that wait for something to claim. */
import { settlesWithin } from "../../mechanisms/timeout.ts";
import { checkNewClaim, checkRenewal, type ClaimView, type LeaseRequest, type Undo } from "../../domain/claim.ts";
import { toClaimId, type ClientId } from "../../domain/id.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { ageOf } from "../../domain/time.ts";
import type { LiveQueue } from "../../storage/queue/live-queue.ts";
import type { ClaimRequest, QueueRpc, WaitRequest } from "../rpc/queue.ts";
import type { Handover } from "./handover.ts";
import type { QueueHost } from "./host.ts";
import type { Waiters } from "./waiters.ts";

export interface ClaimsDeps {
  readonly host: Pick<
    QueueHost,
    "advanceToNow" | "alarms" | "bodies" | "config" | "name" | "project" | "queue" | "repeatLater" | "seek" | "write"
  >;
  readonly waiters: Waiters;
  readonly handover: Pick<Handover, "sendTransfers">;
}

/** Milliseconds that a claim's answer waits for the hand-over of dead letters that the claim has found. */
const SENDING_MS = 500;
/** Seconds, as Retry-After, when the queue has as many messages under claims as it may. */
const RETRY_AFTER = 5;

export class Claims {
  private readonly deps: ClaimsDeps;

  constructor(deps: ClaimsDeps) {
    this.deps = deps;
  }

  async create(request: ClaimRequest): ReturnType<QueueRpc["claim"]> {
    const { host, waiters } = this.deps;
    const { limits } = host.config;
    const checked = checkNewClaim(request, limits);
    if (!checked.ok) return checked;
    const { lease, limit } = checked.value;
    const id = toClaimId(crypto.randomUUID());
    let isSending = false;
    const claimed = await host.seek((now): Result<ReturnType<LiveQueue["claim"]>, "claimed-too-many"> => {
      const { queue } = host;
      if (queue === null) return ok(null);
      const room = limits.maxClaimedMessages - queue.claimedCount;
      if (room <= 0) return err({ kind: "claimed-too-many", max: limits.maxClaimedMessages, retryAfter: RETRY_AFTER });
      const taken = queue.claim({ id, lease, limit: Math.min(limit, room) }, now);
      isSending = queue.record.settings.deadLetters !== null && !queue.transfers.isEmpty;
      if (isSending) host.repeatLater();
      return ok(taken);
    });
    if (isSending) await settlesWithin(this.deps.handover.sendTransfers(), SENDING_MS);
    // Another waiting request may get the messages that this claim left.
    waiters.wake(1);
    if (!claimed.ok || claimed.value === null) return claimed.ok ? ok(null) : claimed;
    const { undo } = claimed.value;
    const messages = await host.bodies.open(claimed.value.messages);
    return ok({ claim: id, messages, ...(request.withUndo === true ? { undo } : {}) });
  }

  async awaitMessages({ seconds, ...name }: WaitRequest): Promise<"ready" | "over" | "full"> {
    const { host, waiters } = this.deps;
    if (waiters.size >= host.config.limits.maxWaitingClaims) return "full";
    host.advanceToNow();
    if (host.queue?.mayHaveClaimable === true) return "ready";
    return waiters.wait(name, seconds * 1000);
  }

  endWaits(whose: { readonly client: ClientId } | { readonly wait: string }): void {
    this.deps.waiters.end(({ client, wait }) => ("client" in whose ? client === whose.client : wait === whose.wait));
  }

  async get(claim: string): Promise<ClaimView | null> {
    const { host } = this.deps;
    const now = host.advanceToNow();
    const view = host.queue?.claimOf(claim, now) ?? null;
    if (view === null) return null;
    const { id, lease, createdAt } = view.claim;
    return { claim: id, lease, age: ageOf(createdAt, now), messages: await host.bodies.open(view.messages) };
  }

  async renew({ claim, ...request }: LeaseRequest & { readonly claim: string }): ReturnType<QueueRpc["renew"]> {
    const { host } = this.deps;
    const { config, name: queue, project } = host;
    const lease = checkRenewal(request, config.limits);
    if (!lease.ok) return lease;
    const isRenewed = await host.write((now) => host.queue?.renew(claim, lease.value, now) ?? false);
    return isRenewed ? ok(null) : err({ kind: "claim-not-found", claim, queue, project });
  }

  async release(claim: string): Promise<void> {
    const { host, waiters } = this.deps;
    const released = await host.write(() => host.queue?.release(claim) ?? 0);
    waiters.wake(released);
  }

  async withdraw(claim: string, undo: Undo): Promise<void> {
    const { host, waiters } = this.deps;
    const withdrawn = await host.write(() => {
      const done = host.queue?.withdraw(claim, undo) ?? null;
      // The claim had extended its messages' lives, and a sweep may have been planned by these.
      if (done !== null && done.endsAt !== null) host.alarms.armForExpiry(done.endsAt);
      return done?.count ?? 0;
    });
    waiters.wake(withdrawn);
  }
}
