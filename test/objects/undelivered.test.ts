/** Notifications that have not arrived: their lists, and redelivery of some. Tests of a subscription. */
import { describe, expect, test } from "vitest";
import type { DeliveryState, UndeliveredNotification } from "../../src/domain/delivery.ts";
import { PAGE_BYTES_MAX } from "../../src/storage/page-budget.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { DeliveryDriver, retries } from "../support/objects/delivery-driver.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";

freezeClock();
interceptCalls();

function list(
  delivery: DeliveryDriver,
  state: DeliveryState,
  { after = 0, limit = 20 } = {},
): Promise<readonly UndeliveredNotification[]> {
  return delivery.rpc.undelivered({ state, after, limit });
}

async function bodiesOf(delivery: DeliveryDriver, state: DeliveryState, page = {}): Promise<readonly unknown[]> {
  return (await list(delivery, state, page)).map(({ message }) => JSON.parse(message?.body ?? "null") as unknown);
}

function refusing(text: string, status = 500): Receiver {
  return new Receiver(() => new Response(text, { status }));
}

describe("a list", () => {
  test("of a subscription without deliveries is empty, and writes no row", async () => {
    const delivery = new DeliveryDriver(new Receiver());
    expect(await list(delivery, "failed")).toEqual([]);
    expect(await list(delivery, "pending")).toEqual([]);
    expect(await delivery.rowsWritten()).toBe(0);
  });

  test("of pending notifications has the last attempt of each, and its answer", async () => {
    const delivery = new DeliveryDriver(refusing("no room"), { queuePolicy: retries({ after5s: 2 }) });
    await delivery.post("a");
    const at = Date.now();
    const expected = {
      number: 1,
      id: delivery.idOf(1),
      message: { id: delivery.idOf(1).split("_")[0], body: '"a"' },
      createdAt: at,
      attempts: 1,
      nextAttemptAt: at + 5000,
      lastAttempt: { at, outcome: "refused", reason: null, status: 500, answer: "no room" },
    };
    expect(await list(delivery, "pending")).toEqual([expected]);
    expect(await list(delivery, "failed")).toEqual([]);
    await delivery.restart();
    expect(await list(delivery, "pending")).toEqual([expected]);
    await delivery.passToAlarm();
    expect(await list(delivery, "pending")).toMatchObject([{ attempts: 2, lastAttempt: { at: at + 5000 } }]);
  });

  test("of failed notifications has those that were given up, with their last attempt, also after a restart", async () => {
    const delivery = new DeliveryDriver(refusing("unknown", 404));
    await delivery.post("a", "b");
    const expected = ["a", "b"].map((body, index) => ({
      number: index + 1,
      id: delivery.idOf(index + 1),
      message: { body: JSON.stringify(body) },
      attempts: 1,
      nextAttemptAt: null,
      lastAttempt: { outcome: "refused", status: 404, answer: "unknown" },
    }));
    expect(await list(delivery, "failed")).toMatchObject(expected);
    await delivery.restart();
    expect(await list(delivery, "failed")).toMatchObject(expected);
    expect(await list(delivery, "pending")).toEqual([]);
  });

  test("has the attempts that are not written yet", async () => {
    const delivery = new DeliveryDriver(new Receiver("unreachable"), {
      queuePolicy: retries({ atOnce: 3, after5s: 1 }),
    });
    await delivery.post("a");
    expect(await list(delivery, "pending")).toMatchObject([
      { attempts: 4, lastAttempt: { outcome: "unreachable", reason: "connection", status: null, answer: null } },
    ]);
  });

  test("has the last attempt of a row that is not written yet", async () => {
    const receiver = new Receiver(404);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 1 }) });
    await delivery.post("a");
    receiver.answers = [500];
    await delivery.rpc.redeliver();
    await expect.poll(() => receiver.received.length, { interval: 1 }).toBe(2);
    await expect.poll(() => list(delivery, "pending"), { interval: 1 }).toMatchObject([{ attempts: 1 }]);
    expect(await list(delivery, "pending")).toMatchObject([{ attempts: 1, lastAttempt: { status: 500 } }]);
  });

  test("has pages that continue after a number, and leave nothing out", async () => {
    const delivery = new DeliveryDriver(new Receiver(404));
    await delivery.post("a", "b", "c");
    expect(await bodiesOf(delivery, "failed", { limit: 2 })).toEqual(["a", "b"]);
    expect(await bodiesOf(delivery, "failed", { after: 2, limit: 2 })).toEqual(["c"]);
    expect(await bodiesOf(delivery, "failed", { after: 3 })).toEqual([]);
  });

  test("has pages of a bounded size, and at least one notification in each", async () => {
    const delivery = new DeliveryDriver(new Receiver(404));
    // Their bodies have two quotes more.
    const half = "x".repeat(PAGE_BYTES_MAX / 2 - 2);
    await delivery.post(half, half, "c", half + half);
    expect(await list(delivery, "failed")).toHaveLength(2);
    expect(await bodiesOf(delivery, "failed", { after: 2 })).toEqual(["c"]);
    expect(await list(delivery, "failed", { after: 3 })).toHaveLength(1);
  });

  test("shows that a document of the service waits, and not what it says", async () => {
    const delivery = new DeliveryDriver(refusing("no"));
    await delivery.rpc.announce({ target: delivery.target, document: '{"URL-Signature": "a secret"}' });
    const page = await list(delivery, "pending");
    expect(page).toMatchObject([{ message: null, lastAttempt: { answer: "no" } }]);
    expect(JSON.stringify(page)).not.toContain("a secret");
  });
});

