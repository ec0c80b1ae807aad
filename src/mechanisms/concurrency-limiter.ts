/**
 * How many calls may be under way at a time: as many as leave the event loop time for requests. The loop takes one turn after
 * the other, and a request waits for the turn before it: so what counts is how many places become free in a turn. If many do,
 * fewer calls may be under way; else slowly more. By number, not by time: in the cloud the clock stands still while code
 * runs, and in a timer's callback it shows when the timer was due. A post to a queue with a thousand subscribers must not
 * have to wait for a thousand calls. A call that lasts waits for a receiver and takes nothing from the loop: its place is
 * free then, or a few slow receivers would hold up all others. Those known to be slow let others go first, or on a busy loop
 * everybody would wait behind them again and again. What a call carries stays in memory until it ends, so that is bounded too.
 */
const CALLS_MIN = 4;
const CALLS_MAX = 100;
/** Milliseconds after which a call is taken to wait for somebody. */
const PLACE_MS = 20;
/** Places that may become free in one turn: a call takes half a millisecond of the thread, an object's first one much more. */
const ENDS_MAX = 8;
/** Characters that all calls under way may carry; one that carries more goes alone. */
export const LOAD_MAX = 16 * 1024 * 1024;

/** Others that may begin before the first of the slow calls that wait. */
const PASSES_MAX = 3;

/** What is to be known of a call. */
export interface Call {
  /** Characters that it carries. */
  readonly load: number;
  /** Whether it is known to wait for somebody. */
  readonly isSlow: boolean;
}

interface Waiting {
  readonly load: number;
  readonly begin: () => void;
}

export class ConcurrencyLimiter {
  private limit = CALLS_MIN;
  private underWay = 0;
  /** Places that have become free in this turn; null: nobody looks. */
  private ends: number | null = null;
  /** Characters. */
  private load = 0;
  private readonly waiting: { readonly quick: Waiting[]; readonly slow: Waiting[] } = { quick: [], slow: [] };
  /** How many have begun before the first of the slow ones. */
  private passes = 0;

  /** Runs `call` as soon as there is room for it, in the order of the calls of its kind. */
  async run<T>({ load, isSlow }: Call, call: () => Promise<T>): Promise<T> {
    const { quick, slow } = this.waiting;
    if (quick.length + slow.length > 0 || !this.hasRoom(load)) {
      await new Promise<void>((begin) => (isSlow ? slow : quick).push({ load, begin }));
    } else {
      this.enter(load);
    }
    this.probe();
    let isHeld = true;
    const leave = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.underWay--;
      if (this.ends !== null) this.ends++;
      this.admit();
    };
    const timer = setTimeout(leave, PLACE_MS);
    try {
      return await call();
    } finally {
      clearTimeout(timer);
      this.load -= load;
      leave();
      // Its place may have been given back before.
      this.admit();
    }
  }

  /** Looks, a turn later, how many places have become free in it. */
  private probe(): void {
    if (this.ends !== null) return;
    this.ends = 0;
    setTimeout(() => {
      const isMuch = (this.ends ?? 0) > ENDS_MAX;
      this.ends = null;
      this.limit = isMuch ? Math.max(CALLS_MIN, Math.floor(this.limit / 2)) : Math.min(CALLS_MAX, this.limit + 1);
      this.admit();
    }, 0);
  }

  private admit(): void {
    for (let kind = this.nextKind(); kind !== null; kind = this.nextKind()) {
      const [next] = this.waiting[kind];
      if (next === undefined || !this.hasRoom(next.load)) return;
      this.waiting[kind].shift();
      this.passes = kind === "slow" ? 0 : this.passes + 1;
      this.enter(next.load);
      next.begin();
    }
  }

  private nextKind(): "quick" | "slow" | null {
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
