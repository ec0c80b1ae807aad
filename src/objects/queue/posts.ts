/** Posts to a queue: the checks (idempotency key, size, document, quotas), in this order, then the append. */
import type { Config } from "../../config/config.ts";
import { toSequence } from "../../domain/id.ts";
import { checkPosting, type CheckedRun, type MessageBlock } from "../../domain/message.ts";
import { DEFAULT_SETTINGS } from "../../domain/queue.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { after, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { LiveQueue } from "../../storage/queue/live-queue.ts";
import type { Alarm } from "../alarm.ts";
import type { PostRequest } from "../rpc/queue.ts";
import type { BodyCipher } from "./body-cipher.ts";

export class Posts {
  private readonly config: Config;
  private readonly alarms: Alarm;
  private readonly cipher: BodyCipher;

  constructor(parts: { readonly config: Config; readonly alarms: Alarm; readonly cipher: BodyCipher }) {
    this.config = parts.config;
    this.alarms = parts.alarms;
    this.cipher = parts.cipher;
  }

  /** The encrypted bodies; null: they are stored as they are. Encryption is asynchronous, so it precedes the transaction. */
  async sealed(queue: LiveQueue | null, request: PostRequest): Promise<readonly CheckedRun[] | null> {
    const settings = queue?.record.settings ?? DEFAULT_SETTINGS;
    if (!settings.encrypt) return null;
    const checked = checkPosting(request, settings, this.config.limits);
    if (!checked.ok) return null;
    return this.cipher.closeRuns(checked.value);
  }

  /** Applies a post. Refusals change nothing. */
  append(
    queue: LiveQueue,
    request: PostRequest,
    sealed: readonly CheckedRun[] | null,
    now: EpochMs,
  ): Result<MessageBlock> {
    const { idempotency, quotas } = request;
    // First, because the repeat of an accepted post is accepted, also if the queue's settings have changed since.
    const receipt = idempotency === null ? null : queue.receiptOf(idempotency.key, now);
    if (receipt !== null) {
      if (receipt.fingerprint !== idempotency?.fingerprint) return err({ kind: "idempotency-key-reused" });
      return ok({ epoch: queue.record.epoch, first: toSequence(receipt.first), count: receipt.count });
    }
    const checked = checkPosting(request, queue.record.settings, this.config.limits);
    if (!checked.ok) return checked;
    const runs = sealed ?? checked.value;
    const messages = runs.reduce((total, run) => total + run.count, 0);
    const quota = queue.size.exceededQuota({ messages, bytes: request.size }, quotas, now);
    if (quota !== null) return err({ kind: "quota-exceeded", quota, limit: quotas[quota] });
    const block = queue.append(runs, request.client, now);
    queue.size.add({ messages, bytes: request.size });
    for (const { ttl } of runs) this.alarms.armForExpiry(after(now, ttl));
    if (idempotency !== null) {
      const { fingerprint, key } = idempotency;
      const expiresAt = after(now, toSeconds(this.config.limits.idempotencyWindow));
      queue.writeReceipt(key, { fingerprint, first: block.first, count: block.count }, expiresAt);
      this.alarms.armForExpiry(expiresAt);
    }
    return ok(block);
  }
}
