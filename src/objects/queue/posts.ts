/** Posts to a queue that encrypts its messages. */
import type { Config } from "../../config/config.ts";
import { checkPosting, type CheckedRun, type Post } from "../../domain/message.ts";
import { DEFAULT_SETTINGS } from "../../domain/queue.ts";
import type { LiveQueue } from "../../storage/queue/live-queue.ts";
import type { BodyCipher } from "./body-cipher.ts";

export class Posts {
  private readonly config: Config;
  private readonly cipher: BodyCipher;

  constructor(parts: { readonly config: Config; readonly cipher: BodyCipher }) {
    this.config = parts.config;
    this.cipher = parts.cipher;
  }

  /** The encrypted bodies; null: they are stored as they are. Encryption is asynchronous, so it precedes the transaction. */
  async sealed(queue: LiveQueue | null, post: Post): Promise<readonly CheckedRun[] | null> {
    const settings = queue?.record.settings ?? DEFAULT_SETTINGS;
    if (!settings.encrypt) return null;
    const checked = checkPosting(post, settings, this.config.limits);
    if (!checked.ok) return null;
    return this.cipher.closeRuns(checked.value);
  }
}
