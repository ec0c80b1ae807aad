/**
 * The model of one connection: what has to be pushed to it, because it has subscribed itself, and its claims that wait for
 * messages.
 */
import { agree } from "./agree.ts";
import type { ModelMessage } from "./queue-model.ts";
import type { Terms } from "./steps.ts";

export interface ModelWait extends Terms {
  /** Counts the waits of all connections. */
  readonly number: number;
  readonly until: number;
  /** The format of the frame that ends it. */
  readonly isBinary: boolean;
  /** The end by request; the frame that says so is on its way. */
  isEnded: boolean;
}

export interface Push {
  readonly body: unknown;
  readonly ttl: number;
  readonly isBinary: boolean;
}

/** The most waits of a connection. */
const WAITS_MAX = 8;
/** Milliseconds to which the hub rounds up the ends of waits. */
const END_RESOLUTION = 1000;

export class ModelConnection {
  waits: readonly ModelWait[] = [];
  private subscribed: { readonly id: string; readonly until: number; readonly isBinary: boolean } | null = null;
  /** All pushes so far, and how many of them have arrived. */
  private readonly pushes: Push[] = [];
  private arrived = 0;
  /** How many may arrive a second time: the queue repeats after a restart what a hub without a memory repeats too. */
  private readonly repeatable = { queue: 0, hub: 0 };

  /** The id of its own subscription; null: it has none. */
  subscriptionAt(now: number): string | null {
    return this.subscribed !== null && this.subscribed.until > now ? this.subscribed.id : null;
  }

  subscribe(subscribed: { readonly id: string; readonly until: number; readonly isBinary: boolean }): void {
    this.subscribed = subscribed;
  }

  unsubscribe(): void {
    this.subscribed = null;
  }

  /** A message is posted to the queue. */
  notify({ body, ttl }: Pick<ModelMessage, "body" | "ttl">, now: number): void {
    if (this.subscribed === null || this.subscribed.until <= now) return;
    this.pushes.push({ body, ttl, isBinary: this.subscribed.isBinary });
  }

  get isOwedPushes(): boolean {
    return this.arrived < this.pushes.length;
  }

  /** A push that arrives is the next one, or a repeated one after a restart of queue and hub. */
  receive(push: Push): void {
    const { queue, hub } = this.repeatable;
    const isRepeated = this.pushes.slice(0, Math.min(queue, hub)).some(({ body }) => body === push.body);
    if (isRepeated) return;
    agree("the next push", push, this.pushes[this.arrived]);
    this.arrived++;
  }

  noteRestart(of: "queue" | "hub"): void {
    this.repeatable[of] = this.pushes.length;
  }

  /** Whether there is room for one more wait. */
  get mayWait(): boolean {
    return this.waits.length < WAITS_MAX;
  }

  wait(wait: Omit<ModelWait, "isEnded">): void {
    this.waits = [...this.waits, { ...wait, isEnded: false }];
  }

  waitsAt(now: number): readonly ModelWait[] {
    return this.waits.filter(({ isEnded, until }) => !isEnded && until > now);
  }

  endWaits(now: number): void {
    for (const wait of this.waitsAt(now)) wait.isEnded = true;
  }

  /** Whether a wait is over, and the frame that says so has to come without any further event. */
  isOwedEnds(now: number): boolean {
    return this.waits.some(({ isEnded, until }) => isEnded || toHubAlarm(until) <= now);
  }

  /** A frame in this format says that a wait is over. */
  receiveEnd(isBinary: boolean, now: number): void {
    const waits = this.waits.filter((wait) => wait.isBinary === isBinary);
    const over = waits.find(({ isEnded }) => isEnded) ?? waits.find(({ until }) => until <= now);
    agree("whether a wait is over", true, over !== undefined);
    this.forget(over);
  }

  forget(wait: ModelWait | undefined): void {
    this.waits = this.waits.filter((each) => each !== wait);
  }
}

function toHubAlarm(until: number): number {
  return Math.ceil(until / END_RESOLUTION) * END_RESOLUTION;
}
