/**
 * ShardObject: a shard of a spread queue (ADR 24). It has a log of its own, which the home of the queue opens and closes. It does
 * not know whether the queue exists, and nobody but the home can create or delete what it has.
 */
import { DurableObject } from "cloudflare:workers";
import type { ClaimView, ClaimUndo, Holding, LeaseRequest } from "../../domain/claim.ts";
import type { Detailed } from "../../domain/details.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Message, PageFilter, Post } from "../../domain/message.ts";
import type { QueueStats } from "../../domain/queue-view.ts";
import type { PageQuestion } from "../../domain/log-place.ts";
import type { ShardCommand, ShardReply } from "../../domain/spread.ts";
import { after, toSeconds } from "../../domain/time.ts";
import { SerialQueue } from "../../mechanisms/serial-queue.ts";
import type { ClaimRequest, QueueRpc, SettleRequest, TakenFigures, Timed } from "../rpc/queue.ts";
import type { ShardRpc } from "../rpc/shard.ts";
import type { ObjectBindings } from "../rpc/stubs.ts";
import { deleteById, deleteManyById } from "./by-id.ts";
import { Claims } from "./claims.ts";
import { performEffects } from "./effects.ts";
import { readLogPageOf } from "./log-page.ts";
import { OwnFigures } from "./own-figures.ts";
import { Posts } from "./posts.ts";
import { purgeLog } from "./purge.ts";
import { NotOpen, ShardHost } from "./shard-host.ts";
import { KEPT_SWEEP_INTERVAL, SWEEP_INTERVAL, Sweeper } from "./sweeper.ts";
import { TransferSender } from "./transfer-sender.ts";
import { Waiters } from "./waiters.ts";

/** A spread queue has no subscriptions, and its home is in the index of the project. */
const NO_SUBSCRIPTIONS = {
  isEmpty: true,
  outbox: { startSoon: () => {}, allToldFigures: () => [], takeToldFigures: () => [] },
};
/** The home asks the shards. */
const NO_TRIGGER = { figures: {} };
const NO_SHARDS = { view: null, figures: async () => [] };
const NO_INDEX_ENTRY = { write: async () => {} };
/** Connections wait at the home. */
const NO_CONNECTIONS = {
  forgetOver: () => {},
  note: async () => "full" as const,
  remove: async () => {},
  settle: () => false,
} as const;
/** Who waits here. */
const HOME = { client: undefined, wait: undefined };

