/**
 * Requests that wait for a message to become claimable. A waiting request takes no message, and a woken one makes an ordinary
 * claim. So a request whose client has disconnected loses no message.
 */
import type { ClientId } from "../../domain/id.ts";
import type { QueueHost } from "./host.ts";

/** Milliseconds that a woken request has for its claim, before another is woken for the messages that are left. */
const NEXT_WAKE_MS = 100;
/** Milliseconds. No request waits longer, so no timer is set for a later change. */
const TIMER_MS_MAX = 60_000;

export interface WaitersDeps {
  readonly host: Pick<QueueHost, "advanceToNow" | "queue">;
}

/** Identifies a waiting request. Both are absent from Workers of older versions. */
export interface WaiterName {
  readonly client: ClientId | undefined;
  /** The name that the Worker gave to this one wait. */
  readonly wait: string | undefined;
}

/** `over`: the time was up. `canceled`: by request. */
type Outcome = "ready" | "over" | "canceled";

interface Waiter extends WaiterName {
  readonly end: (outcome: Outcome) => void;
}

export class Waiters {
  private readonly deps: WaitersDeps;
  private readonly waiting = new Set<Waiter>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(deps: WaitersDeps) {
    this.deps = deps;
  }

  get size(): number {
    return this.waiting.size;
  }

  /** Waits until the request is woken or the time is up. */
  wait(name: WaiterName, milliseconds: number): Promise<Outcome> {
    const outcome = new Promise<Outcome>((resolve) => {
      const end = (how: Outcome): void => {
        this.waiting.delete(waiter);
        clearTimeout(timer);
        resolve(how);
      };
      const timer = setTimeout(() => end("over"), milliseconds);
      const waiter = { ...name, end };
      this.waiting.add(waiter);
    });
    this.setTimer();
    return outcome;
  }

  /** Ends the waits of matching requests. */
  end(matches: (name: WaiterName) => boolean): void {
    for (const waiter of this.waiting) if (matches(waiter)) waiter.end("canceled");
  }

  /** Wakes up to `count` requests, those that have waited longest first, if there may be a claimable message. */
  wake(count: number): void {
    if (this.size === 0) return;
    if (this.mayHaveClaimable) {
      let left = count;
      for (const waiter of this.waiting) if (left-- > 0) waiter.end("ready");
    }
    this.setTimer();
  }

  /** Whether there may be a claimable message. False is certain. */
  private get mayHaveClaimable(): boolean {
    return this.deps.host.queue?.mayHaveClaimable ?? false;
  }

  /**
   * Sets the timer for the next wake-up: when a lease lapses or a delay ends, or soon, if a woken request may have left messages.
   * A timer suffices, because the object stays awake while requests wait.
   */
  private setTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.size === 0) return;
    const { host } = this.deps;
    const now = host.advanceToNow();
    const wait = this.mayHaveClaimable ? NEXT_WAKE_MS : (host.queue?.nextChange ?? Infinity) - now;
    if (wait > TIMER_MS_MAX) return;
    this.timer = setTimeout(
      () => {
        host.advanceToNow();
        this.wake(1);
      },
      Math.max(wait, 1),
    );
  }
}
