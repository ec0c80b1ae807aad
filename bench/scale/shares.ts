/** Draws producers: equally often, or the n-th one 1/n as often as the first (Zipf's law with exponent 1). */
import type { Random } from "../../test/crash/random.ts";
import type { ScaleSettings } from "./settings.ts";

export class Shares {
  /** The sums of the weights, up to each producer. */
  private readonly sums: readonly number[];
  private readonly random: Random;

  constructor({ producers, shares }: Pick<ScaleSettings, "producers" | "shares">, random: Random) {
    let sum = 0;
    this.sums = Array.from({ length: producers }, (_, index) => (sum += shares === "equal" ? 1 : 1 / (index + 1)));
    this.random = random;
  }

  draw(): number {
    const { sums } = this;
    const at = this.random.next() * (sums.at(-1) ?? 0);
    let low = 0;
    for (let high = sums.length - 1; low < high;) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
