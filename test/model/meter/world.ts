/**
 * Time, machines and the network between them. Nothing here is real: the seed decides each delay and each fault, so that a run
 * can be repeated.
 */
import { Random } from "../../crash/random.ts";
import { LATE_MS, type Rule, TIMEOUT_MS } from "./rules.ts";

/** Something that runs and may stop without a word. What a stopped life has planned does not happen. */
export interface Machine {
  /** Counts its lives. */
  life: number;
  /** Milliseconds that its clock is ahead of real time. */
  skewMs: number;
}

interface Planned {
  readonly at: number;
  readonly work: () => void;
}

interface Call<T> {
  readonly from: Machine;
  readonly to: Machine;
  readonly serve: () => T;
  readonly reply: (answer: T) => void;
  readonly fail: () => void;
  /** Calls of the meter may arrive twice. */
  readonly twice?: boolean;
  readonly isLost?: boolean;
  readonly isSlow?: boolean;
  /** The caller waits for as long as a call may be under way. */
  readonly isPatient?: boolean;
}

export class World {
  /** Real time in milliseconds. No machine knows it. */
  now = 0;
  /** Real time of the latest fault. */
  faultAt = Number.NEGATIVE_INFINITY;
  readonly random: Random;
  private happened = 0;
  private readonly off: Rule | null;
  /** The next is the last. */
  private readonly planned: Planned[] = [];
  /** The share of calls that are lost, late or repeated. */
  private readonly faults: number;

  constructor(seed: number, off: Rule | null, faults?: number) {
    this.random = new Random(seed);
    this.off = off;
    this.faults = faults ?? this.random.pick([0, 0.01, 0.05]);
  }

  keeps(rule: Rule): boolean {
    return this.off !== rule;
  }

  clock(machine: Machine): number {
    return this.now + machine.skewMs;
  }

  /** A machine of a new life may be another one, with another clock. */
  restart(machine: Machine): void {
    machine.life += 1;
    machine.skewMs = this.random.between(-250, 250);
  }

  /** Orders what happens in one millisecond. Only the oracle reads it. */
  next(): number {
    this.happened += 1;
    return this.happened;
  }

  fault(): void {
    this.faultAt = this.now;
  }

  /** Does work of a machine's present life later. */
  plan(machine: Machine | null, delayMs: number, work: () => void): void {
    const life = machine?.life;
    const planned = { at: this.now + delayMs, work: () => machine?.life === life && work() };
    let index = this.planned.length;
    for (; index > 0; index--) {
      const other = this.planned[index - 1];
      if (other === undefined || other.at > planned.at) break;
    }
    this.planned.splice(index, 0, planned);
  }

  run(untilMs: number): void {
    for (let next = this.planned.at(-1); next !== undefined && next.at <= untilMs; next = this.planned.at(-1)) {
      this.planned.pop();
      this.now = next.at;
      next.work();
    }
    this.now = untilMs;
  }

  /** The caller hears an answer, or that the call failed, while it lives. A failed call may still arrive. */
  call<T>({
    from,
    to,
    serve,
    reply,
    fail,
    twice = false,
    isLost = false,
    isSlow = false,
    isPatient = false,
  }: Call<T>): void {
    let isOver = false;
    if (isSlow || isLost) this.fault();
    const end = (work: () => void) => {
      if (isOver) return;
      isOver = true;
      work();
    };
    this.plan(from, isPatient ? 2 * LATE_MS : TIMEOUT_MS, () => end(fail));
    const isAnswerSlow = isSlow && this.random.chance(0.5);
    const arrive = () => {
      const answer = serve();
      // A machine that stops before its answer has left has done the work in vain.
      this.plan(to, this.random.between(1, 5), () => {
        if (this.isFault()) return;
        this.plan(from, isAnswerSlow ? this.long() : this.lag(), () => end(() => reply(answer)));
      });
    };
    if (!isLost && !this.isFault()) this.plan(null, isSlow && !isAnswerSlow ? this.long() : this.lag(), arrive);
    if (twice && this.random.chance(6 * this.faults)) {
      this.fault();
      this.plan(null, this.long(), arrive);
    }
  }

  private isFault(): boolean {
    const is = this.random.chance(this.faults);
    if (is) this.fault();
    return is;
  }

  private long(): number {
    return this.random.between(3_000, LATE_MS - 500);
  }

  private lag(): number {
    return this.isFault() ? this.random.between(100, LATE_MS - 500) : this.random.between(1, 40);
  }
}
