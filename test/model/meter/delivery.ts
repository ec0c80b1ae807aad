/** The object that delivers the messages of a queue. Its own retries change what is pending, so its alarm reports. */
import type { Figures } from "./figures.ts";
import type { Machine, World } from "./world.ts";

/** Milliseconds between two attempts, and so at least between two reports of its alarm. */
const RETRY_MS = 30_000;

export class DeliveryObject implements Machine {
  life = 0;
  skewMs = 0;
  readonly name: string;
  pending = 0;
  private sequence = 0;
  private epoch = 1;
  private version = 0;
  private boot = -1;
  private hasAlarm = false;
  private readonly world: World;
  private readonly report: (from: Machine, figures: readonly Figures[]) => void;

  constructor(world: World, name: string, report: (from: Machine, figures: readonly Figures[]) => void) {
    this.world = world;
    this.name = name;
    this.report = report;
  }

  /** Takes the messages up to a sequence number. Some cannot be delivered at once and become rows. */
  accept({ epoch, sequence }: { readonly epoch: number; readonly sequence: number }): Figures {
    this.wake();
    // A queue is deleted when its calls are over. So none of them arrives after that.
    if (epoch < this.epoch) return this.figures();
    if (epoch > this.epoch) this.sequence = 0;
    this.epoch = epoch;
    const taken = Math.max(0, sequence - this.sequence);
    this.pending += this.world.random.between(0, taken);
    this.sequence = Math.max(this.sequence, sequence);
    this.version += 1;
    this.arm();
    return this.figures();
  }

  ask(): Figures {
    this.wake();
    return this.figures();
  }

  sleep(): void {
    this.world.restart(this);
    this.boot = -1;
  }

  private arm(): void {
    if (this.hasAlarm || this.pending === 0) return;
    this.hasAlarm = true;
    this.world.plan(null, RETRY_MS, () => {
      this.hasAlarm = false;
      this.wake();
      this.pending = this.world.random.between(0, this.pending);
      this.version += 1;
      this.arm();
      this.report(this, [this.figures()]);
    });
  }

  private wake(): void {
    if (this.boot >= 0) return;
    this.boot = Math.max(0, this.world.clock(this));
    this.version = 0;
  }

  private figures(): Figures {
    const never = Number.NEGATIVE_INFINITY;
    const none = { min: 0, max: 0 };
    return {
      name: this.name,
      boot: this.boot,
      bootId: `${this.name}.${this.life}`,
      version: this.version,
      takenAt: this.world.clock(this),
      exists: true,
      stored: none,
      delayed: none,
      claimed: 0,
      firstExpiry: never,
      lastExpiry: never,
      firstLapse: never,
      lastLapse: never,
      firstVisible: never,
      lastVisible: never,
      waiting: 0,
      lastWait: never,
      posted: 0,
      isShort: false,
      epoch: this.epoch,
      sequence: this.sequence,
      pending: this.pending,
      order: this.world.next(),
    };
  }
}
