/**
 * Time, machines and the network between them. Nothing here is real: the seed decides each delay and each fault, so that a run
 * can be repeated. The asynchronous code of the service runs in it as it is: time advances only when nothing is left to do.
 */
import { Random } from "../../crash/random.ts";
import type { Rule } from "./rules.ts";

interface Planned {
  readonly at: number;
  readonly work: () => void;
}

/** The shares of calls that have these faults. */
interface Faults {
  readonly slow: number;
  readonly late: number;
  readonly lostBefore: number;
  readonly lostAfter: number;
}

const NO_FAULTS: Faults = { slow: 0, late: 0, lostBefore: 0, lostAfter: 0 };
const FAULTS: Faults = { slow: 0.03, late: 0.01, lostBefore: 0.01, lostAfter: 0.02 };

export class World {
  now = 0;
  readonly random: Random;
  faults = FAULTS;
  /** Counts the restarts of everything. No call outlives one. */
  era = 0;
  private readonly off: Rule | null;
  /** The next is the last. */
  private readonly planned: Planned[] = [];

  constructor(seed: number, off: Rule | null) {
    this.random = new Random(seed);
    this.off = off;
  }

  keeps(rule: Rule): boolean {
    return this.off !== rule;
  }

  endFaults(): void {
    this.faults = NO_FAULTS;
  }

  get hasFaults(): boolean {
    return this.faults !== NO_FAULTS;
  }

  plan(delayMs: number, work: () => void): void {
    const planned = { at: this.now + delayMs, work };
    let low = 0;
    for (let high = this.planned.length; low < high;) {
      const middle = (low + high) >>> 1;
      if ((this.planned[middle]?.at ?? 0) > planned.at) low = middle + 1;
      else high = middle;
    }
    this.planned.splice(low, 0, planned);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.plan(delayMs, resolve);
    });
  }

  /** Milliseconds that a message is under way. */
  lag(): number {
    const { random, faults } = this;
    if (random.chance(faults.slow)) return random.between(100, 2_600);
    if (random.chance(faults.late)) return random.between(2_500, 10_000);
    return random.between(1, 8);
  }

  async run(untilMs: number): Promise<void> {
    for (let next = this.planned.at(-1); next !== undefined && next.at <= untilMs; next = this.planned.at(-1)) {
      this.planned.pop();
      this.now = next.at;
      next.work();
      await settled();
    }
    this.now = untilMs;
  }
}

/** Resolves when all that was resolved has been continued. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
