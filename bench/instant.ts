/** Now, in fractional milliseconds since 1970. Comparable between processes of one machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
