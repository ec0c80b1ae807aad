/**
 * QueueObject: one queue and its methods. The queue itself decides whether it exists; the project's index only lists it. Its
 * subscriptions outlive it.
 */
import { DurableObject } from "cloudflare:workers";
import type { ClaimView, Holding, LeaseRequest, ClaimUndo } from "../../domain/claim.ts";
import type { ConnectionAddress } from "../../domain/connection-address.ts";
import type { ClientId } from "../../domain/id.ts";
import { EMPTY_OBJECT, type JsonText } from "../../domain/json.ts";
import type { Detailed } from "../../domain/details.ts";
import type { Listing, Message, MessagePage, Post } from "../../domain/message.ts";
import type { MetadataChange } from "../../domain/metadata-patch.ts";
import type { PlaceKind } from "../../domain/place.ts";
import type { Placed } from "../../domain/placement.ts";
import type { Redrive } from "../../domain/redrive.ts";
import { err } from "../../domain/result.ts";
import type { Subscription } from "../../domain/subscription.ts";
import { SerialQueue } from "../../mechanisms/serial-queue.ts";
import { readSigningGeneration } from "../../storage/queue/signing.ts";
import { NOT_HERE } from "../rpc/located.ts";
import type {
  Adoption,
  ConditionalCall,
  ClaimRequest,
  ConditionalAnswer,
  CreationRequest,
  FindRequest,
  NoteWaitRequest,
  QueueRpc,
  RedriveRequest,
  SettleRequest,
  TakenFigures,
  Timed,
  WaitRequest,
} from "../rpc/queue.ts";
import type { QueueStats, QueueUsage } from "../../domain/queue-view.ts";
import type { SpreadView } from "../rpc/spread-map.ts";
import type { ObjectBindings } from "../rpc/stubs.ts";
import { deleteById, deleteManyById } from "./by-id.ts";
import { makeClaimParts } from "./claim-parts.ts";
import type { Claims } from "./claims.ts";
import { Creations } from "./creations.ts";
import { Deletion } from "./deletion.ts";
import { performEffects, type Effects } from "./effects.ts";
import { depart } from "./departure.ts";
import { QueueHost } from "./host.ts";
import { IndexEntry } from "./index-entry.ts";
import { Lists } from "./lists.ts";
import { Maintenance } from "./maintenance.ts";
import { QueueMetadata } from "./metadata.ts";
import { OwnFigures } from "./own-figures.ts";
import { Posts } from "./posts.ts";
import { purgeLog } from "./purge.ts";
import { Redriver } from "./redrive.ts";
import { NotHere } from "./own-placement.ts";
import type { SpreadClaims } from "./spread-claims.ts";
import { SpreadTrigger } from "./spread-trigger.ts";
import { Spreading } from "./spreading.ts";
import { Subscriptions } from "./subscriptions.ts";
import { TransferSender } from "./transfer-sender.ts";

export class QueueObject extends DurableObject<ObjectBindings> implements QueueRpc {
  protected readonly host: QueueHost;
  private readonly queueMetadata: QueueMetadata;
  private readonly creations: Creations;
  private readonly posts: Posts;
  private readonly lists: Lists;
  protected readonly spreading: Spreading;
  private readonly trigger: SpreadTrigger;
  private readonly claims: Claims;
  private readonly spreadClaims: SpreadClaims;
  private readonly subscribers: Subscriptions;
  private readonly deletion: Deletion;
  private readonly redriver: Redriver;
  private readonly maintenance: Maintenance;
  private readonly ownFigures: OwnFigures;

