/** Subscribers whose objects accept nothing. */
import { describe, expect, test, vi } from "vitest";
import { freezeClock } from "../support/clock.ts";
import { between, broken, ring, rows } from "../support/objects/queue-outbox.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { numbered, project } from "../support/drivers/zaqar-client.ts";

freezeClock();
interceptCalls();

describe("what has not been handed over", () => {
  test("is one line in the log, however many objects cannot be reached", async () => {
    const lines = vi.spyOn(console, "error").mockReturnValue();
    const orders = await project().queue();
    for (const path of numbered(20)) await orders.subscribe(`${new Receiver().url}/${path}`);
    between(orders, () => ({ accept: broken }));
    await orders.post("a");
    await expect
      .poll(async () => (await rows(orders, "subscription")).every(({ lagging }) => lagging === 1))
      .toBe(true);
    await expect.poll(() => lines.mock.calls.length).toBe(1);
    expect(String(lines.mock.calls[0])).toContain(
      "20 operations of a batch failed. The first error: Error: The object cannot",
    );
  });

  test("is not handed over again and again while a subscriber is silent", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.subscribe(hook.url);
    let asked = 0;
    between(orders, () => ({ accept: async () => (++asked < 2 ? "silent" : "taken") }));
    await orders.post("a");
    await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ lagging: 1 }]);
    await orders.post("b");
    await ring(orders);
    await ring(orders);
    expect(asked).toBe(1);
    await ring(orders);
    await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ lagging: 0 }]);
    expect(asked).toBe(2);
  });
});
