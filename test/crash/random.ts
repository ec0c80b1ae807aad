/** Random choices from a seed: a repeated client makes the same choices, although the service's answers may differ. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A number in [0, 1), by Mulberry32, which is small and good enough for choices. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number between the bounds, which are included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[Math.floor(this.next() * values.length)];
    if (value === undefined) throw new Error("nothing to pick from");
    return value;
  }

  /** One of the choices, by their weights. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const choices = Object.entries(weights) as [T, number][];
    let at = this.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    return (choices.find(([, weight]) => (at -= weight) < 0) ?? choices[0] ?? (["" as T, 0] as const))[0];
  }
}
