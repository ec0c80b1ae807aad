/**
 * QueueObject: one queue. The shell around its storage: it reads the clock, lets requests share commits, rings its alarm,
 * wakes those who wait, keeps the project's index informed and hands dead letters over. The queue is the authority on
 * itself; the index only lists it.
 */
import { DurableObject } from "cloudflare:workers";
import { readConfig, type Config } from "../config/config.ts";
import { checkNewClaim, checkRenewal, type LeaseRequest } from "../domain/claim.ts";
import type { Failure, MetadataDocument } from "../domain/failure.ts";
import { toClaimId, toEpoch, type ProjectId, type QueueName } from "../domain/id.ts";
import { EMPTY_OBJECT, membersOf, toObjectText, type JsonText } from "../domain/json.ts";
import type { Listing, Message, MessageBlock } from "../domain/message.ts";
import { applyChanges, type MetadataChange } from "../domain/metadata-patch.ts";
import { checkMetadata } from "../domain/queue.ts";
import { UNLIMITED, type Quotas } from "../domain/quota.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { after, ageOf, toEpochMs, toSeconds, type EpochMs } from "../domain/time.ts";
import { eraseQueue } from "../storage/erase.ts";
import { LiveQueue } from "../storage/live-queue.ts";
import { isMigrated, migrate } from "../storage/migrate.ts";
import { QUEUE_MIGRATIONS } from "../storage/schema/queue.ts";
import { readSigningGeneration } from "../storage/signing.ts";
import { Sql } from "../storage/sql.ts";
import { backgroundEvent, logFault } from "../telemetry/event.ts";
import { Alarm } from "./alarm.ts";
import { Clock } from "./clock.ts";
import { GroupCommit } from "./commit.ts";
import { Handover } from "./handover.ts";
import { Posts } from "./posts.ts";
import type {
  Adoption,
  Claimed,
  ClaimView,
  MessagePage,
  PostRequest,
  QueueRpc,
  QueueStats,
  QueueUsage,
} from "./rpc.ts";
import { Seal } from "./seal.ts";
import { parseObjectName, toObjects, type ObjectBindings } from "./stubs.ts";
import { Waiters } from "./waiters.ts";

/** When the alarm repeats what a request has to finish itself: the index, a transfer. */
const REPAIR_DELAY = toSeconds(10);
/** Sweeps are at least this far apart: late collection harms nobody, every alarm costs a row. */
const SWEEP_INTERVAL = toSeconds(60);
/** Steps of a sweep in one run of the alarm. */
const SWEEP_STEPS = 16;
/** What an overloaded queue tells its clients, seconds. */
const RETRY_AFTER = 5;