export class ShardObject extends DurableObject<ObjectBindings> implements ShardRpc {
  private readonly host: ShardHost;
  private readonly posts: Posts;
  private readonly claims: Claims;
  private readonly waiters: Waiters;
  private readonly transfers: TransferSender;
  private readonly sweeper: Sweeper;
  private readonly ownFigures: OwnFigures;

  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env);
    const host: ShardHost = new ShardHost({
      ctx,
      env,
      afterCommit: (effects) =>
        performEffects(effects, { subscriptions: NO_SUBSCRIPTIONS, indexEntry: NO_INDEX_ENTRY, transfers, waiters }),
    });
    const waiters = new Waiters({ host });
    const adopt = (adoption: Parameters<QueueRpc["adopt"]>[0]): Promise<void> =>
      host.objects.queue(host.project, host.name).adopt(adoption);
    const transfers = new TransferSender({ host, steps: new SerialQueue(), isEnding: () => host.isEnding, adopt });
    this.host = host;
    this.waiters = waiters;
    this.transfers = transfers;
    this.posts = new Posts({ host, subscriptions: NO_SUBSCRIPTIONS });
    this.claims = new Claims({ host, waiters, connectionWaits: NO_CONNECTIONS });
    this.sweeper = new Sweeper({ host });
    const figures = { subscriptions: NO_SUBSCRIPTIONS, waiters, spreading: NO_SHARDS, trigger: NO_TRIGGER };
    this.ownFigures = new OwnFigures({ host, ...figures });
    ctx.waitUntil(
      ctx.blockConcurrencyWhile(async () => {
        await host.load();
        this.ownFigures.start();
        if (host.alarms.at === null || host.store.clock.lead > 0) this.arm();
      }),
    );
  }

  /** Idempotent. Never throws, because the runtime would give up. */
  override async alarm(): Promise<void> {
    const { host, transfers, sweeper } = this;
    host.alarms.clear();
    transfers.report.flush();
    const swept = await sweeper.run();
    try {
      await host.commit(() => ({ value: null, sendTransfers: true, wake: 1 }));
      if (swept === "failed") host.armForRepair();
      else if (swept === "more") host.alarms.arm(after(host.now(), toSeconds(1)));
      else this.arm(KEPT_SWEEP_INTERVAL);
    } catch (error) {
      host.logFault("shard alarm", error);
      host.armForRepair();
    }
  }

  async set({ metadata, ...command }: ShardCommand & { readonly metadata: JsonText }): Promise<ShardReply> {
    const { host, waiters, transfers } = this;
    const reply = await host.write(() => {
      const replied = host.perform(command, metadata);
      if (replied.kind === "busy") host.armForRepair();
      return replied;
    });
    if (reply.kind === "busy") await transfers.send();
    // What waits looks again: at its home, if there is nothing here any more.
    if (reply.kind !== "stale") waiters.release();
    return reply;
  }

  async survey(): ReturnType<ShardRpc["survey"]> {
    return { load: this.host.share, version: this.host.command.version };
  }

  async isDrained(): Promise<boolean> {
    const { queue } = this.host;
    if (queue === null) return true;
    const { free, claimed } = queue.messages.stats(this.host.advanceToNow());
    return free + claimed === 0 && queue.transfers.isEmpty;
  }

  async page({ from, limit, raise, ...filter }: PageQuestion & PageFilter): ReturnType<ShardRpc["page"]> {
    return readLogPageOf(this.host, { from, limit, raise }, filter);
  }

  async purge(): Promise<void> {
    await purgeLog(this.host);
  }

  async post(request: Post & Timed): ReturnType<ShardRpc["post"]> {
    this.host.checkClock(request.sentAt);
    if (request.idempotency !== null) return "moved";
    try {
      return await this.posts.post(request);
    } catch (error) {
      if (error instanceof NotOpen) return "moved";
      throw error;
    }
  }

  async stats(): Promise<QueueStats> {
    const now = this.host.advanceToNow();
    const { queue } = this.host;
    if (queue === null) return { exists: false, claimed: 0, free: 0, oldest: null, newest: null };
    return { exists: true, ...queue.messages.stats(now) };
  }

  async get(request: Detailed & { readonly ids: readonly string[] }): Promise<readonly Message[]> {
    const { host } = this;
    const now = host.advanceToNow();
    return host.bodies.open(host.queue?.messages.get(request.ids, now, request) ?? []);
  }

  async delete(request: Parameters<QueueRpc["delete"]>[0]): ReturnType<QueueRpc["delete"]> {
    return deleteById(this.host, request);
  }

  async deleteMany(request: Parameters<QueueRpc["deleteMany"]>[0]): ReturnType<QueueRpc["deleteMany"]> {
    return deleteManyById(this.host, request, true);
  }

  async pop(request: Timed & { readonly limit: number }): Promise<readonly Message[]> {
    this.host.checkClock(request.sentAt);
    return this.claims.pop(request.limit);
  }

  /** Claims that find nothing wait at the home. */
  async claim({ waitsFor: _, ...request }: ClaimRequest): ReturnType<QueueRpc["claim"]> {
    this.host.checkClock(request.sentAt);
    return this.claims.create(request);
  }

  async watch({ milliseconds }: { readonly milliseconds: number }): Promise<number> {
    const { waiters, claimableMax } = this;
    if (claimableMax > 0 || milliseconds <= 0) return claimableMax;
    // Only the home waits. A call before this one is of a former life of the home, or has failed for it.
    waiters.release();
    await waiters.wait(HOME, milliseconds);
    return this.claimableMax;
  }

  async consumers(): Promise<readonly Holding[]> {
    this.host.advanceToNow();
    return this.host.queue?.claims.holdings() ?? [];
  }

  async figures(): Promise<TakenFigures> {
    return this.ownFigures.ask();
  }

  async getClaim(request: Detailed & { readonly claim: string }): Promise<ClaimView | null> {
    return this.claims.get(request);
  }

  async renew(request: LeaseRequest & { readonly claim: string }): ReturnType<QueueRpc["renew"]> {
    return this.claims.renew(request);
  }

  async settle(request: SettleRequest): ReturnType<QueueRpc["settle"]> {
    return this.claims.settle(request);
  }

  async release({ claim }: { readonly claim: string }): Promise<void> {
    await this.claims.release(claim);
  }

  async withdraw({ claim, undo }: { readonly claim: string; readonly undo: ClaimUndo }): Promise<void> {
    await this.claims.withdraw(claim, undo);
  }

  private get claimableMax(): number {
    this.host.advanceToNow();
    const { queue } = this.host;
    return queue?.mayHaveClaimable === true ? queue.availability.claimableMax : 0;
  }

  /** Arms the alarm for the work in the rows. */
  private arm(forExpired = SWEEP_INTERVAL): void {
    const { queue } = this.host;
    if (queue?.transfers.isEmpty === false || (queue !== null && queue.transfers.reportable !== "none"))
      this.host.armForRepair();
    this.sweeper.arm(forExpired);
  }
}
