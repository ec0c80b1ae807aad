/** Claims of a queue's messages, and the requests that wait for something to claim. */
import { checkNewClaim, checkRenewal, type ClaimView, type LeaseRequest, type ClaimUndo } from "../../domain/claim.ts";
import type { ClientId } from "../../domain/id.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Detailed } from "../../domain/details.ts";
import { HOME_OBJECT } from "../../domain/spread.ts";
import { ageOf } from "../../domain/time.ts";
import type { LiveQueue } from "../../storage/queue/live-queue.ts";
import {
  MISSING,
  type ClaimAnswer,
  type ClaimRequest,
  type FindRequest,
  type NoteWaitRequest,
  type QueueRpc,
  type SettleRequest,
  type WaitRequest,
} from "../rpc/queue.ts";
import type { ConnectionWaits } from "./connection-waits.ts";
import type { Committed } from "./effects.ts";
import type { QueueHost } from "./host.ts";
import type { Waiters, WaiterName, WaiterOutcome } from "./waiters.ts";

export interface ClaimsDeps {
  readonly host: Pick<
    QueueHost,
    | "advanceToNow"
    | "alarms"
    | "armForRepair"
    | "bodies"
    | "commit"
    | "config"
    | "name"
    | "newClaimId"
    | "now"
    | "project"
    | "queue"
    | "seek"
    | "write"
  >;
  readonly waiters: Waiters;
  readonly connectionWaits: Pick<ConnectionWaits, "forgetOver" | "note" | "remove" | "settle">;
}

type ClaimResult = Result<ReturnType<LiveQueue["claim"]>, "claimed-too-many"> & Pick<ClaimAnswer, "isPaused">;

/** The `Retry-After` in seconds when the queue has its maximum number of claimed messages. */
const RETRY_AFTER = 5;

const PAUSED = { ok: true, value: null, isPaused: true } as const;

export class Claims {
  private readonly deps: ClaimsDeps;

  constructor(deps: ClaimsDeps) {
    this.deps = deps;
  }

  async create(request: ClaimRequest): ReturnType<QueueRpc["claim"]> {
    const { host, connectionWaits } = this.deps;
    const { limits } = host.config;
    const checked = checkNewClaim(request, limits);
    if (!checked.ok) return checked;
    const { lease, limit } = checked.value;
    const { details = false, client } = request;
    const by = client === undefined ? {} : { client };
    const id = host.newClaimId();
    const claimed = await host.commit((now): Committed<ClaimResult> => {
      const { queue } = host;
      // Another waiting request may get the messages that this claim leaves.
      const wake = 1;
      if (queue === null) return { value: ok(null), wake };
      if (queue.record.settings.pausesClaims) return { value: PAUSED };
      const max = limits.maxClaimedMessages;
      const room = max - queue.claimedCount;
      if (room <= 0) return { value: err({ kind: "claimed-too-many", max, retryAfter: RETRY_AFTER }), wake };
      const claim = queue.claim({ id, lease, limit: Math.min(limit, room), details, ...by }, now);
      if (claim === null && request.waitsFor !== undefined) this.deps.waiters.announce(request.waitsFor, now);
      if (claim !== null && request.wait !== undefined) connectionWaits.settle(request.wait, { id, undo: claim.undo });
      const sendTransfers = queue.record.settings.deadLetters !== null && !queue.transfers.isEmpty;
      if (sendTransfers) host.armForRepair();
      return { value: ok(claim), sendTransfers, wake };
    }, "seek");
    if (!claimed.ok) return claimed;
    if (claimed.value === null) return claimed.isPaused === true ? PAUSED : ok(null);
    const { undo } = claimed.value;
    const messages = await host.bodies.open(claimed.value.messages);
    return ok({ claim: id, messages, ...(request.withUndo === true ? { undo } : {}) });
  }

  /** Deletes up to `limit` claimable messages, and returns them. */
  async pop(limit: number): ReturnType<QueueRpc["pop"]> {
    const { host } = this.deps;
    const popped = await host.seek((now) => {
      const { queue } = host;
      return queue === null || queue.record.settings.pausesClaims ? [] : queue.pop(limit, now);
    });
    return host.bodies.open(popped);
  }

  async awaitMessages({ seconds, ...name }: WaitRequest): ReturnType<QueueRpc["awaitMessages"]> {
    const outcome = await this.wait(name, seconds);
    return typeof outcome === "number" ? "ready" : outcome;
  }

  /** As `QueueRpc.find`, for a wait. */
  async find({ milliseconds, client, wait }: FindRequest): ReturnType<QueueRpc["find"]> {
    const outcome = await this.wait({ client, wait }, milliseconds / 1000);
    return outcome === "over" ? null : outcome;
  }

  async noteWait(request: NoteWaitRequest): Promise<"noted" | "ready" | "full"> {
    return this.hasRoom() ? this.deps.connectionWaits.note(request) : "full";
  }

  async endWaits(selector: { readonly client: ClientId } | { readonly wait: string }): Promise<void> {
    // Removed first, so that the hub of a connection that has ended is not notified.
    if ("wait" in selector) await this.deps.connectionWaits.remove(selector.wait);
    this.deps.waiters.end(({ client, wait }) =>
      "client" in selector ? client === selector.client : wait === selector.wait,
    );
  }

  async get(request: Detailed & { readonly claim: string }): Promise<ClaimView | null> {
    const { host } = this.deps;
    const now = host.advanceToNow();
    const view = host.queue?.claimOf(request.claim, now, request) ?? null;
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

  async settle({ claim, ...settlement }: SettleRequest): ReturnType<QueueRpc["settle"]> {
    const { host } = this.deps;
    const { name: queue, project } = host;
    let isOver = true;
    const settled = await host.commit((now): Committed<ReturnType<LiveQueue["settle"]>> => {
      isOver = (host.queue?.claims.find(claim) ?? null) === null;
      const value = host.queue === null ? ok(0) : host.queue.settle(claim, settlement, now);
      // At least one, because the end of a delay may be the next change that waiting requests have to be woken for.
      return { value, wake: value?.ok === true ? Math.max(1, value.value) : 0 };
    });
    if (settled === null) return err({ kind: "claim-not-found", claim, queue, project });
    if (!settled.ok) return settled;
    return isOver ? MISSING : ok(null);
  }

  async release(claim: string): Promise<void> {
    const { host } = this.deps;
    await host.commit(() => ({ value: null, wake: host.queue?.release(claim) ?? 0 }));
  }

  async withdraw(claim: string, undo: ClaimUndo): Promise<void> {
    const { host } = this.deps;
    await host.commit(() => {
      const done = host.queue?.withdraw(claim, undo) ?? null;
      // The claim had extended the lives of its messages, and a sweep may have been planned for the extended lives.
      if (done !== null && done.endsAt !== null) host.alarms.armForExpiry(done.endsAt);
      return { value: null, wake: done?.count ?? 0 };
    });
  }

  private async wait(name: WaiterName, seconds: number): Promise<WaiterOutcome | "full"> {
    const { host, waiters } = this.deps;
    waiters.begin(seconds, host.now());
    if (!this.hasRoom()) return "full";
    host.advanceToNow();
    return host.queue?.mayHaveClaimable === true ? HOME_OBJECT : waiters.wait(name, seconds * 1000);
  }

  /** Whether one more claim may wait. */
  private hasRoom(): boolean {
    const { host, waiters, connectionWaits } = this.deps;
    connectionWaits.forgetOver(host.now());
    return waiters.size < host.config.limits.maxWaitingClaims;
  }
}