export class QueueObject extends DurableObject<ObjectBindings> implements QueueRpc {
  protected readonly sql: Sql;
  private readonly config: Config;
  private readonly project: ProjectId;
  private readonly name: QueueName;
  private readonly alarms: Alarm;
  private readonly commits = new GroupCommit();
  private readonly waiters: Waiters;
  private readonly handover: Handover;
  private readonly seal: Seal;
  private readonly posts: Posts;
  private queue: LiveQueue | null = null;
  private readonly clock = new Clock();

  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env);
    this.config = readConfig({ ...env });
    const { project, queue } = parseObjectName(ctx.id.name ?? "");
    this.project = project;
    this.name = queue;
    this.sql = new Sql(ctx.storage);
    this.alarms = new Alarm(ctx, this.sql);
    this.seal = new Seal(this.config.messageEncryptionKey, project);
    this.posts = new Posts({ config: this.config, alarms: this.alarms, seal: this.seal });
    this.waiters = new Waiters({
      step: () => this.step(),
      mayHaveClaimable: () => this.queue?.mayHaveClaimable ?? false,
      nextChange: () => this.queue?.nextChange ?? null,
    });
    this.handover = new Handover({
      project,
      name: queue,
      objects: toObjects(env),
      queue: () => this.queue,
      write: (work) => this.write(work),
      repeatLater: () => this.repeatLater(),
      adopt: (adoption) => this.adopt(adoption),
    });
    ctx.waitUntil(
      ctx.blockConcurrencyWhile(async () => {
        await this.alarms.load();
        await this.seal.prepare();
        this.open();
        // An object with work and no alarm would sleep for ever.
        if (this.alarms.at === null) this.armForNext();
      }),
    );
  }

  async create(request: {
    readonly metadata: JsonText;
    readonly quotas: Quotas;
  }): Promise<Result<{ readonly created: boolean }>> {
    const metadata = membersOf(request.metadata);
    const failure =
      checkMetadata(metadata, this.metadataContext("put")) ?? (await this.checkQueueQuota(request.quotas));
    if (failure !== null) return err(failure);
    const created = await this.write((now) => {
      const isNew = this.queue === null;
      this.ensure(now, toObjectText(metadata));
      return isNew;
    });
    if (created) await this.handover.enterIndex();
    return ok({ created });
  }

  async metadata(): Promise<JsonText> {
    return this.queue?.record.metadata ?? EMPTY_OBJECT;
  }

  async patch(request: { readonly changes: readonly MetadataChange[] }): Promise<Result<JsonText>> {
    const patched = await this.write(() => {
      const { queue } = this;
      if (queue === null) return err({ kind: "queue-not-found", queue: this.name, project: this.project });
      const changed = applyChanges(membersOf(queue.record.metadata), request.changes);
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
    await this.handover.sendTransfers();
    await this.handover.leaveIndex(async () => {
      this.queue = null;
      if (readSigningGeneration(this.sql) !== null) return this.sql.transaction(() => eraseQueue(this.sql));
      this.alarms.clear();
      await this.ctx.storage.deleteAll();
    });
  }

  async stats(): Promise<QueueStats> {
    const now = this.step();
    return this.queue?.stats(now) ?? { claimed: 0, free: 0, oldest: null, newest: null };
  }

  async usage(): Promise<QueueUsage> {
    const { free, claimed } = await this.stats();
    return { messages: free + claimed, bytes: this.sql.databaseSize };
  }

  async signingGeneration(): Promise<string | null> {
    return isMigrated(this.sql) ? readSigningGeneration(this.sql) : null;
  }

  async purge(): Promise<void> {
    if (this.queue === null) return;
    const { extent } = this.queue;
    const { epoch } = this.queue.record;
    for (let at: number | null = extent.from; at !== null;) {
      const from: number = at;
      // By the time a step runs the queue may be another.
      at = await this.write(() => {
        const { queue } = this;
        return queue?.record.epoch === epoch ? queue.purge({ from, to: extent.to }) : null;
      });
      // Lets others in between the steps of a large purge.
      if (at !== null) await scheduler.wait(0);
    }
  }

  async post(request: PostRequest): Promise<Result<MessageBlock>> {
    const failure = await this.checkQueueQuota(request.quotas);
    if (failure !== null) return err(failure);
    const sealed = await this.posts.sealed(this.queue, request);
    const posted = await this.write((now) => {
      const isNew = this.queue === null;
      const queue = this.ensure(now, EMPTY_OBJECT);
      return { isNew, block: this.posts.append(queue, request, sealed, now) };
    });
    if (posted.isNew) await this.handover.enterIndex();
    if (posted.block.ok) this.waiters.rouse(posted.block.value.count);
    return posted.block;
  }

  async list(request: Listing): Promise<MessagePage> {
    const now = this.step();
    const { queue } = this;
    if (queue === null) return { messages: [], next: null, isDelayed: false };
    const page = queue.list(request, now);
    const isDelayed = queue.record.settings.defaultMessageDelay > 0;
    return { messages: await this.seal.open(page.messages), next: page.next, isDelayed };
  }

  async get(request: { readonly ids: readonly string[] }): Promise<readonly Message[]> {
    const now = this.step();
    return this.seal.open(this.queue?.get(request.ids, now) ?? []);
  }

  async delete(request: { readonly id: string; readonly claim: string | null }): Promise<Result<null>> {
    return this.write((now) => this.queue?.delete(request.id, request.claim, now) ?? ok(null));
  }

  async deleteMany(request: {
    readonly ids: readonly string[];
    readonly claims: readonly string[] | null;
  }): Promise<Result<null>> {
    return this.write((now) => this.queue?.deleteMany(request.ids, request.claims, now) ?? ok(null));
  }

  async pop(request: { readonly limit: number }): Promise<readonly Message[]> {
    const popped = await this.write((now) => {
      const messages = this.queue?.pop(request.limit, now) ?? [];
      this.seal.check(messages);
      return messages;
    });
    return this.seal.open(popped);
  }

  async claim(request: LeaseRequest & { readonly limit: number | null }): Promise<Result<Claimed | null>> {
    const { limits } = this.config;
    const checked = checkNewClaim(request, limits);
    if (!checked.ok) return checked;
    const { lease, limit } = checked.value;
    const id = toClaimId(crypto.randomUUID());
    let isSending = false;
    const claimed = await this.write((now): Result<readonly Message[] | null> => {
      const { queue } = this;
      if (queue === null) return ok(null);
      const room = limits.maxClaimedMessages - queue.claimedCount;
      if (room <= 0) return err({ kind: "claimed-too-many", max: limits.maxClaimedMessages, retryAfter: RETRY_AFTER });
      const messages = queue.claim({ id, lease, limit: Math.min(limit, room) }, now);
      this.seal.check(messages ?? []);
      isSending = queue.record.settings.deadLetters !== null && queue.hasTransfers;
      if (isSending) this.repeatLater();
      return ok(messages);
    });
    if (isSending) await this.handover.sendTransfers();
    // Whoever else waits may find what this one left.
    this.waiters.rouse(1);
    if (!claimed.ok || claimed.value === null) return claimed.ok ? ok(null) : claimed;
    return ok({ claim: id, messages: await this.seal.open(claimed.value) });
  }

  async awaitMessages(request: { readonly seconds: number }): Promise<"ready" | "over" | "full"> {
    if (this.waiters.size >= this.config.limits.maxWaitingClaims) return "full";
    this.step();
    if (this.queue?.mayHaveClaimable === true) return "ready";
    return this.waiters.wait(request.seconds * 1000);
  }

  async getClaim(request: { readonly claim: string }): Promise<ClaimView | null> {
    const now = this.step();
    const view = this.queue?.claimOf(request.claim, now) ?? null;
    if (view === null) return null;
    const { id, lease, createdAt } = view.claim;
    return { claim: id, lease, age: ageOf(createdAt, now), messages: await this.seal.open(view.messages) };
  }

  async renew(request: LeaseRequest & { readonly claim: string }): Promise<Result<null>> {
    const lease = checkRenewal(request, this.config.limits);
    if (!lease.ok) return lease;
    const isRenewed = await this.write((now) => this.queue?.renew(request.claim, lease.value, now) ?? false);
    if (isRenewed) return ok(null);
    return err({ kind: "claim-not-found", claim: request.claim, queue: this.name, project: this.project });
  }

  async release(request: { readonly claim: string }): Promise<void> {
    const released = await this.write(() => this.queue?.release(request.claim) ?? 0);
    this.waiters.rouse(released);
  }

  async adopt({ source, transfers }: Adoption): Promise<void> {
    const isEncrypting = this.queue?.record.settings.encrypt === true;
    const arriving = isEncrypting ? await this.seal.closeTransfers(transfers) : transfers;
    const adopted = await this.write((now) => {
      const isNew = this.queue === null;
      const count = this.ensure(now, EMPTY_OBJECT).adopt(source, arriving, now);
      for (const { run } of arriving) this.alarms.arm(run.expiresAt);
      return { isNew, count };
    });
    if (adopted.isNew) await this.handover.enterIndex();
    this.waiters.rouse(adopted.count);
  }

  /** Collects what time has ended and repeats what has failed. Idempotent; never throws to the runtime, which would give up. */
  override async alarm(): Promise<void> {
    this.alarms.clear();
    try {
      let hasMore = true;
      for (let step = 0; hasMore && step < SWEEP_STEPS; step++) {
        hasMore = await this.write((now) => this.queue?.sweep(now) ?? false);
        // Lets requests in between the steps of a large sweep.
        if (hasMore) await scheduler.wait(0);
      }
      await this.handover.sendTransfers();
      if (this.queue?.record.isIndexed === false) await this.handover.enterIndex();
      this.waiters.rouse(1);
      // While there is more to sweep, its time is known; looking for it would read every row that is left.
      if (hasMore) this.alarms.arm(after(this.clock.now(), toSeconds(1)));
      else this.armForNext();
    } catch (error) {
      logFault(backgroundEvent(this.project, "queue alarm"), error);
      this.repeatLater();
    }
  }

  private metadataContext(document: MetadataDocument): Parameters<typeof checkMetadata>[1] {
    return { document, limits: this.config.limits, canEncrypt: this.config.messageEncryptionKey !== null };
  }

  /** The failure of a request that would create the queue where the project may have no more; asked only then. */
  private async checkQueueQuota({ queues: limit }: Quotas): Promise<Failure | null> {
    if (this.queue !== null || limit === UNLIMITED) return null;
    const isAdmitted = await toObjects(this.env).project(this.project).admitsQueue({ limit });
    return isAdmitted ? null : { kind: "quota-exceeded", quota: "queues", limit };
  }

  /** The instant of a request, with everything that time has done by then. */
  private step(): EpochMs {
    const now = this.clock.now();
    this.queue?.settle(now);
    return now;
  }

  /** Runs `work` in a transaction that may share its commit. A throw rolls back its rows and rebuilds memory from them. */
  private write<T>(work: (now: EpochMs) => T extends Promise<unknown> ? never : T): Promise<T> {
    return this.commits.run(() => {
      const now = this.step();
      const alarmAt = this.alarms.at;
      try {
        return this.sql.transaction<T>(() => work(now));
      } catch (error) {
        this.alarms.restore(alarmAt);
        this.reopen();
        throw error;
      }
    });
  }

  /** Builds memory from the rows. */
  private open(): void {
    this.queue = null;
    if (!isMigrated(this.sql)) return;
    migrate(this.sql, QUEUE_MIGRATIONS);
    this.queue = LiveQueue.open(this.sql, this.name, (latestInstant) => this.clock.noEarlierThan(latestInstant));
  }

  /** After a failed step. An object that cannot rebuild its memory must not go on: the next request gets a fresh one. */
  private reopen(): void {
    try {
      this.open();
    } catch (fault) {
      logFault(backgroundEvent(this.project, "queue rebuild"), fault);
      this.ctx.abort("The memory of a queue could not be rebuilt from its storage.");
    }
  }

  /** The queue, created with this metadata if it does not exist. Within a transaction. */
  private ensure(now: EpochMs, metadata: JsonText): LiveQueue {
    if (this.queue !== null) return this.queue;
    migrate(this.sql, QUEUE_MIGRATIONS);
    const random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    this.queue = LiveQueue.create(this.sql, this.name, { epoch: toEpoch(now, random), metadata });
    this.repeatLater();
    return this.queue;
  }

  /** Arms for what a request has to finish itself, in case it cannot. In the turn of the rows that say so. */
  private repeatLater(): void {
    this.alarms.arm(after(this.clock.now(), REPAIR_DELAY));
  }

  /** Arms for what the rows hold. Reads every row, so it is for the alarm and for an object that wakes without one. */
  private armForNext(): void {
    const { queue } = this;
    if (queue === null) return;
    const now = this.clock.now();
    if (!queue.record.isIndexed || queue.hasTransfers) this.repeatLater();
    const expiry = queue.nextExpiry();
    if (expiry !== null) this.alarms.arm(toEpochMs(Math.max(expiry, after(now, SWEEP_INTERVAL))));
  }
}
