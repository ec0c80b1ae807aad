/**
 * Requests that wait for a message to become claimable. They take nothing while they wait, so one whose client has gone
 * away costs nobody a message: whoever is woken claims for himself.
 */
import type { ClientId } from "../../domain/id.ts";
import type { EpochMs } from "../../domain/time.ts";

/** How long a woken request is given before another is woken for what it left. */
const RELUCTANCE_MS = 100;
/** No request waits longer, so nothing later needs watching for. */
const WATCH_MS_MAX = 60_000;

/** What the waiters watch. */
export interface WaitersDeps {
  /** The present instant, with everything that time has done by then. */
  advanceToNow(): EpochMs;
  /** Whether there may be something to claim; false is certain. */
  mayHaveClaimable(): boolean;
  /** When time will next make something claimable, or null. */
  nextChange(): EpochMs | null;
}

/** Who waits. Both are absent for a Worker of a version that does not say. */
export interface WaiterName {
  readonly client: ClientId | undefined;
  /** Of this one request, for whoever made it. */
  readonly wait: string | undefined;
}

interface Waiter extends WaiterName {
  readonly end: (outcome: "ready" | "over") => void;
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

  /** Waits until woken, at most so many milliseconds. */
  wait(name: WaiterName, milliseconds: number): Promise<"ready" | "over"> {
    const outcome = new Promise<"ready" | "over">((resolve) => {
      const end = (how: "ready" | "over"): void => {
        this.waiting.delete(waiter);
        clearTimeout(timer);
        resolve(how);
      };
      const timer = setTimeout(() => end("over"), milliseconds);
      const waiter = { ...name, end };
      this.waiting.add(waiter);
    });
    this.watch();
    return outcome;
  }

  /** Ends the waits of those, as if their time were up. */
  end(isMeant: (name: WaiterName) => boolean): void {
    for (const waiter of this.waiting) if (isMeant(waiter)) waiter.end("over");
  }

  /** Wakes up to `count` of them, those that have waited longest first, if there may be something for them. */
  rouse(count: number): void {
    if (this.size === 0) return;
    if (this.deps.mayHaveClaimable()) {
      let left = count;
      for (const waiter of this.waiting) if (left-- > 0) waiter.end("ready");
    }
    this.watch();
  }

  /**
   * Looks again while requests wait: when a lease lapses or a delay runs out, or soon, if there is something that whoever
   * was woken has left. A timer will do: the object stays awake as long as requests wait.
   */
  private watch(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.size === 0) return;
    const now = this.deps.advanceToNow();
    const wait = this.deps.mayHaveClaimable() ? RELUCTANCE_MS : (this.deps.nextChange() ?? Infinity) - now;
    if (wait > WATCH_MS_MAX) return;
    this.timer = setTimeout(
      () => {
        this.deps.advanceToNow();
        this.rouse(1);
      },
      Math.max(wait, 1),
    );
  }
}
