/** Waiting for something, but not for ever. What is waited for goes on when that is over; it must not reject. */

/** The outcome of `work`, or `late` once so many milliseconds have passed. */
export function within<T>(milliseconds: number, work: Promise<T>, late: T): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(late), milliseconds);
    void work.then((outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    });
  });
}

/** True if `work` settles within so many milliseconds. */
export function settlesWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return within(
    milliseconds,
    work.then(() => true),
    false,
  );
}
