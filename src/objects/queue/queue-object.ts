/**
 * QueueObject: one queue and its methods. The queue itself decides whether it exists; the project's index only lists it. Its
 * subscriptions outlive it.
 */
import type { ClaimView, LeaseRequest, Undo } from "../../domain/claim.ts";
import type { CreationFailure, FailureOf, MetadataDocument, PlaceNotFound } from "../../domain/failure.ts";
import type { ClientId } from "../../domain/id.ts";
import { EMPTY_OBJECT, membersOf, toObjectText, type JsonText } from "../../domain/json.ts";
import type { Listing, Message, MessageBlock, MessagePage, Post, PostFailure } from "../../domain/message.ts";
import { applyChanges, type MetadataChange } from "../../domain/metadata-patch.ts";
import { checkMetadata } from "../../domain/queue.ts";
import { UNLIMITED, type Quotas } from "../../domain/quota.ts";
import type { Redrive } from "../../domain/redrive.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Subscription } from "../../domain/subscription.ts";
import { readSigningGeneration } from "../../storage/queue/signing.ts";
import { checkCreation } from "../creation.ts";
import { QueueShell } from "./host.ts";
import type { Adoption, ClaimRequest, QueueRpc, RedriveRequest, Timed, WaitRequest } from "../rpc/queue.ts";
import type { QueueStats, QueueUsage } from "../../domain/queue-view.ts";

export class QueueObject extends QueueShell implements QueueRpc {
  async create(request: { readonly metadata: JsonText; readonly quotas: Quotas }): ReturnType<QueueRpc["create"]> {
    const metadata = membersOf(request.metadata);
    const failure = checkMetadata(metadata, this.metadataContext("put"));
    if (failure !== null) return err(failure);
    this.acceptLoss();
    return this.toCreate(request.quotas, async () => {
      const created = await this.write((now) => {
        const isNew = this.queue === null;
        this.ensure(now, toObjectText(metadata));
        return isNew;
      });
      if (created) await this.handover.enterIndex();
      return ok({ created });
    });
  }

  async metadata(): Promise<JsonText> {
    return this.queue?.record.metadata ?? EMPTY_OBJECT;
  }

  async patch(request: { readonly changes: readonly MetadataChange[] }): ReturnType<QueueRpc["patch"]> {
    const patched = await this.write(() => {
      const { queue } = this;
      if (queue === null) return err(this.notFound());
      const changed = applyChanges(this.place.kind, membersOf(queue.record.metadata), request.changes);
      if (!changed.ok) return changed;
      const failure = checkMetadata(changed.value, this.metadataContext("patch"));
      if (failure !== null) return err(failure);
      const metadata = toObjectText(changed.value);
      if (metadata === queue.record.metadata) return ok(metadata);
      queue.record.setMetadata(metadata);
      this.repeatLater();
      return ok(metadata);
    });
    if (patched.ok && this.queue?.record.isIndexed === false) await this.handover.enterIndex();
    return patched;
  }

  async remove(): Promise<void> {
    this.acceptLoss();
    await this.handover.sendTransfers();
    await this.handover.leaveIndex({ finish: () => this.subscribers.finish(), end: () => this.end() });
  }

  async stats(): Promise<QueueStats> {
    const now = this.advanceToNow();
    if (this.queue === null) return { exists: false, claimed: 0, free: 0, oldest: null, newest: null };
    return { exists: true, ...this.queue.messages.stats(now) };
  }

  async usage(): Promise<QueueUsage> {
    const { free, claimed } = await this.stats();
    return { messages: free + claimed, subscriptions: this.subscribers.count(), bytes: this.store.sql.databaseSize };
  }

  async signingGeneration(): Promise<string | null> {
    // With a lost generation revoked URLs would be valid again.
    this.checkLost();
    return this.store.hasTables ? readSigningGeneration(this.store.sql) : null;
  }

  async purge(): Promise<void> {
    if (this.queue === null) return;
    const { extent } = this.queue;
    const { epoch } = this.queue.record;
    for (let at: number | null = extent.from; at !== null;) {
      const from: number = at;
      // Between two steps the queue may have been deleted and created anew.
      at = await this.write(() => {
        const { queue } = this;
        return queue?.record.epoch === epoch ? queue.purge({ from, to: extent.to }) : null;
      });
      // Lets other requests run between the steps of a large purge.
      if (at !== null) await scheduler.wait(0);
    }
  }