  /** The runtime passes no kind. */
  constructor(ctx: DurableObjectState, env: ObjectBindings, kind: PlaceKind = "queue") {
    super(ctx, env);
    const onReset = (): void => {
      subscriptions.outbox.reset();
      subscriptions.events.reset();
      connectionWaits.reset();
    };
    const afterCommit = (effects: Effects): Promise<void> | null =>
      performEffects(effects, { subscriptions, indexEntry, transfers, waiters });
    const isEnding = (): boolean => spreading.isDeleting;
    const followers = {
      onReset,
      onRelease: () => waiters.release(),
      onChange: () => trigger.onChange(),
      onWatchedChange: () => subscriptions.events.lookSoon(),
    };
    const host = new QueueHost({ ctx, env, kind, isEnding, ...followers, afterCommit });
    const spreading = new Spreading({ host, onChange: () => spreadClaims.watchAll() });
    const subscriptions = new Subscriptions({ host, isSpread: () => spreading.takesPosts });
    const { waiters, connectionWaits, claims, spreadClaims } = makeClaimParts(host, spreading);
    const trigger = new SpreadTrigger({ host, spreading, subscriptions, waiters });
    const steps = new SerialQueue();
    const indexEntry = new IndexEntry({ host, steps });
    const transfers = new TransferSender({ host, steps, isEnding, adopt: (adoption) => this.adopt(adoption) });
    const ends = { finishNotifications: () => subscriptions.finish(), closeShards: () => spreading.close() };
    const deletion = new Deletion({ host, steps, indexEntry, transfers, ...ends });
    const redriver = new Redriver({ host, transfers });
    this.host = host;
    this.subscribers = subscriptions;
    this.deletion = deletion;
    this.redriver = redriver;
    this.queueMetadata = new QueueMetadata({ host, spreading, trigger });
    this.creations = new Creations({ host, metadata: this.queueMetadata });
    this.posts = new Posts({ host, subscriptions });
    this.lists = new Lists({ host, spreading });
    this.spreading = spreading;
    this.trigger = trigger;
    this.claims = claims;
    this.spreadClaims = spreadClaims;
    const ownFigures = new OwnFigures({ host, subscriptions, trigger, waiters, spreading });
    this.ownFigures = ownFigures;
    const spread = { spreading, spreadClaims, trigger };
    const parts = { subscriptions, indexEntry, transfers, deletion, redriver, ...spread, waiters, ownFigures };
    this.maintenance = new Maintenance({ host, ...parts });
    ctx.waitUntil(
      ctx.blockConcurrencyWhile(async () => {
        await host.load();
        this.ownFigures.start();
        this.maintenance.resume();
      }),
    );
  }

  override alarm(): Promise<void> {
    return this.maintenance.run();
  }

  async callIfHere({ method, request, isSettled, withFigures }: ConditionalCall): Promise<ConditionalAnswer> {
    if (isSettled !== true && !this.host.isHere) return NOT_HERE;
    try {
      // The cast is sound: the Worker builds the call from the same interface, so the request fits the method.
      const call = this[method] as (request: unknown) => Promise<unknown>;
      const value = await call.call(this, request);
      const figures = withFigures === true ? this.ownFigures.take() : {};
      const spread = this.host.isLost ? null : this.spreading.view;
      return spread === null ? { isHere: true, value, ...figures } : { isHere: true, value, ...figures, spread };
    } catch (error) {
      if (error instanceof NotHere) return NOT_HERE;
      throw error;
    }
  }

  async figures(): Promise<TakenFigures> {
    return this.ownFigures.ask();
  }

  async create(request: CreationRequest): ReturnType<QueueRpc["create"]> {
    // Of a queue whose database is lost nothing is known, and its creation starts anew.
    if (!this.host.isLost && this.spreading.isDeleting) await this.deletion.ended();
    const created = await this.creations.create(request);
    const pending = created.ok ? this.trigger.after(request.quotas) : null;
    if (pending !== null) await pending;
    return created;
  }

  async metadata(): Promise<JsonText> {
    return this.host.queue?.record.metadata ?? EMPTY_OBJECT;
  }

  async patch(request: { readonly changes: readonly MetadataChange[] }): ReturnType<QueueRpc["patch"]> {
    return this.queueMetadata.patch(request.changes);
  }

