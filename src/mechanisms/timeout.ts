/** Timeouts for promises. The work itself continues after its timeout. */

/** The outcome of `work`, which must not reject, or `late` once so many milliseconds have passed. */
export function within<T>(milliseconds: number, work: Promise<T>, late: T): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(late), milliseconds);
    void work.then((outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    });
  });
}

/** True if `work`, which must not reject, settles within so many milliseconds. */
export function settlesWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return within(
    milliseconds,
    work.then(() => true),
    false,
  );
}

/** The outcome of `work`; rejects as it does, or once so many milliseconds have passed. */
export async function withTimeout<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`There was no answer within ${milliseconds} ms.`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
