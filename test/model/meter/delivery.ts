/** The object that delivers the messages of a queue. What it does by itself changes what is pending, so it reports. */
import type { Figures } from "./figures.ts";
import { DELIVERY_REPORT_MS } from "./rules.ts";
import type { Machine, World } from "./world.ts";

/** Milliseconds between two attempts. */
const RETRY_MS = 30_000;

type ReportFigures = (from: Machine, figures: readonly Figures[], taken: () => void, failed: () => void) => void;

export class DeliveryObject implements Machine {
  life = 0;
  skewMs = 0;
  readonly name: string;
  /** In rows. */
  pending = 0;
  private kept = 0;
  private sequence = 0;
  private epoch = 1;
  private version = 0;
  private boot = -1;
  private reportedAt = Number.NEGATIVE_INFINITY;
  /** The version that the last report told. */
  private told = 0;
  private retriesLater = false;
  private reportsLater = false;
  private readonly world: World;
  private readonly report: ReportFigures;

  constructor(world: World, name: string, report: ReportFigures) {
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
    this.sequence = Math.max(this.sequence, sequence);
    this.change(this.pending + this.world.random.between(0, taken));
    return this.figures();
  }

  /** Refused for good: what is pending is kept. */
  giveUp(): void {
    this.wake();
    this.kept += this.pending;
    this.change(0);
  }

  /** Makes what is kept pending again. No answer to a hand-over tells that. */
  redeliver(): void {
    this.wake();
    const { kept } = this;
    this.kept = 0;
    this.change(this.pending + kept);
  }

  ask(): Figures {
    this.wake();
    return this.figures();
  }

  sleep(): void {
    this.world.restart(this);
    this.boot = -1;
  }

  private change(pending: number): void {
    this.pending = pending;
    this.version += 1;
    if (pending > 0 && !this.retriesLater) {
      this.retriesLater = true;
      this.world.plan(null, RETRY_MS, () => {
        this.retriesLater = false;
        this.wake();
        this.change(this.world.random.between(0, this.pending));
      });
    }
    this.tell();
  }

  /** At once, or by an alarm when the interval since the last report is over. A failed report is repeated then, too. */
  private tell(): void {
    if (!this.world.keeps("a delivery reports what it does by itself")) return;
    if (this.version === this.told || this.reportsLater) return;
    const waitMs = this.reportedAt + DELIVERY_REPORT_MS - this.world.clock(this);
    if (waitMs > 0) return this.tellLater(waitMs);
    const { version } = this;
    this.told = version;
    this.reportedAt = this.world.clock(this);
    const failed = () => {
      this.told = -1;
      this.tellLater(DELIVERY_REPORT_MS);
    };
    this.report(this, [this.figures()], () => undefined, failed);
  }

  /** A row, so that it comes in the next life, too. */
  private tellLater(ms: number): void {
    if (this.reportsLater) return;
    this.reportsLater = true;
    this.world.plan(null, ms, () => {
      this.reportsLater = false;
      this.wake();
      this.tell();
    });
  }

  private wake(): void {
    if (this.boot >= 0) return;
    this.boot = Math.max(0, this.world.clock(this));
    this.version = 0;
    // Without rows there is nothing to tell yet.
    this.told = this.pending > 0 ? -1 : 0;
    this.reportedAt = Number.NEGATIVE_INFINITY;
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
