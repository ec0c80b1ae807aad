/**
 * How many calls may be under way at a time: as many as leave the event loop time for requests. Each call that begins
 * looks how late a timer fires: the loop of a busy process is late, and then fewer may be under way; else slowly more. A
 * post to a queue with a thousand subscribers must not have to wait for a thousand calls. A call that lasts waits for a
 * receiver and takes nothing from the loop: its place is free then, or a few slow receivers would hold up all others.
 */
const CALLS_MIN = 4;
const CALLS_MAX = 100;
/** Milliseconds after which a call is taken to wait for somebody. */
const PLACE_MS = 20;
/** Milliseconds by which a timer of an idle process may be late. */
const LATENESS = 5;

export class Pace {
  private limit = CALLS_MIN;
  private underWay = 0;
  private readonly waiting: (() => void)[] = [];

  /** Runs `call` as soon as there is room for it, in the order of the calls. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.underWay >= this.limit) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.underWay++;
    this.probe();
    let isHeld = true;
    const leave = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.underWay--;
      this.admit();
    };
    const timer = setTimeout(leave, PLACE_MS);
    try {
      return await call();
    } finally {
      clearTimeout(timer);
      leave();
    }
  }

  private probe(): void {
    const begun = Date.now();
    setTimeout(() => {
      const isLate = Date.now() - begun > LATENESS;
      this.limit = isLate ? Math.max(CALLS_MIN, Math.floor(this.limit / 2)) : Math.min(CALLS_MAX, this.limit + 1);
      this.admit();
    }, 0);
  }

  private admit(): void {
    while (this.underWay < this.limit) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.underWay++;
      next();
    }
  }
}
