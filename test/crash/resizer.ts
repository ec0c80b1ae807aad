/** Spreads queues over several objects and brings them back, again and again: `SPREAD_ALWAYS` spreads those without `_order`. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "./random.ts";
import { Zaqar } from "./zaqar.ts";

const ORDER = "/metadata/_order";

/** Works until the service is killed. */
export async function resize(
  port: number,
  {
    queues,
    random,
    isOver,
  }: { readonly queues: readonly string[]; readonly random: Random; readonly isOver: () => boolean },
): Promise<void> {
  const zaqar = new Zaqar(randomUUID(), port);
  while (!isOver()) {
    for (const queue of queues) {
      const change = random.chance(0.5) ? { op: "add", path: ORDER, value: "fifo" } : { op: "remove", path: ORDER };
      // 404 and 409 say that there is nothing to change.
      await zaqar.call({ method: "PATCH", path: `/v2/queues/${queue}`, body: [change] });
    }
    await sleep(random.between(50, 300));
  }
  zaqar.close();
}
