/** Messages come to a queue by posts, and from other queues of the project by adoptions. Both create a missing queue. */
import { EMPTY_OBJECT } from "../../domain/json.ts";
import { checkPosting, type CheckedRun, type MessageBlock, type Post, type PostFailure } from "../../domain/message.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../domain/queue.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { Adoption } from "../rpc/queue.ts";
import type { Handover } from "./handover.ts";
import type { QueueHost } from "./host.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Waiters } from "./waiters.ts";

export interface PostsDeps {
  readonly host: Pick<QueueHost, "alarms" | "cipher" | "config" | "ensure" | "queue" | "repeatLater" | "write">;
  readonly subscriptions: Pick<Subscriptions, "isEmpty" | "outbox">;
  readonly handover: Pick<Handover, "enterIndex">;
  readonly waiters: Pick<Waiters, "wake">;
}

export class Posts {
  private readonly deps: PostsDeps;

  constructor(deps: PostsDeps) {
    this.deps = deps;
  }

  async post(post: Post): Promise<Result<MessageBlock, PostFailure>> {
    const { host, subscriptions, handover, waiters } = this.deps;
    const settings = host.queue?.record.settings ?? DEFAULT_SETTINGS;
    // Encryption is asynchronous, so it precedes the transaction.
    const sealed = settings.encrypt ? await this.seal(post, settings) : null;
    const context = { limits: host.config.limits, sealed };
    const posted = await host.write((now) => {
      const isNew = host.queue === null;
      const outcome = host.ensure(now, EMPTY_OBJECT).post(post, context, now);
      if (outcome.ok && outcome.value.expiresAt !== null) host.alarms.armForExpiry(outcome.value.expiresAt);
      if (outcome.ok && !subscriptions.isEmpty) host.repeatLater();
      return { isNew, outcome };
    });
    subscriptions.outbox.startSoon();
    if (posted.isNew) await handover.enterIndex();
    if (!posted.outcome.ok) return posted.outcome;
    const { block } = posted.outcome.value;
    waiters.wake(block.count);
    return ok(block);
  }

  async adopt({ source, transfers }: Adoption): Promise<void> {
    const { host, subscriptions, handover, waiters } = this.deps;
    const isEncrypting = host.queue?.record.settings.encrypt === true;
    const arriving = isEncrypting ? await host.cipher.closeTransfers(transfers) : transfers;
    const adopted = await host.write((now) => {
      const isNew = host.queue === null;
      const count = host.ensure(now, EMPTY_OBJECT).adopt(source, arriving, now);
      for (const { run } of arriving) host.alarms.armForExpiry(run.expiresAt);
      if (!subscriptions.isEmpty) host.repeatLater();
      return { isNew, count };
    });
    subscriptions.outbox.startSoon();
    if (adopted.isNew) await handover.enterIndex();
    waiters.wake(adopted.count);
  }

  /** The runs with encrypted bodies; null for a post that will be refused. */
  private async seal(post: Post, settings: Settings): Promise<readonly CheckedRun[] | null> {
    const { config, cipher } = this.deps.host;
    const checked = checkPosting(post, settings, config.limits);
    return checked.ok ? cipher.closeRuns(checked.value) : null;
  }
}
