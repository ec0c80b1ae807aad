/** Stores the messages that come into a queue: by posts, and from other queues by transfers. */
import { toSequence } from "../../domain/id.ts";
import type { Limits } from "../../domain/limits.ts";
import {
  checkPosting,
  type CheckedRun,
  type MessageBlock,
  type Post,
  type PostFailure,
  type Transfer,
} from "../../domain/message.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { MessageLog } from "./message-log.ts";
import type { Receipt, Receipts } from "./receipts.ts";
import type { QueueRecord } from "./record.ts";
import type { SizeQuotas } from "./size-quotas.ts";
import { queueIn, type Transfers } from "./transfers.ts";

export interface PostContext {
  readonly limits: Limits;
  /** The post's runs with encrypted bodies; null: the bodies are stored as they are. */
  readonly encryptedRuns: readonly CheckedRun[] | null;
}

export interface PostOutcome {
  readonly block: MessageBlock;
  /** The earliest expiry among the rows written; null: none was, because the post repeats an earlier one. */
  readonly expiresAt: EpochMs | null;
}

export interface ArrivalsDeps {
  readonly record: QueueRecord;
  readonly log: MessageLog;
  readonly sizeQuotas: SizeQuotas;
  readonly receipts: Receipts;
  readonly transfers: Transfers;
}

export class Arrivals {
  private readonly deps: ArrivalsDeps;

  constructor(deps: ArrivalsDeps) {
    this.deps = deps;
  }

  /** Stores all messages of a post, or none. Checks in this order: idempotency key, size, document, quotas. */
  post(post: Post, { limits, encryptedRuns }: PostContext, now: EpochMs): Result<PostOutcome, PostFailure> {
    const { record, log, sizeQuotas } = this.deps;
    // First, because the repeat of an accepted post is accepted, also if the queue's settings have changed since.
    const receipt = post.idempotency === null ? null : this.deps.receipts.find(post.idempotency.key, now);
    if (receipt !== null) return this.repeat(post, receipt);
    const checked = checkPosting(post, record.settings, limits);
    if (!checked.ok) return checked;
    const runs = encryptedRuns ?? checked.value;
    const count = runs.reduce((total, run) => total + run.count, 0);
    const more = { messages: count, bytes: post.size };
    const quota = sizeQuotas.exceeded(more, post.quotas, now);
    if (quota !== null) return err({ kind: "quota-exceeded", quota, limit: post.quotas[quota] });
    const first = toSequence(log.append(runs, post.client, post.traceparent ?? null, now));
    const block = { epoch: record.epoch, first, count };
    sizeQuotas.add(more);
    const firstExpiry = runs.reduce((earliest, { ttl }) => Math.min(earliest, after(now, ttl)), Infinity);
    if (post.idempotency === null) return ok({ block, expiresAt: toEpochMs(firstExpiry) });
    const { key, fingerprint } = post.idempotency;
    const forgottenAt = after(now, toSeconds(limits.idempotencyWindow));
    this.deps.receipts.write(key, { fingerprint, first: block.first, count }, forgottenAt);
    return ok({ block, expiresAt: toEpochMs(Math.min(firstExpiry, forgottenAt)) });
  }

  /** Stores messages of another queue with their ids and ages. Returns their number; transfers stored before change nothing. */
  adopt(source: string, transfers: readonly Transfer[], now: EpochMs): number {
    const { log, sizeQuotas } = this.deps;
    let adopted = 0;
    for (const { run } of this.deps.transfers.adopt(source, transfers)) {
      const { origin, count, ttl, postedAt, expiresAt, client, bodies, moves = 0, deadAt, traceparent = null } = run;
      const deadLetter = deadAt === undefined ? null : { queue: queueIn(source), at: deadAt };
      const first = log.allocate(count);
      const times = { postedAt, visibleAt: now, expiresAt };
      log.insert({ first, count, ttl, ...times, client, origin, bodies, moves, deadLetter, traceparent });
      sizeQuotas.add({ messages: count, bytes: bodies.length });
      adopted += count;
    }
    return adopted;
  }

  private repeat(
    { idempotency }: Post,
    { fingerprint, first, count }: Receipt,
  ): Result<PostOutcome, "idempotency-key-reused"> {
    if (fingerprint !== idempotency?.fingerprint) return err({ kind: "idempotency-key-reused" });
    return ok({ block: { epoch: this.deps.record.epoch, first: toSequence(first), count }, expiresAt: null });
  }
}
