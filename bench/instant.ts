/** Now, in fractional milliseconds since 1970. Comparable between processes of one machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Waits until an instant. Returns at once if it is past. */
export async function until(instant: number): Promise<void> {
  const wait = instant - now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}