  async post(request: Post & Timed): ReturnType<QueueRpc["post"]> {
    this.heed(request.sentAt);
    return this.queue === null ? this.toCreate(request.quotas, () => this.append(request)) : this.append(request);
  }

  private async append(post: Post): Promise<Result<MessageBlock, PostFailure>> {
    const context = { limits: this.config.limits, sealed: await this.posts.sealed(this.queue, post) };
    const posted = await this.write((now) => {
      const isNew = this.queue === null;
      const queue = this.ensure(now, EMPTY_OBJECT);
      const outcome = queue.post(post, context, now);
      if (outcome.ok && outcome.value.expiresAt !== null) this.alarms.armForExpiry(outcome.value.expiresAt);
      if (outcome.ok && !this.subscribers.isEmpty) this.repeatLater();
      return { isNew, outcome };
    });
    this.subscribers.outbox.startSoon();
    if (posted.isNew) await this.handover.enterIndex();
    if (!posted.outcome.ok) return posted.outcome;
    const { block } = posted.outcome.value;
    this.claims.waiters.rouse(block.count);
    return ok(block);
  }

  async list(request: Listing & Timed): Promise<MessagePage> {
    this.heed(request.sentAt);
    const now = this.advanceToNow();
    const { queue } = this;
    if (queue === null) return { messages: [], next: null, isDelayed: false };
    let page = queue.messages.list(request, now);
    // As in `seek`: an empty page would look like the end of the list.
    while (page.messages.length === 0 && page.next !== null) {
      await scheduler.wait(0);
      page = this.queue?.messages.list({ ...request, marker: page.next }, now) ?? { messages: [], next: null };
    }
    const isDelayed = queue.record.settings.defaultMessageDelay > 0;
    return { messages: await this.unseal(page.messages), next: page.next, isDelayed };
  }

  async get(request: { readonly ids: readonly string[] }): Promise<readonly Message[]> {
    const now = this.advanceToNow();
    return this.unseal(this.queue?.messages.get(request.ids, now) ?? []);
  }

  async delete(request: { readonly id: string; readonly claim: string | null }): ReturnType<QueueRpc["delete"]> {
    return this.write((now) => this.queue?.delete(request.id, request.claim, now) ?? ok(null));
  }

  async deleteMany(request: {
    readonly ids: readonly string[];
    readonly claims: readonly string[] | null;
  }): ReturnType<QueueRpc["deleteMany"]> {
    return this.write((now) => this.queue?.deleteMany(request.ids, request.claims, now) ?? ok(null));
  }

  async pop(request: Timed & { readonly limit: number }): Promise<readonly Message[]> {
    this.heed(request.sentAt);
    return this.unseal(await this.seek((now) => this.queue?.pop(request.limit, now) ?? []));
  }

  async claim(request: ClaimRequest): ReturnType<QueueRpc["claim"]> {
    this.heed(request.sentAt);
    return this.claims.create(request);
  }

  async awaitMessages(request: WaitRequest): Promise<"ready" | "over" | "full"> {
    return this.claims.awaitMessages(request);
  }

  async endWaits(request: { readonly client: ClientId } | { readonly wait: string }): Promise<void> {
    this.claims.endWaits(request);
  }

  async getClaim({ claim }: { readonly claim: string }): Promise<ClaimView | null> {
    return this.claims.get(claim);
  }

  async renew(request: LeaseRequest & { readonly claim: string }): ReturnType<QueueRpc["renew"]> {
    return this.claims.renew(request);
  }

  async release({ claim }: { readonly claim: string }): Promise<void> {
    await this.claims.release(claim);
  }

  async withdraw({ claim, undo }: { readonly claim: string; readonly undo: Undo }): Promise<void> {
    await this.claims.withdraw(claim, undo);
  }

