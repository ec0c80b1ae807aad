/** An object as a server with one queue: it serves its calls one after the other, at a limited rate. */
import { COST, LAG_MS } from "./settings.ts";
import type { Timeline } from "./timeline.ts";

export class ServedObject {
  calls = 0;
  /** Milliseconds of work that it has been given. */
  private givenMs = 0;
  private freeAt = 0;
  private readonly timeline: Timeline;
  private readonly msPerWrite: number;

  constructor(timeline: Timeline, rate: number) {
    this.timeline = timeline;
    this.msPerWrite = 1_000 / rate;
  }

  /** Milliseconds that it has worked. */
  get workedMs(): number {
    return this.givenMs - Math.max(0, this.freeAt - this.timeline.now);
  }

  /** A call from elsewhere. `work` happens when its turn is over, and what it waits for keeps nobody else waiting. */
  async call<T>(cost: keyof typeof COST, work: () => T | Promise<T>): Promise<T> {
    const { timeline } = this;
    this.calls += 1;
    await timeline.sleep(LAG_MS);
    await timeline.sleep(this.spend(cost));
    const answer = await work();
    await timeline.sleep(LAG_MS);
    return answer;
  }

  /** Takes its time for something of its own. Returns the milliseconds until that is done. */
  spend(cost: keyof typeof COST): number {
    const ms = COST[cost] * this.msPerWrite;
    this.givenMs += ms;
    this.freeAt = Math.max(this.freeAt, this.timeline.now) + ms;
    return this.freeAt - this.timeline.now;
  }
}