  async remove(): ReturnType<QueueRpc["remove"]> {
    const { host } = this;
    const wasLost = host.isLost;
    host.acceptLoss();
    const changed = wasLost || host.queue !== null;
    await this.deletion.run();
    // For a deletion that ended before it released the placement.
    if (host.config.pooling) await host.ownPlacement.release();
    return changed;
  }

  async depart(request: Parameters<QueueRpc["depart"]>[0]): ReturnType<QueueRpc["depart"]> {
    const { host } = this;
    const changed = this.queueMetadata.preview(request.changes);
    if (!changed.ok) return changed;
    const { deletion, subscribers: subscriptions, redriver, spreading, trigger } = this;
    const failure = await depart({ host, deletion, subscriptions, redriver, spreading, trigger }, request.next);
    return failure === null ? changed : err(failure);
  }

  async stats(): Promise<QueueStats> {
    const now = this.host.advanceToNow();
    const { queue } = this.host;
    if (queue === null) return { exists: false, claimed: 0, free: 0, oldest: null, newest: null };
    return this.spreading.addStats({ exists: true, ...queue.messages.stats(now) });
  }

  async usage(): Promise<QueueUsage> {
    const { free, claimed } = await this.stats();
    await this.subscribers.connections.check();
    const shards = await this.spreading.figures();
    return {
      messages: free + claimed,
      subscriptions: this.subscribers.count(),
      bytes: shards.reduce((sum, { figures }) => sum + figures.bytes, this.host.store.sql.databaseSize),
    };
  }

  async signingGeneration(): Promise<string | null> {
    // Without the lost generation revoked URLs would be valid again.
    this.host.throwIfLost();
    const { hasTables, sql } = this.host.store;
    return hasTables ? readSigningGeneration(sql) : null;
  }

  async purge(): ReturnType<QueueRpc["purge"]> {
    if (this.host.queue === null) return false;
    await Promise.all([purgeLog(this.host), this.spreading.purge()]);
    return true;
  }

  async post(request: Post & Timed & Placed): ReturnType<QueueRpc["post"]> {
    this.host.checkClock(request.sentAt);
    if (this.spreading.isDeleting) await this.deletion.ended();
    const post = (): ReturnType<Posts["post"]> => this.posts.post(request);
    const posted = this.host.queue === null ? await this.creations.ifAllowed(request, post) : await post();
    const pending = posted.ok ? this.trigger.after(request.quotas) : null;
    if (pending !== null) await pending;
    return posted;
  }

  async list(request: Listing & Timed): Promise<MessagePage> {
    return this.lists.list(request);
  }

  async get(request: Detailed & { readonly ids: readonly string[] }): Promise<readonly Message[]> {
    const { host } = this;
    const now = host.advanceToNow();
    return host.bodies.open(host.queue?.messages.get(request.ids, now, request) ?? []);
  }

  async delete(request: { readonly id: string; readonly claim: string | null }): ReturnType<QueueRpc["delete"]> {
    return deleteById(this.host, request);
  }

  async deleteMany(request: Parameters<QueueRpc["deleteMany"]>[0]): ReturnType<QueueRpc["deleteMany"]> {
    return deleteManyById(this.host, request, this.spreading.view !== null);
  }

  async pop(request: Timed & { readonly limit: number }): Promise<readonly Message[]> {
    this.host.checkClock(request.sentAt);
    return this.claims.pop(request.limit);
  }

  async claim(request: ClaimRequest): ReturnType<QueueRpc["claim"]> {
    this.host.checkClock(request.sentAt);
    return this.spreadClaims.create(request);
  }

  async find(request: FindRequest): ReturnType<QueueRpc["find"]> {
    return this.spreadClaims.find(request);
  }

  async awaitMessages(request: WaitRequest): ReturnType<QueueRpc["awaitMessages"]> {
    return this.claims.awaitMessages(request);
  }

  async spreadView(): Promise<SpreadView | null> {
    return this.spreading.view;
  }

  async noteWait(request: NoteWaitRequest): ReturnType<QueueRpc["noteWait"]> {
    return this.claims.noteWait(request);
  }

