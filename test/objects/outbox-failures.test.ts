/** What a queue does about subscribers that take nothing, and what it keeps in memory of all this. */
import { describe, expect, test, vi } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { between, broken, inside, ring, rows } from "../support/outbox.ts";
import { interceptCalls, Receiver } from "../support/receiver.ts";
import { numbered, project } from "../support/zaqar.ts";

freezeClock();
interceptCalls();

describe("what has not been handed over", () => {
  test("is one line in the log, however many objects cannot be reached", async () => {
    const lines = vi.spyOn(console, "error").mockReturnValue();
    const orders = await project().queue();
    for (const path of numbered(20)) await orders.subscribe(`${new Receiver().url}/${path}`);
    await between(orders, () => ({ accept: broken }));
    await orders.post("a");
    await expect
      .poll(async () => (await rows(orders, "subscription")).every(({ lagging }) => lagging === 1))
      .toBe(true);
    await expect.poll(() => lines.mock.calls.length).toBe(1);
    expect(String(lines.mock.calls[0])).toContain(
      "20 operations of a batch failed. The first error: Error: The object cannot",
    );
  });

  test("is not asked about again and again while a subscriber is silent", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.subscribe(hook.url);
    let asked = 0;
    await between(orders, () => ({ accept: async () => (++asked < 2 ? "silent" : "taken") }));
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

  test("is held in memory no longer than somebody is being told of it", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    const id = await orders.subscribe(hook.url);
    await between(orders, () => ({
      accept: async () => {
        clock.advance({ seconds: 1 });
        return "taken";
      },
    }));
    await orders.post("x".repeat(100_000));
    await expect.poll(() => rows(orders, "outbox")).toMatchObject([{ handed: 1 }]);
    const kept = () =>
      inside(orders, ({ subscribers }) => {
        const { looks, slow, served } = (subscribers as unknown as { outbox: Record<string, Map<unknown, unknown>> })
          .outbox;
        return [looks?.size, slow?.size, served?.size];
      });
    await expect.poll(kept).toEqual([0, 1, 0]);
    await orders.unsubscribe(id);
    expect(await kept()).toEqual([0, 0, 0]);
  });
});
