/**
 * A cache of log pages that were read for one subscription, for others with the same cursor. So a post to a queue with a thousand
 * subscribers is read once and not a thousand times.
 */
import type { Epoch } from "../../domain/id.ts";
import type { LogPage } from "../../storage/queue/outbox.ts";
import { toPublished } from "./body-cipher.ts";
import type { OutboxLog } from "./cursors.ts";

/** Pages that are kept. */
const PAGES_MAX = 8;
/** Characters that the kept pages may contain together. The newest page is kept whatever its size. */
const CHARACTERS_MAX = 4 * 1024 * 1024;

export interface CachedPage extends LogPage {
  /** Characters of all bodies. */
  readonly size: number;
}

export class LogPageCache {
  /** The epoch of the log that the pages are from. */
  private epoch: Epoch | null = null;
  /** By cursor and concurrency, the oldest first. */
  private readonly pages = new Map<string, CachedPage>();

  /** The next messages after a cursor, as subscribers may see them. `concurrency`: of the subscription. */
  pageAfter(cursor: number, concurrency: number, log: OutboxLog): CachedPage {
    if (log.record.epoch !== this.epoch) this.clear();
    this.epoch = log.record.epoch;
    const key = `${cursor} ${concurrency}`;
    const known = this.pages.get(key);
    if (known !== undefined) return known;
    const page = toPublishedPage(log.logPageAfter(cursor, concurrency));
    this.makeRoomFor(page);
    this.pages.set(key, page);
    return page;
  }

  clear(): void {
    this.pages.clear();
  }

  private makeRoomFor(page: CachedPage): void {
    let size = [...this.pages.values()].reduce((sum, each) => sum + each.size, page.size);
    for (const [oldest, each] of this.pages) {
      if (this.pages.size < PAGES_MAX && size <= CHARACTERS_MAX) break;
      this.pages.delete(oldest);
      size -= each.size;
    }
  }
}

function toPublishedPage({ notifications, end }: LogPage): CachedPage {
  const published = notifications.map((each) => ({ ...each, body: toPublished(each.body) }));
  return { notifications: published, end, size: published.reduce((sum, { body }) => sum + body.length, 0) };
}
