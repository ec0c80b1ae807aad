/** Lists of the messages of a queue, on one object or spread. */
import type { Listing, MessagePage } from "../../domain/message.ts";
import type { Timed } from "../rpc/queue.ts";
import type { QueueHost } from "./host.ts";
import type { Spreading } from "./spreading.ts";

export interface ListsDeps {
  readonly host: Pick<QueueHost, "advanceToNow" | "bodies" | "checkClock" | "queue">;
  readonly spreading: Pick<Spreading, "list" | "wasSpread">;
}

type OwnPage = Omit<MessagePage, "isDelayed">;

export class Lists {
  private readonly deps: ListsDeps;

  constructor(deps: ListsDeps) {
    this.deps = deps;
  }

  async list({ sentAt, ...listing }: Listing & Timed): Promise<MessagePage> {
    const { host, spreading } = this.deps;
    host.checkClock(sentAt);
    const { queue } = host;
    if (queue === null) return { messages: [], next: null, isDelayed: false, exists: false };
    const page = spreading.wasSpread ? await spreading.list(listing) : await this.listOwn(listing);
    return { ...page, isDelayed: queue.record.settings.defaultMessageDelay > 0 };
  }

  private async listOwn(listing: Listing): Promise<OwnPage> {
    const { host } = this.deps;
    const now = host.advanceToNow();
    const read = (marker: string | null): OwnPage =>
      host.queue?.messages.list({ ...listing, marker }, now) ?? { messages: [], next: null };
    let page = read(listing.marker);
    // As in `seek`: an empty page would look like the end of the list.
    while (page.messages.length === 0 && page.next !== null) {
      await scheduler.wait(0);
      page = read(page.next);
    }
    return { messages: await host.bodies.open(page.messages), next: page.next };
  }
}