describe("a redelivery", () => {
  async function failed(...bodies: readonly string[]): Promise<readonly [DeliveryDriver, Receiver]> {
    const receiver = new Receiver(404);
    const delivery = new DeliveryDriver(receiver);
    for (const body of bodies) {
      await delivery.post(body);
      clock.advance({ seconds: 1 });
    }
    receiver.speak();
    return [delivery, receiver];
  }

  test("of some ids sends these, once, and leaves the others", async () => {
    const [delivery, receiver] = await failed("a", "b", "c");
    const ids = [delivery.idOf(3), delivery.idOf(1), delivery.idOf(1), delivery.idOf(9), "x", "1_another"];
    expect(await delivery.rpc.redeliverSome({ ids, since: null })).toBe(2);
    await expect.poll(() => delivery.report()).toMatchObject({ delivered: 2, failed: 1, pending: 0, redeliverable: 1 });
    expect(receiver.bodies.slice(3).toSorted((one, other) => String(one).localeCompare(String(other)))).toEqual([
      "a",
      "c",
    ]);
    expect(await bodiesOf(delivery, "failed")).toEqual(["b"]);
    expect(await delivery.rpc.redeliverSome({ ids, since: null })).toBe(0);
  });

  test("of those since a time sends what failed then or later, also after a restart", async () => {
    const [delivery, receiver] = await failed("a", "b", "c");
    const [, second] = await list(delivery, "failed");
    const since = second?.lastAttempt?.at ?? null;
    await delivery.restart();
    expect(await delivery.rpc.redeliverSome({ ids: null, since })).toBe(2);
    await expect.poll(() => receiver.bodies.slice(3)).toEqual(["b", "c"]);
    expect(await bodiesOf(delivery, "failed")).toEqual(["a"]);
  });

  test("of both sends those that meet both", async () => {
    const [delivery] = await failed("a", "b", "c");
    const [, second] = await list(delivery, "failed");
    const ids = [delivery.idOf(1), delivery.idOf(2)];
    expect(await delivery.rpc.redeliverSome({ ids, since: second?.lastAttempt?.at ?? null })).toBe(1);
    await expect.poll(() => bodiesOf(delivery, "failed")).toEqual(["a", "c"]);
  });

  test("of some survives a restart before its attempts", async () => {
    const [delivery, receiver] = await failed("a", "b");
    receiver.answers = ["silent"];
    expect(await delivery.rpc.redeliverSome({ ids: [delivery.idOf(2)], since: null })).toBe(1);
    await delivery.crash();
    receiver.speak();
    await delivery.passToAlarm();
    await expect.poll(() => receiver.bodies.at(-1)).toBe("b");
    expect(await bodiesOf(delivery, "failed")).toEqual(["a"]);
  });
});

describe("a test", () => {
  const DOCUMENT = '{"Message_Type": "Test"}';

  test("is sent once, with the options of the subscription, and changes nothing", async () => {
    const receiver = refusing("no");
    const delivery = new DeliveryDriver(receiver, { options: { post_headers: { "X-A": "b" } } });
    expect(await delivery.rpc.sendTest({ target: delivery.target, document: DOCUMENT })).toEqual({
      id: receiver.received[0]?.headers["webhook-id"],
      at: Date.now(),
      duration: 0,
      outcome: "refused",
      reason: null,
      status: 500,
      answer: "no",
    });
    expect(receiver.received).toMatchObject([{ body: DOCUMENT, headers: { "x-a": "b" } }]);
    expect(await delivery.report()).toMatchObject({ delivered: 0, failed: 0, pending: 0, attempts: [] });
    expect(await delivery.rowsWritten()).toBe(0);
    expect(await delivery.alarmIn()).toBeNull();
  });

  test("is signed", async () => {
    const receiver = new Receiver();
    const delivery = new DeliveryDriver(receiver, { secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" as never] });
    await delivery.rpc.sendTest({ target: delivery.target, document: DOCUMENT });
    expect(receiver.received[0]?.headers["webhook-signature"]).toMatch(/^v1,/);
  });

  test.each<readonly [what: string, receiver: () => Receiver, result: object]>([
    [
      "a success",
      () => new Receiver(() => new Response("thanks")),
      { outcome: "delivered", status: 200, answer: null },
    ],
    ["410", () => new Receiver(410), { outcome: "gone", status: 410 }],
    [
      "no connection",
      () => new Receiver("unreachable"),
      { outcome: "unreachable", reason: "connection", status: null },
    ],
  ])("that is answered by %s says so", async (_, receiver, result) => {
    const delivery = new DeliveryDriver(receiver());
    expect(await delivery.rpc.sendTest({ target: delivery.target, document: DOCUMENT })).toMatchObject(result);
  });

  test("is not sent to a subscriber who has to confirm first, or to a private address", async () => {
    const receiver = new Receiver();
    const delivery = new DeliveryDriver(receiver);
    const attempt = (target: object) =>
      delivery.rpc.sendTest({ target: { ...delivery.target, ...target }, document: DOCUMENT });
    expect(await attempt({ agreed: false })).toMatchObject({ outcome: "blocked", reason: "unconfirmed" });
    expect(await attempt({ subscriber: "http://127.0.0.1/" })).toMatchObject({ outcome: "blocked", reason: "private" });
    expect(receiver.received).toEqual([]);
  });
});
