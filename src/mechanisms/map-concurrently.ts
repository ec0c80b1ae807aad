/**
 * Maps items by calls, of which at most `concurrency` are in progress at a time. The results have the order of the items. Rejects
 * as soon as a call does.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  concurrency: number,
  call: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const remaining = items.entries();
  const run = async (): Promise<void> => {
    for (const [index, item] of remaining) results[index] = await call(item);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, run));
  return results;
}