  async subscribe(request: {
    readonly document: JsonText;
    readonly quotas: Quotas;
  }): ReturnType<QueueRpc["subscribe"]> {
    return this.toCreate(request.quotas, async () => {
      const subscribed = await this.write((now) => {
        const isNew = this.queue === null;
        this.ensure(now, EMPTY_OBJECT);
        return { isNew, outcome: this.subscribers.add(request.document, request.quotas, now) };
      });
      if (subscribed.isNew) await this.handover.enterIndex();
      return subscribed.outcome;
    });
  }

  async subscriptions(request: {
    readonly marker: string | null;
    readonly limit: number;
  }): Promise<readonly Subscription[]> {
    return this.subscribers.list(request.marker, request.limit, this.clock.now());
  }

  async subscription({ id }: { readonly id: string }): Promise<Subscription | null> {
    return this.subscribers.get(id, this.clock.now());
  }

  async isSubscribed({ subscriber }: { readonly subscriber: string }): Promise<boolean> {
    return this.subscribers.has(subscriber, this.clock.now());
  }

  async updateSubscription(request: {
    readonly id: string;
    readonly document: JsonText;
  }): ReturnType<QueueRpc["updateSubscription"]> {
    return this.subscribers.update(request.id, request.document);
  }

  async confirmSubscription(request: {
    readonly id: string;
    readonly confirmed: boolean;
  }): ReturnType<QueueRpc["confirmSubscription"]> {
    return this.subscribers.confirm(request.id, request.confirmed);
  }

  async unsubscribe({ id }: { readonly id: string }): Promise<void> {
    await this.subscribers.remove(id);
  }

  async unsubscribeAll(): Promise<void> {
    await this.subscribers.removeAll();
  }

  async announce(request: { readonly id: string; readonly document: string }): ReturnType<QueueRpc["announce"]> {
    return this.subscribers.announce(request.id, request.document);
  }

  async renewSecret({ id }: { readonly id: string }): ReturnType<QueueRpc["renewSecret"]> {
    return this.subscribers.renewSecret(id);
  }

  async disableSubscription(request: { readonly id: string; readonly subscriber: string }): Promise<void> {
    await this.subscribers.disable(request);
  }

  override async adopt({ source, transfers }: Adoption): Promise<void> {
    const isEncrypting = this.queue?.record.settings.encrypt === true;
    const arriving = isEncrypting ? await this.cipher.closeTransfers(transfers) : transfers;
    const adopted = await this.write((now) => {
      const isNew = this.queue === null;
      const count = this.ensure(now, EMPTY_OBJECT).adopt(source, arriving, now);
      for (const { run } of arriving) this.alarms.armForExpiry(run.expiresAt);
      if (!this.subscribers.isEmpty) this.repeatLater();
      return { isNew, count };
    });
    this.subscribers.outbox.startSoon();
    if (adopted.isNew) await this.handover.enterIndex();
    this.claims.waiters.rouse(adopted.count);
  }

  async startRedrive(request: RedriveRequest): ReturnType<QueueRpc["startRedrive"]> {
    return this.redriver.start(request);
  }

  async redrive(): Promise<Redrive | null> {
    return this.redriver.state();
  }

  async cancelRedrive(): Promise<void> {
    return this.redriver.cancel();
  }

  protected notFound(): FailureOf<PlaceNotFound> {
    return { kind: "queue-not-found", queue: this.name, project: this.project };
  }

  private metadataContext(document: MetadataDocument): Parameters<typeof checkMetadata>[1] {
    return { document, limits: this.config.limits, canEncrypt: this.config.messageEncryptionKey !== null };
  }

  /**
   * Runs `work`, which creates the queue, if the name is allowed and the project's quota has room. The project is asked only if
   * the queue does not exist and there is a quota.
   */
  private async toCreate<R>(quotas: Quotas, work: () => Promise<R>): Promise<R | Result<never, CreationFailure>> {
    if (this.queue !== null) return work();
    const project = this.objects.project(this.project);
    const failure = await checkCreation(this.place, quotas, project);
    if (failure !== null) return err(failure);
    if (quotas.queues === UNLIMITED) return work();
    try {
      return await work();
    } finally {
      // A reservation that is not given up lasts a minute.
      if (this.queue === null) this.ctx.waitUntil(project.releaseQueue({ place: this.place }).catch(() => undefined));
    }
  }
}
