/**
 * The delivery report of a subscription, redelivery, and the secret that signs notifications. Ours (docs/COMPATIBILITY.md).
 */
import { describe, expect, test } from "vitest";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";

interceptCalls();

/** An address that must not be called, so a notification fails permanently at the first attempt. */
const PRIVATE = "http://127.0.0.1/hook";

async function reportOf(queue: Queue, id: string): Promise<Readonly<Record<string, unknown>>> {
  const answer = await queue.send("GET", `/subscriptions/${id}/deliveries`);
  expect(answer).toAnswer(200);
  return answer.json as Readonly<Record<string, unknown>>;
}

const NOTHING = { delivered: 0, failed: 0, pending: 0, redeliverable: 0, next_attempt_at: null, attempts: [] };

describe("deliveries", () => {
  test("are empty before there was a message", async () => {
    const orders = project().missingQueue();
    expect(await reportOf(orders, await orders.subscribe(new Receiver().url))).toEqual(NOTHING);
  });

  test("show what has arrived", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver(204)];
    const id = await orders.subscribe(hook.url);
    await orders.post("a");
    await expect.poll(() => reportOf(orders, id)).toMatchObject({ delivered: 1, pending: 0 });
    const attempt = {
      id: hook.received[0]?.headers["webhook-id"],
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      duration_ms: expect.any(Number),
      attempt: 1,
      outcome: "delivered",
      reason: null,
      status: 204,
    };
    expect(await reportOf(orders, id)).toEqual({ ...NOTHING, delivered: 1, attempts: [attempt] });
  });

  test("that were given up are shown, and sent again to the current subscriber", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver()];
    const id = await orders.subscribe(PRIVATE);
    await orders.post("a", "b");
    await expect
      .poll(() => reportOf(orders, id))
      .toMatchObject({
        failed: 2,
        pending: 0,
        redeliverable: 2,
        attempts: [{ outcome: "blocked", reason: "private", status: null }, { outcome: "blocked" }],
      });
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { body: { subscriber: hook.url } })).toAnswer(204);
    const answer = await orders.send("POST", `/subscriptions/${id}/redeliver`);
    expect(answer).toAnswer(202);
    expect(answer.json).toEqual({ redelivered: 2 });
    await expect.poll(() => reportOf(orders, id)).toMatchObject({ delivered: 2, pending: 0, redeliverable: 0 });
    expect(new Set(hook.bodies)).toEqual(new Set(["a", "b"]));
  });

  test("that were not given up are not sent again", async () => {
    const orders = project().missingQueue();
    const id = await orders.subscribe(new Receiver().url);
    const answer = await orders.send("POST", `/subscriptions/${id}/redeliver`);
    expect(answer).toAnswer(202);
    expect(answer.json).toEqual({ redelivered: 0 });
  });
});

describe("a secret", () => {
  test("is shown once, signs from then on, and for a time together with its successor", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver()];
    const id = await orders.subscribe(hook.url);
    const renew = async (): Promise<string> => {
      const answer = await orders.send("POST", `/subscriptions/${id}/secret`);
      expect(answer).toAnswer(201);
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      return (answer.json as { readonly secret: string }).secret;
    };
    const signaturesOfNext = async (): Promise<number> => {
      const count = hook.received.length;
      await orders.post("a");
      await expect.poll(() => hook.received.length).toBe(count + 1);
      return hook.received.at(-1)?.headers["webhook-signature"]?.split(" ").length ?? 0;
    };
    expect(await signaturesOfNext()).toBe(0);
    const first = await renew();
    expect(first).toMatch(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/);
    expect(await signaturesOfNext()).toBe(1);
    expect(await renew()).not.toBe(first);
    expect(await signaturesOfNext()).toBe(2);
    expect(JSON.stringify(await orders.subscription(id))).not.toContain("whsec_");
  });
});
