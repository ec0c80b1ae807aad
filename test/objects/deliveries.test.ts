/** Accepted batches: the deliveries that are attempted at once, their order, and the rows that are written. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { toEpoch } from "../../src/domain/id.ts";
import { PENDING_MAX } from "../../src/domain/delivery.ts";
import { ORDER_WAIT_MS } from "../../src/objects/delivery/dispatch.ts";
import { LOST_ATTEMPT_DELAY } from "../../src/objects/delivery/wake-ups.ts";
import { freezeClock, until } from "../support/clock.ts";
import { DeliveryDriver, retries } from "../support/objects/delivery-driver.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";

freezeClock();
interceptCalls();

describe("a receiver that answers", () => {
  test("gets every message at once, in post order, and nothing is written but the alarm for figures", async () => {
    const receiver = new Receiver();
    const delivery = new DeliveryDriver(receiver);
    expect(await delivery.post("a", "b")).toBe("taken");
    expect([await delivery.rowsWritten(), await delivery.alarmIn()]).toEqual([0, null]);
    expect(await delivery.post("c")).toBe("taken");
    expect(receiver.bodies).toEqual(["a", "b", "c"]);
    await delivery.passToAlarm();
    expect([await delivery.rowsWritten(), await delivery.alarmIn()]).toEqual([1, null]);
    expect(await delivery.report()).toMatchObject({ delivered: 3, failed: 0, pending: 0, nextAttemptAt: null });
  });

  test("gets the documented body, with the message's id", async () => {
    const receiver = new Receiver();
    const delivery = new DeliveryDriver(receiver);
    const message = { ...delivery.nextMessage({ n: 1 }), body: '{"n":1.0}' as never };
    await delivery.accept([message]);
    await delivery.accept([{ ...delivery.nextMessage("b"), delay: 7 as never }]);
    expect(receiver.received.map(({ body }) => body)).toEqual([
      '{"ttl": 300, "body": {"n": 1.0}, "Message_Type": "Notification", "queue_name": "orders"}',
      '{"ttl": 300, "body": "b", "delay": 7, "Message_Type": "Notification", "queue_name": "orders"}',
    ]);
    expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([delivery.idOf(1), delivery.idOf(2)]);
  });

  test("is sent the next message only when it has answered the one before", async () => {
    const receiver = new Receiver("silent");
    const delivery = new DeliveryDriver(receiver);
    await delivery.post("a", "b", "c");
    expect(receiver.bodies).toEqual(["a"]);
    receiver.speak();
    await until(() => receiver.received.length === 3);
    expect(receiver.bodies).toEqual(["a", "b", "c"]);
    expect(receiver.waitingMax).toBe(1);
  });

  test("with an error gets the next message before the immediate retry", async () => {
    const receiver = new Receiver(500, 200);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ atOnce: 1 }) });
    await delivery.post("a", "b");
    expect(receiver.bodies.filter((body) => body === "a")).toHaveLength(2);
    expect(receiver.bodies.filter((body) => body === "b")).toHaveLength(1);
    expect(await delivery.rowsWritten()).toBe(0);
    expect(await delivery.report()).toMatchObject({ delivered: 2, failed: 0, pending: 0 });
  });
});

describe("a receiver that does not answer in time", () => {
  test("leaves a row with the message's number of hops", async () => {
    const delivery = new DeliveryDriver(new Receiver("silent"));
    await delivery.accept([{ ...delivery.nextMessage("a"), hops: 3 }]);
    expect(await delivery.rows("delivery")).toMatchObject([{ hops: 3 }]);
  });

  test("delays the queue's call for a moment, and costs a row per message, one for all, and the alarm", async () => {
    const receiver = new Receiver("silent");
    const delivery = new DeliveryDriver(receiver);
    await delivery.post("a");
    const before = await delivery.rowsWritten();
    const startedAt = performance.now();
    expect(await delivery.post("b", "c", "d")).toBe("taken");
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect((await delivery.rows("delivery")).map(({ attempts }) => attempts)).toEqual([0, 0, 0, 0]);
    expect((await delivery.rowsWritten()) - before).toBe(3 + 1);
    expect(await delivery.alarmIn()).toBe(LOST_ATTEMPT_DELAY * 1000);
    expect(await delivery.report()).toMatchObject({ delivered: 0, pending: 4, nextAttemptAt: Date.now() });
  });

  test("gets the rest once it answers, and then no row is left", async () => {
    const receiver = new Receiver("silent");
    const delivery = new DeliveryDriver(receiver);
    await delivery.post("a", "b");
    receiver.speak();
    await until(async () => (await delivery.rows("delivery")).length === 0);
    expect(await delivery.report()).toMatchObject({ delivered: 2, pending: 0 });
    expect(receiver.bodies).toEqual(["a", "b"]);
  });

  test("delays the next attempt by a second at most, up to four at a time", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
    const receiver = new Receiver("silent");
    const delivery = new DeliveryDriver(receiver);
    const posting = delivery.post("a", "b", "c", "d", "e", "f");
    for (const begun of ["a", "ab", "abc", "abcd", "abcd"]) {
      await until(() => receiver.received.length >= begun.length);
      await delivery.pass(ORDER_WAIT_MS - 1);
      expect(receiver.bodies.join("")).toBe(begun);
      await delivery.pass(1);
    }
    expect(await posting).toBe("taken");
    receiver.speak();
    await until(async () => (await delivery.report()).delivered === 6);
    expect(receiver.bodies.join("")).toBe("abcdef");
    expect(receiver.waitingMax).toBe(4);
  });

  test("is sent everything again, in post order, after the object was lost during an attempt", async () => {
    const receiver = new Receiver("silent");
    const delivery = new DeliveryDriver(receiver);
    await delivery.post("a", "b", "c");
    await delivery.crash();
    receiver.speak();
    await delivery.passToAlarm();
    expect(receiver.bodies).toEqual(["a", "a", "b", "c"]);
    expect(await delivery.report()).toMatchObject({ delivered: 3, pending: 0 });
  });
});

describe("a batch that comes twice", () => {
  test("changes nothing, whether its messages have arrived or wait", async () => {
    const receiver = new Receiver(200, 500);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 1 }) });
    const batch = [delivery.nextMessage("a"), delivery.nextMessage("b")];
    expect(await delivery.accept(batch)).toBe("taken");
    expect(await delivery.accept(batch)).toBe("taken");
    expect(receiver.bodies).toEqual(["a", "b"]);
    expect(await delivery.report()).toMatchObject({ delivered: 1, pending: 1 });
  });

  test("waits until the first one is accepted", async () => {
    const receiver = new Receiver("silent");
    const delivery = new DeliveryDriver(receiver);
    const batch = [delivery.nextMessage("a")];
    const first = delivery.accept(batch);
    await until(() => receiver.received.length === 1);
    const rows = delivery.accept(batch).then(() => delivery.rows("delivery"));
    expect(await rows).toHaveLength(1);
    expect(await first).toBe("taken");
    expect(receiver.bodies).toEqual(["a"]);
  });

  test("with further messages adds those", async () => {
    const receiver = new Receiver();
    const delivery = new DeliveryDriver(receiver);
    const [a, b, c] = [delivery.nextMessage("a"), delivery.nextMessage("b"), delivery.nextMessage("c")];
    await delivery.accept([a, b]);
    await delivery.accept([b, c]);
    expect(receiver.bodies).toEqual(["a", "b", "c"]);
  });

  test("is recognised after a restart if the first one wrote any row", async () => {
    const receiver = new Receiver(500, 200);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 1 }) });
    const batch = [delivery.nextMessage("a"), delivery.nextMessage("b")];
    await delivery.accept(batch);
    await delivery.restart();
    await delivery.accept(batch);
    expect(receiver.bodies).toEqual(["a", "b"]);
  });

  test("from another life of the queue is another batch, although its numbers are the same", async () => {
    const receiver = new Receiver();
    const delivery = new DeliveryDriver(receiver);
    const batch = [delivery.nextMessage("a")];
    await delivery.accept(batch);
    delivery.epoch = toEpoch(1_800_000_000_000, 2);
    await delivery.accept(batch);
    expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toHaveLength(2);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(2);
  });

  test("because it could not be stored is accepted", async () => {
    const receiver = new Receiver(500, 200);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 1 }) });
    await delivery.post("a");
    await delivery.run("CREATE TRIGGER full BEFORE INSERT ON delivery BEGIN SELECT raise(ABORT, 'full'); END");
    receiver.answers = [500];
    const batch = [delivery.nextMessage("b")];
    await expect(
      runInDurableObject(delivery.stub, (object) =>
        (object as unknown as typeof delivery.rpc).accept({
          target: delivery.target,
          epoch: delivery.epoch,
          parcels: batch,
        }),
      ),
    ).rejects.toThrow("full");
    expect(await delivery.report()).toMatchObject({ pending: 1 });
    await delivery.run("DROP TRIGGER full");
    receiver.answers = [200];
    expect(await delivery.accept(batch)).toBe("taken");
    await delivery.passToAlarm();
    expect(await delivery.report()).toMatchObject({ delivered: 2, failed: 0, pending: 0 });
    expect(receiver.bodies).toEqual(["a", "b", "b", "a"]);
  });
});

test("at most PENDING_MAX deliveries may be pending", async () => {
  const receiver = new Receiver("silent");
  const delivery = new DeliveryDriver(receiver);
  const batch = Array.from({ length: PENDING_MAX + 1 }, (_, index) => delivery.nextMessage(index));
  expect(await delivery.accept(batch)).toBe("full");
  expect(await delivery.report()).toMatchObject({ pending: 0 });
  expect(receiver.received).toEqual([]);
  expect(await delivery.accept(batch.slice(0, -1))).toBe("taken");
  expect(await delivery.report()).toMatchObject({ pending: PENDING_MAX });
  expect(await delivery.accept(batch)).toBe("full");
  await delivery.rpc.end({ finish: false });
}, 20_000);

describe("a document that the service sends by itself", () => {
  const document = '{"Message_Type": "SubscriptionConfirmation"}';

  test("is sent unchanged, with an id of its own", async () => {
    const receiver = new Receiver();
    const delivery = new DeliveryDriver(receiver);
    await delivery.rpc.announce({ target: delivery.target, document });
    await delivery.rpc.announce({ target: delivery.target, document });
    expect(receiver.received.map(({ body }) => body)).toEqual([document, document]);
    const ids = receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}_[0-9a-f]{24}$/);
    expect(await delivery.rowsWritten()).toBe(0);
  });

  test("goes into post_data like a message, and is retried under the same id", async () => {
    const receiver = new Receiver(500, 200);
    const options = { post_data: '{"it": "$zaqar_message$"}', _retry_policy: retries({ after5s: 1 }) };
    const delivery = new DeliveryDriver(receiver, { options });
    await delivery.rpc.announce({ target: delivery.target, document });
    await delivery.restart();
    await delivery.passToAlarm();
    expect(receiver.received.map(({ body }) => body)).toEqual([`{"it": ${document}}`, `{"it": ${document}}`]);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });
});
