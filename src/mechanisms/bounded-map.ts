/** Sets an entry of a map as its newest one, and removes the oldest entries above the capacity. */
export function setBounded<K, V>(entries: Map<K, V>, key: K, value: V, capacity: number): void {
  // Deleted first, because a map keeps the position of an entry that is set again.
  entries.delete(key);
  entries.set(key, value);
  // Not even begun: deleted entries make the first step slow.
  if (entries.size <= capacity) return;
  for (const oldest of entries.keys()) {
    if (entries.size <= capacity) break;
    entries.delete(oldest);
  }
}
