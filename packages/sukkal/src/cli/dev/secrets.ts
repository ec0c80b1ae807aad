/**
 * The secrets of the subscriptions whose subscriber is the receiver of `dev`: it makes them, because they are shown
 * once only.
 */
import type { Sukkal } from "../../sukkal.ts";
import { SukkalError, unlessMissing } from "../../error.ts";

interface Made {
  readonly secret: string;
  /** Milliseconds since 1970. Attempts that began before are not signed with it. */
  readonly at: number;
}

export class Secrets {
  private readonly sukkal: Sukkal;
  /** Of the receiver. */
  private readonly origin: string;
  private readonly made = new Map<string, Promise<Made | null>>();

  constructor(sukkal: Sukkal, { origin }: { readonly origin: string }) {
    this.sukkal = sukkal;
    this.origin = origin;
  }

  /** null: the queue and topic of that name have no such subscription of the receiver. */
  async of(queue: string, id: string): Promise<Made | null> {
    const key = `${queue} ${id}`;
    const making = this.made.get(key) ?? this.make(queue, id).catch(() => null);
    this.made.set(key, making);
    const made = await making;
    // Whoever posts to the receiver could fill the memory with names.
    if (made === null) this.made.delete(key);
    return made;
  }

  private async make(queue: string, id: string): Promise<Made | null> {
    for (const { subscriptions } of [this.sukkal.queue(queue), this.sukkal.topic(queue)]) {
      const found = await unlessMissing(subscriptions.get(id)).catch(nullIfRefused);
      if (found !== null && this.isOwn(found.subscriber))
        return { secret: await subscriptions.renewSecret(id), at: Date.now() };
    }
    return null;
  }

  private isOwn(subscriber: string): boolean {
    return URL.canParse(subscriber) && new URL(subscriber).origin === this.origin;
  }
}

/** The name may be one that no queue can have. */
function nullIfRefused(error: unknown): null {
  if (error instanceof SukkalError && error.status === 400) return null;
  throw error;
}
