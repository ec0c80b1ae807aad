/** How messages enter a queue: by posts, and by adoptions from other queues of the project. Both create a missing queue. */
import { EMPTY_OBJECT } from "../../domain/json.ts";
import {
  checkPosting,
  ignoresDelay,
  type CheckedRun,
  type MessageBlock,
  type Post,
  type PostFailure,
} from "../../domain/message.ts";
import { DEFAULT_QUEUE_SETTINGS, type QueueSettings } from "../../domain/queue-metadata.ts";
import { ok, type Result } from "../../domain/result.ts";
import { after } from "../../domain/time.ts";
import type { Adoption } from "../rpc/queue.ts";
import type { Committed } from "./effects.ts";
import type { QueueHost } from "./host.ts";
import { REPORT_DELAY } from "./own-figures.ts";
import type { Subscriptions } from "./subscriptions.ts";

export interface PostsDeps {
  readonly host: Pick<QueueHost, "alarms" | "armForRepair" | "cipher" | "commit" | "config" | "ensure" | "queue">;
  readonly subscriptions: Pick<Subscriptions, "isEmpty">;
}

export class Posts {
  private readonly deps: PostsDeps;

  constructor(deps: PostsDeps) {
    this.deps = deps;
  }

  async post(post: Post): Promise<Result<MessageBlock, PostFailure>> {
    const { host, subscriptions } = this.deps;
    const settings = host.queue?.record.settings ?? DEFAULT_QUEUE_SETTINGS;
    // Encryption is asynchronous, so it is done before the transaction.
    const encryptedRuns = settings.encrypt ? await this.encryptRuns(post, settings) : null;
    const context = { limits: host.config.limits, encryptedRuns };
    return host.commit((now): Committed<Result<MessageBlock, PostFailure>> => {
      const enterIndex = host.queue === null;
      const outcome = host.ensure(now, EMPTY_OBJECT).post(post, context, now);
      if (!outcome.ok) return { value: outcome, enterIndex, notify: true };
      const { block, expiresAt } = outcome.value;
      if (expiresAt !== null) host.alarms.armForExpiry(expiresAt);
      if (!subscriptions.isEmpty) host.armForRepair();
      const value = ok(ignoresDelay(post, settings) ? { ...block, ignoresDelay: true as const } : block);
      return { value, enterIndex, notify: true, wake: block.count };
    });
  }

  async adopt({ source, transfers }: Adoption): Promise<void> {
    const { host, subscriptions } = this.deps;
    const isEncrypting = host.queue?.record.settings.encrypt === true;
    const arriving = isEncrypting ? await host.cipher.encryptTransfers(transfers) : transfers;
    await host.commit((now) => {
      const enterIndex = host.queue === null;
      const wake = host.ensure(now, EMPTY_OBJECT).adopt(source, arriving, now);
      for (const { run } of arriving) host.alarms.armForExpiry(run.expiresAt);
      if (wake > 0 && host.config.meter) host.alarms.arm(after(now, REPORT_DELAY));
      if (!subscriptions.isEmpty) host.armForRepair();
      return { value: null, enterIndex, notify: true, wake };
    });
  }

  /** The runs with encrypted bodies; null for a post that will be refused. */
  private async encryptRuns(post: Post, settings: QueueSettings): Promise<readonly CheckedRun[] | null> {
    const { config, cipher } = this.deps.host;
    const checked = checkPosting(post, settings, config.limits);
    return checked.ok ? cipher.encryptRuns(checked.value) : null;
  }
}
