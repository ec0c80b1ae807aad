/** Pages of subscriptions. */
import { describe, expect, test } from "vitest";
import { freezeClock } from "../support/clock.ts";
import { numbered, project, type Queue, type Subscription } from "../support/drivers/zaqar-client.ts";

freezeClock();

async function queueOf(count: number): Promise<{ readonly orders: Queue; readonly ids: readonly string[] }> {
  const orders = project().missingQueue();
  const ids: string[] = [];
  for (const each of numbered(count)) ids.push(await orders.subscribe(`mailto:${each}@subscriber.test`));
  return { orders, ids };
}

const idsOf = (subscriptions: readonly Subscription[]): string[] => subscriptions.map(({ id }) => id);

describe("a page", () => {
  test("holds ten unless a limit is given, in order of creation", async () => {
    const { orders, ids } = await queueOf(21);
    expect(idsOf((await orders.subscriptions()).subscriptions)).toEqual(ids.slice(0, 10));
    expect(idsOf((await orders.subscriptions({ limit: 1 })).subscriptions)).toEqual(ids.slice(0, 1));
    expect(idsOf((await orders.subscriptions({ limit: 20 })).subscriptions)).toEqual(ids.slice(0, 20));
  });

  test("shows each subscription as it is shown by itself", async () => {
    const { orders, ids } = await queueOf(1);
    const { subscriptions } = await orders.subscriptions({ detailed: false });
    expect(subscriptions).toEqual([await orders.subscription(ids[0] ?? "")]);
  });

  test("links to the next one until an empty one, and shows every subscription once", async () => {
    const { orders, ids } = await queueOf(5);
    const path = "/v2/queues/orders/subscriptions";
    const seen: string[] = [];
    let next: string | null = `${path}?limit=2&detailed=True`;
    const pages: number[] = [];
    while (next !== null) {
      const answer = await orders.project.send("GET", next);
      const page = answer.json as { subscriptions: Subscription[]; links: { rel: string; href: string }[] };
      pages.push(page.subscriptions.length);
      seen.push(...idsOf(page.subscriptions));
      expect(page.links.map(({ rel }) => rel)).toEqual(page.subscriptions.length === 0 ? [] : ["next"]);
      next = page.links[0]?.href ?? null;
    }
    expect(pages).toEqual([2, 2, 1, 0]);
    expect(seen).toEqual(ids);
  });

  test("links with the parameters of the request, except unknown ones", async () => {
    const { orders, ids } = await queueOf(2);
    const path = "/v2/queues/orders/subscriptions";
    expect((await orders.subscriptions()).next).toBe(`${path}?marker=${ids[1]}`);
    expect((await orders.subscriptions({ limit: 1, detailed: true })).next).toBe(`${path}?limit=1&marker=${ids[0]}`);
  });

  test("continues after a marker whose subscription is gone", async () => {
    const { orders, ids } = await queueOf(3);
    await orders.unsubscribe(ids[1] ?? "");
    expect(idsOf((await orders.subscriptions({ marker: ids[1] ?? "" })).subscriptions)).toEqual(ids.slice(2));
  });

  test("after a marker that never existed is empty", async () => {
    const { orders } = await queueOf(1);
    expect(await orders.subscriptions({ marker: "nonsense" })).toEqual({ subscriptions: [], next: null });
  });

  test("ignores a parameter without a value", async () => {
    const { orders, ids } = await queueOf(1);
    const answer = await orders.send("GET", "/subscriptions?limit=&marker=");
    expect(answer.json).toMatchObject({ subscriptions: [{ id: ids[0] }] });
  });
});

describe("a limit", () => {
  test.each([
    ["0", "Invalid API request"],
    ["-1", "Invalid API request"],
    ["21", "Invalid API request"],
    ["ten", "Invalid parameter"],
    ["1.5", "Invalid parameter"],
  ])("of %s is refused", async (limit, title) => {
    expect(await project().send("GET", `/v2/queues/a/subscriptions?limit=${limit}`)).toRefuse(400, title);
  });

  test.each(["1", "20"])("of %s is accepted", async (limit) => {
    expect(await project().send("GET", `/v2/queues/a/subscriptions?limit=${limit}`)).toAnswer(200);
  });
});
