/**
 * A random number from 0 up to 1. Spreads retries over time, so that requests that failed together do not repeat together.
 */
export function randomFraction(): number {
  const [bits = 0] = crypto.getRandomValues(new Uint32Array(1));
  return bits / 2 ** 32;
}

/** A random integer from 0 up to `end`, which is at most 2^53. */
export function randomInteger(end: number): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return ((high % 2 ** 21) * 2 ** 32 + low) % end;
}
