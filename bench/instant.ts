/** The present in milliseconds since 1970, finer than whole ones and comparable between processes of one machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
