/** Timeouts for promises. The work itself continues after its timeout. */

/** The outcome of `work`, which must not reject, or `late` if it takes longer than that. */
export function within<T>(milliseconds: number, work: Promise<T>, late: T): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(late), milliseconds);
    void work.then((outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    });
  });
}

/** Whether `work`, which must not reject, settles within that time. */
export function settlesWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return within(
    milliseconds,
    work.then(() => true),
    false,
  );
}

/** The outcome of `work`. Rejects if `work` rejects or takes longer than that. */
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
