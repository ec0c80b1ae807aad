/** Purges the log of an object in steps, between which other requests run. */
import type { LogHost } from "./log-host.ts";

/** Deletes what is under no live claim now. Without effect on a queue of the same name that is created meanwhile. */
export async function purgeLog(host: Pick<LogHost, "queue" | "write">): Promise<void> {
  const { queue } = host;
  if (queue === null) return;
  const { extent, record } = queue;
  for (let at: number | null = extent.from; at !== null;) {
    const from: number = at;
    // Between two steps the queue may have been deleted and created anew.
    at = await host.write((now) => {
      const present = host.queue;
      return present?.record.epoch === record.epoch ? present.purge({ from, to: extent.to }, now) : null;
    });
    // Lets other requests run between the steps of a large purge.
    if (at !== null) await scheduler.wait(0);
  }
}
