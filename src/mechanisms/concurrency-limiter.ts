/**
 * An adaptive concurrency limiter (additive increase, multiplicative decrease) for calls that share one event loop with
 * requests. It keeps a post to a queue with a thousand subscribers from waiting for a thousand calls.
 *
 * Signal: how many slots become free in one iteration of the event loop, because a new request waits until that iteration ends.
 * More than FREED_MAX slots halve the limit. Any other number raises it by one. The signal is a count and not a time, because
 * in the cloud the clock stands still while code runs, and in a timer's callback it shows when the timer was due.
 *
 * Slow calls: a call that lasts longer than SLOT_MS waits for a receiver and takes no time of the event loop, so its slot
 * becomes free before it ends. Otherwise a few slow receivers would block all others. Calls that are expected to be slow wait
 * behind quick ones, up to PASSES_MAX of them, because on a busy loop they would otherwise delay the quick ones again and
 * again.
 *
 * Memory: what a call carries stays in memory until the call ends, so the sum is limited too.
 */
const CALLS_MIN = 4;
const CALLS_MAX = 100;
/** Milliseconds after which a call counts as waiting for its receiver, and its slot becomes free. */
const SLOT_MS = 20;
/**
 * Slots that may become free in one iteration. A call uses half a millisecond of the thread, the first call of an object far
 * more.
 */
const FREED_MAX = 8;
/** Characters that all calls in progress may carry together. A call that carries more runs alone. */
export const LOAD_MAX = 16 * 1024 * 1024;

/** Quick calls that may begin while the first waiting slow call waits. */
const PASSES_MAX = 3;

/** What the limiter needs to know about a call. */
export interface Call {
  /** Characters that it carries. */
  readonly load: number;
  /** Whether the call is expected to wait for its receiver. */
  readonly isSlow: boolean;
}

interface Waiting {
  readonly load: number;
  readonly begin: () => void;
}

export class ConcurrencyLimiter {
  private limit = CALLS_MIN;
  private underWay = 0;
  /** Slots that have become free in this iteration; null: not counting. */
  private freed: number | null = null;
  /** Characters that the calls under way carry. */
  private load = 0;
  private readonly waiting: { readonly quick: Waiting[]; readonly slow: Waiting[] } = { quick: [], slow: [] };
  /** Quick calls that have begun since the last slow one. */
  private passes = 0;

  /** Runs `call` as soon as there is room for it. Quick calls keep their order among themselves, and so do slow ones. */
  async run<T>({ load, isSlow }: Call, call: () => Promise<T>): Promise<T> {
    const { quick, slow } = this.waiting;
    if (quick.length + slow.length > 0 || !this.hasRoom(load)) {
      await new Promise<void>((begin) => (isSlow ? slow : quick).push({ load, begin }));
    } else {
      this.enter(load);
    }
    this.countFreed();
    let hasSlot = true;
    const freeSlot = (): void => {
      if (!hasSlot) return;
      hasSlot = false;
      this.underWay--;
      if (this.freed !== null) this.freed++;
      this.admit();
    };
    const timer = setTimeout(freeSlot, SLOT_MS);
    try {
      return await call();
    } finally {
      clearTimeout(timer);
      this.load -= load;
      freeSlot();
      // The timer may have freed the slot earlier, but the load ends only now.
      this.admit();
    }
  }

  /** Counts the slots that become free in one iteration of the event loop, then adapts the limit. */
  private countFreed(): void {
    if (this.freed !== null) return;
    this.freed = 0;
    setTimeout(() => {
      const isOverloaded = (this.freed ?? 0) > FREED_MAX;
      this.freed = null;
      this.limit = isOverloaded ? Math.max(CALLS_MIN, Math.floor(this.limit / 2)) : Math.min(CALLS_MAX, this.limit + 1);
      this.admit();
    }, 0);
  }

  private admit(): void {
    for (let kind = this.nextWaitingKind(); kind !== null; kind = this.nextWaitingKind()) {
      const [next] = this.waiting[kind];
      if (next === undefined || !this.hasRoom(next.load)) return;
      this.waiting[kind].shift();
      this.passes = kind === "slow" ? 0 : this.passes + 1;
      this.enter(next.load);
      next.begin();
    }
  }

  private nextWaitingKind(): "quick" | "slow" | null {
    const { quick, slow } = this.waiting;
    if (slow.length > 0 && (quick.length === 0 || this.passes >= PASSES_MAX)) return "slow";
    return quick.length > 0 ? "quick" : null;
  }

  private enter(load: number): void {
    this.underWay++;
    this.load += load;
  }

  private hasRoom(load: number): boolean {
    return this.underWay < this.limit && (this.load === 0 || this.load + load <= LOAD_MAX);
  }
}
