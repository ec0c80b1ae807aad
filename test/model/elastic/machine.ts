/** What runs and may stop without a word: an object, or an isolate of the Worker. What a stopped life has begun never goes on. */
import type { World } from "./world.ts";

/** Milliseconds after which a call has failed for its caller. */
const TIMEOUT_MS = 2_000;
/** The share of calls whose caller does not learn that the machine has stopped. */
const SILENT = 0.05;

export interface MachineDeps<Memory> {
  /** Builds the memory of a life from the rows. */
  start(machine: Machine<Memory>): Memory;
  /** Whether the rows have work for the alarm. */
  hasWork?(): boolean;
  work?(memory: Memory): void;
}

export class Machine<Memory> {
  readonly world: World;
  readonly name: string;
  /** Counts its lives. */
  life = 0;
  isUp = true;
  /** Ends the calls that it has not answered. */
  private readonly unanswered = new Set<() => void>();
  /** Its own work that has not ended. */
  private working = 0;
  private readonly deps: MachineDeps<Memory>;
  private present: Memory | null = null;

  constructor(world: World, name: string, deps: MachineDeps<Memory>) {
    this.world = world;
    this.name = name;
    this.deps = deps;
  }

  /** The memory of the present life, which begins with the first call. */
  get memory(): Memory {
    this.present ??= this.deps.start(this);
    return this.present;
  }

  /** The runtime repeats an alarm until its work is done. */
  alarm(): void {
    if (this.isUp && this.deps.hasWork?.() === true) this.deps.work?.(this.memory);
  }

  crash(downMs: number): void {
    this.end();
    this.isUp = false;
    for (const fail of this.unanswered) fail();
    this.unanswered.clear();
    this.world.plan(downMs, () => {
      this.isUp = true;
    });
  }

  /** The runtime ends a machine that has nothing to do. */
  evict(): void {
    if (this.unanswered.size === 0 && this.working === 0) this.end();
  }

  /** The machine has something to do until the work of its present life has ended. */
  async keepAwake<T>(work: Promise<T>): Promise<T> {
    const { life } = this;
    this.working += 1;
    try {
      return await work;
    } finally {
      if (life === this.life) this.working -= 1;
    }
  }

  /** Does work of the present life later. */
  timer(delayMs: number, work: () => void): void {
    const { life } = this;
    this.world.plan(delayMs, () => {
      if (life === this.life) work();
    });
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.timer(delayMs, resolve);
    });
  }

  /** Calls another machine. A call that has failed may still arrive, up to ten seconds later. */
  call<Other, T>(to: Machine<Other>, serve: (memory: Other) => T | Promise<T>, timeoutMs = TIMEOUT_MS): Promise<T> {
    const { world } = this;
    return new Promise<T>((resolve, reject) => {
      let isOver = false;
      const { life } = this;
      const { era } = world;
      const end = (work: () => void): void => {
        if (isOver) return;
        isOver = true;
        if (life === this.life) work();
      };
      const failed = (why: string) => (): void => end(() => reject(new Error(`${to.name} ${why}`)));
      world.plan(timeoutMs, failed("did not answer in time"));
      const isLost = world.random.chance(world.faults.lostBefore);
      world.plan(world.lag(), () => {
        if (isLost || !to.isUp || era !== world.era) return world.plan(world.lag(), failed("is down"));
        to.serve(serve, {
          answered: (value) => world.plan(world.lag(), () => end(() => resolve(value))),
          failed: () => world.plan(world.lag(), failed("failed")),
        });
      });
    });
  }

  private serve<T>(
    serve: (memory: Memory) => T | Promise<T>,
    caller: { readonly answered: (value: T) => void; readonly failed: () => void },
  ): void {
    const { life, world } = this;
    const stop = (): void => {
      if (!world.random.chance(SILENT)) caller.failed();
    };
    this.unanswered.add(stop);
    const isLost = world.random.chance(world.faults.lostAfter);
    const answer = async (): Promise<T> => serve(this.memory);
    const whileAlive = (work: () => void): void => {
      if (life !== this.life) return;
      this.unanswered.delete(stop);
      work();
    };
    void answer().then(
      (value) => whileAlive(() => (isLost ? caller.failed() : caller.answered(value))),
      () => whileAlive(caller.failed),
    );
  }

  private end(): void {
    this.life += 1;
    this.working = 0;
    this.present = null;
  }
}
