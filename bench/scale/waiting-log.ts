/** The messages of one object, oldest first, and the calls that wait for some. Leases never lapse here. */
import type { Timeline } from "./timeline.ts";

export interface SimulatedMessage {
  readonly id: number;
  readonly postedAt: number;
}

interface LogWait {
  readonly settle: (count: number) => void;
}

export class WaitingLog {
  /** Messages that the object has taken. */
  taken = 0;
  /** Claimed and not deleted yet. */
  leased = 0;
  private readonly timeline: Timeline;
  private readonly messages: SimulatedMessage[] = [];
  private claimed = 0;
  private readonly waits = new Set<LogWait>();

  constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  get free(): number {
    return this.messages.length - this.claimed;
  }

  append(message: SimulatedMessage): void {
    this.messages.push(message);
    this.taken += 1;
    for (const { settle } of this.waits) settle(this.free);
  }

  /** null: there is none. */
  claim(limit: number): readonly SimulatedMessage[] | null {
    const taken = this.messages.slice(this.claimed, this.claimed + limit);
    this.claimed += taken.length;
    this.leased += taken.length;
    this.forget();
    return taken.length === 0 ? null : taken;
  }

  delete(count: number): void {
    this.leased -= count;
  }

  /** How many messages are claimable; 0: the time is over. */
  watch(milliseconds: number): Promise<number> {
    if (this.free > 0) return Promise.resolve(this.free);
    return new Promise((resolve) => {
      const settle = (count: number): void => {
        if (this.waits.delete(wait)) resolve(count);
      };
      const wait = { settle };
      this.waits.add(wait);
      this.timeline.after(milliseconds, () => settle(0));
    });
  }

  endWaits(): void {
    for (const { settle } of this.waits) settle(0);
  }

  /** Removing from the front of a long array takes long, so it is done rarely. */
  private forget(): void {
    if (this.claimed < 10_000) return;
    this.messages.splice(0, this.claimed);
    this.claimed = 0;
  }
}
