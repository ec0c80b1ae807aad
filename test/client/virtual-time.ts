/** A clock and timers that a test moves, for the rules of leases and back-off, which last minutes. */
import { mock } from "node:test";

export class VirtualTime implements Disposable {
  private present = 1_000_000;

  constructor() {
    mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    mock.method(performance, "now", () => this.present);
    // The middle of every random delay.
    mock.method(Math, "random", () => 0.5);
  }

  /** Advances in steps, so that what a timer starts can start the next one. */
  async advance(milliseconds: number, step = 100): Promise<void> {
    for (let left = milliseconds; left > 0; left -= step) {
      await settle();
      const part = Math.min(step, left);
      this.present += part;
      mock.timers.tick(part);
    }
    await settle();
  }

  [Symbol.dispose](): void {
    mock.timers.reset();
    mock.restoreAll();
  }
}

/** Lets pending promises run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
