/**
 * A random number from 0 up to 1. Spreads retries over time, so that requests that failed together do not repeat together.
 */
export function randomFraction(): number {
  const [bits = 0] = crypto.getRandomValues(new Uint32Array(1));
  return bits / 2 ** 32;
}