  async endWaits(request: { readonly client: ClientId } | { readonly wait: string }): Promise<void> {
    await this.claims.endWaits(request);
  }

  async getClaim(request: Detailed & { readonly claim: string }): Promise<ClaimView | null> {
    return this.claims.get(request);
  }

  async consumers(): Promise<readonly Holding[]> {
    this.host.advanceToNow();
    return this.spreading.addHoldings(this.host.queue?.claims.holdings() ?? []);
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

  async subscribe(request: Parameters<QueueRpc["subscribe"]>[0]): ReturnType<QueueRpc["subscribe"]> {
    const { host } = this;
    if (this.spreading.isDeleting) await this.deletion.ended();
    await this.subscribers.makeRoom(request.quotas);
    const add = (): ReturnType<QueueRpc["subscribe"]> =>
      host.commit((now) => {
        const enterIndex = host.queue === null;
        host.ensure(now, EMPTY_OBJECT);
        return { value: this.subscribers.add(request, now), enterIndex };
      });
    return this.creations.ifAllowed(request, () => this.trigger.onOne(add));
  }

  async subscriptions(request: Parameters<QueueRpc["subscriptions"]>[0]): Promise<readonly Subscription[]> {
    await this.subscribers.connections.check();
    return this.subscribers.list(request.marker, request.limit, this.host.now());
  }

  async subscription({ id }: { readonly id: string }): Promise<Subscription | null> {
    await this.subscribers.connections.check();
    return this.subscribers.get(id, this.host.now());
  }

  async isSubscribed({ subscriber }: { readonly subscriber: string }): Promise<boolean> {
    return this.subscribers.has(subscriber, this.host.now());
  }

  async updateSubscription(
    request: Parameters<QueueRpc["updateSubscription"]>[0],
  ): ReturnType<QueueRpc["updateSubscription"]> {
    return this.subscribers.update(request.id, request.document);
  }

  async confirmSubscription(
    request: Parameters<QueueRpc["confirmSubscription"]>[0],
  ): ReturnType<QueueRpc["confirmSubscription"]> {
    return this.subscribers.confirm(request.id, request.confirmed);
  }

  async unsubscribe({ id }: { readonly id: string }): Promise<void> {
    await this.subscribers.remove(id);
  }

  async unsubscribeConnection(address: ConnectionAddress): Promise<void> {
    await this.subscribers.connections.leave(address);
  }

  async unsubscribeAll(): Promise<void> {
    await this.subscribers.removeAll();
  }

  async announce(request: Parameters<QueueRpc["announce"]>[0]): ReturnType<QueueRpc["announce"]> {
    return this.subscribers.targets.announce(request.id, request.document);
  }

  async testSubscription(
    request: Parameters<QueueRpc["testSubscription"]>[0],
  ): ReturnType<QueueRpc["testSubscription"]> {
    return this.subscribers.targets.test(request.id, request.document);
  }

  async renewSecret({ id }: { readonly id: string }): ReturnType<QueueRpc["renewSecret"]> {
    return this.subscribers.renewSecret(id);
  }

  async disableSubscription(request: { readonly id: string; readonly subscriber: string }): Promise<void> {
    await this.subscribers.disable(request);
  }

  async adopt(adoption: Adoption): Promise<void> {
    // Queues that end together would wait for each other, and a queue for its own shards. Others send again what is refused.
    if (adoption.isFinal === true && this.spreading.isDeleting) return;
    if (this.host.queue === null) await this.host.ownPlacement.settle(adoption);
    await this.posts.adopt(adoption);
  }

  async startRedrive(request: RedriveRequest): ReturnType<QueueRpc["startRedrive"]> {
    if (!(await this.spreading.areShardsEmpty())) {
      return err({ kind: "queue-spread", queue: this.host.name, wish: "redrive" });
    }
    return this.redriver.start(request);
  }

  async redrive(): Promise<Redrive | null> {
    return this.redriver.state();
  }

  async cancelRedrive(): ReturnType<QueueRpc["cancelRedrive"]> {
    return this.redriver.cancel();
  }
}
