/** What handing over leaves behind: rows that are kept no longer than for a reason, and alarms that ring for one. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { queueStub } from "../support/objects.ts";
import { alarmIn, ring, rows } from "../support/outbox.ts";
import { interceptCalls, Receiver } from "../support/receiver.ts";
import { project } from "../support/zaqar.ts";

freezeClock();
interceptCalls();

describe("messages that nobody was to be told of", () => {
  test("are not kept for whoever is told of later ones", async () => {
    const [orders, hook] = [await project().queue(), new Receiver(410, 200)];
    await orders.subscribe(hook.url, { ttl: 1_000_000 });
    await orders.post("refused");
    await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ disabled: 1 }]);
    await orders.post({ body: "expires", ttl: 60 });
    await orders.post("popped");
    await orders.subscribe(hook.url);
    await orders.pop(5);
    clock.advance({ seconds: 61 });
    await runDurableObjectAlarm(queueStub(orders));
    expect(await rows(orders, "segment")).toEqual([]);
    await ring(orders);
    expect(await alarmIn(orders)).toBeGreaterThan(600_000);
  });
});
