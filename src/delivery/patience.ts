/** The outcome of `work`, or `late` once so many milliseconds have passed. Work that is late goes on; it must not reject. */
export async function within<T>(milliseconds: number, work: Promise<T>, late: T): Promise<T> {
  const over = new AbortController();
  const lateness = scheduler.wait(milliseconds, { signal: over.signal }).then(
    () => late,
    () => late,
  );
  const outcome = await Promise.race([work, lateness]);
  over.abort();
  return outcome;
}
