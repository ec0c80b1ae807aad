/** The delivery report, redelivery, and the end of a subscription. */
import { describe, expect, test } from "vitest";
import { ATTEMPTS_KEPT, UNWRITTEN_MAX } from "../../src/objects/delivery/attempt-log.ts";
import { FAILED_KEPT } from "../../src/domain/delivery.ts";
import { LOST_ATTEMPT_DELAY } from "../../src/objects/delivery/wake-ups.ts";
import { clock, freezeClock, trackTimers, until } from "../support/clock.ts";
import { DeliveryDriver, retries } from "../support/objects/delivery-driver.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";

freezeClock();
interceptCalls();

describe("the report", () => {
  test("of a subscription without deliveries is empty, and writes no row", async () => {
    const delivery = new DeliveryDriver(new Receiver());
    expect(await delivery.report()).toEqual({
      delivered: 0,
      failed: 0,
      pending: 0,
      redeliverable: 0,
      nextAttemptAt: null,
      attempts: [],
    });
    expect(await delivery.rowsWritten()).toBe(0);
  });

  test("shows attempts newest first, and only the status of answers", async () => {
    const receiver = new Receiver(() => new Response("a secret", { status: 500, headers: { "X-Secret": "b" } }), 200);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 1 }) });
    await delivery.post("a");
    const at = Date.now();
    expect(await delivery.report()).toMatchObject({ pending: 1, nextAttemptAt: at + 5000 });
    await delivery.passToAlarm();
    expect(await delivery.report()).toEqual({
      delivered: 1,
      failed: 0,
      pending: 0,
      redeliverable: 0,
      nextAttemptAt: null,
      attempts: [
        {
          id: delivery.idOf(1),
          at: at + 5000,
          duration: 0,
          attempt: 2,
          outcome: "delivered",
          reason: null,
          status: 200,
        },
        { id: delivery.idOf(1), at, duration: 0, attempt: 1, outcome: "refused", reason: null, status: 500 },
      ],
    });
  });

  test("holds the last attempts only", async () => {
    const delivery = new DeliveryDriver(new Receiver());
    await delivery.post(...Array.from({ length: ATTEMPTS_KEPT + 1 }, (_, index) => index));
    const { delivered, attempts } = await delivery.report();
    expect([delivered, attempts.length]).toEqual([ATTEMPTS_KEPT + 1, ATTEMPTS_KEPT]);
    expect([attempts[0]?.id, attempts.at(-1)?.id]).toEqual([delivery.idOf(ATTEMPTS_KEPT + 1), delivery.idOf(2)]);
  });

  test("is stored together with failures and their outcome, and survives a restart", async () => {
    const delivery = new DeliveryDriver(new Receiver(500, 500, 200), { queuePolicy: retries({ after5s: 2 }) });
    await delivery.post("a");
    expect(await delivery.rows("history")).toMatchObject([{ delivered: 0, failed: 0 }]);
    await delivery.passToAlarm();
    const before = await delivery.rowsWritten();
    await delivery.passToAlarm();
    expect(await delivery.rows("delivery")).toEqual([]);
    expect((await delivery.rowsWritten()) - before).toBe(2);
    const report = await delivery.report();
    expect(report).toMatchObject({ delivered: 1, attempts: [{ attempt: 3 }, { attempt: 2 }, { attempt: 1 }] });
    await delivery.restart();
    expect(await delivery.report()).toEqual(report);
  });

  test("counts what was given up, whether it was stored or not", async () => {
    const delivery = new DeliveryDriver(new Receiver(404));
    await delivery.post("a");
    await delivery.post("b");
    await delivery.restart();
    expect(await delivery.report()).toMatchObject({ failed: 2, redeliverable: 2 });
  });

  test("of a receiver that accepts everything costs one row for many attempts, at most every five seconds", async () => {
    const delivery = new DeliveryDriver(new Receiver());
    const bodies = Array.from({ length: UNWRITTEN_MAX }, (_, index) => index);
    await delivery.post(...bodies.slice(1));
    expect(await delivery.rowsWritten()).toBe(0);
    await delivery.post("last");
    expect(await delivery.rows("history")).toMatchObject([{ delivered: UNWRITTEN_MAX }]);
    const before = await delivery.rowsWritten();
    await delivery.post(...bodies);
    expect(await delivery.rows("history")).toMatchObject([{ delivered: UNWRITTEN_MAX }]);
    clock.advance({ seconds: 5 });
    await delivery.post("later");
    expect(await delivery.rows("history")).toMatchObject([{ delivered: 2 * UNWRITTEN_MAX + 1 }]);
    expect((await delivery.rowsWritten()) - before).toBe(1);
  });
});

test.each([
  ["that was delivered", 200],
  ["that was refused", 500],
  ["that was given up", 404],
])("a message %s leaves no timer behind, which would keep the object awake", async (_, status) => {
  const timers = trackTimers();
  const delivery = new DeliveryDriver(new Receiver(status));
  await delivery.post("a");
  await until(() => timers.pending === 0);
});

describe("what was given up", () => {
  test("can be delivered again, with all attempts of its policy", async () => {
    const receiver = new Receiver(500);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({}) });
    await delivery.post("a", "b");
    await delivery.passToEnd();
    await delivery.restart();
    expect(await delivery.report()).toMatchObject({ pending: 0, redeliverable: 2 });
    expect(await delivery.rpc.redeliver()).toBe(2);
    await delivery.passToEnd();
    expect(receiver.bodies).toEqual(Array.from({ length: 6 }, () => ["a", "b"]).flat());
    expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toContain(delivery.idOf(2));
    receiver.speak();
    await delivery.rpc.redeliver();
    await delivery.passToEnd();
    expect(await delivery.report()).toMatchObject({ delivered: 2, pending: 0, redeliverable: 0 });
    expect(await delivery.rpc.redeliver()).toBe(0);
  });

  test("does not count as failed any more when it is tried again", async () => {
    const receiver = new Receiver(500);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({}) });
    await delivery.post("a");
    await delivery.passToEnd();
    expect(await delivery.report()).toMatchObject({ delivered: 0, failed: 1 });
    receiver.speak();
    await delivery.rpc.redeliver();
    await until(async () => (await delivery.report()).delivered === 1);
    expect(await delivery.report()).toMatchObject({ delivered: 1, failed: 0 });
  });

  test("is kept up to a bound: the newest", async () => {
    const delivery = new DeliveryDriver("http://10.0.0.1/");
    await delivery.post(...Array.from({ length: FAILED_KEPT }, (_, index) => index));
    expect(await delivery.rows("delivery")).toHaveLength(FAILED_KEPT);
    await delivery.post("one more");
    await until(async () => (await delivery.rows("delivery")).length === FAILED_KEPT);
    const rows = await delivery.rows("delivery");
    expect([rows[0]?.["content"], rows.at(-1)?.["content"]]).toEqual(["1", '"one more"']);
    expect(await delivery.report()).toMatchObject({ failed: FAILED_KEPT + 1, redeliverable: FAILED_KEPT });
  });
});

describe("the end of a subscription", () => {
  const policy = { queuePolicy: retries({ after5s: 2 }) };

  async function isEmpty(delivery: DeliveryDriver): Promise<boolean> {
    const tables = await Promise.all((["delivery", "subscription", "history"] as const).map((t) => delivery.rows(t)));
    return tables.flat().length === 0 && (await delivery.alarmIn()) === null;
  }

  test("drops what is pending", async () => {
    const receiver = new Receiver(500);
    const delivery = new DeliveryDriver(receiver, policy);
    await delivery.post("a");
    await delivery.rpc.end({ finish: false });
    expect(await isEmpty(delivery)).toBe(true);
    expect(await delivery.report()).toMatchObject({ pending: 0, redeliverable: 0, nextAttemptAt: null });
    expect(receiver.received).toHaveLength(1);
  });

  test("waits for what is pending if asked to, even if the object is lost", async () => {
    const receiver = new Receiver(500);
    const delivery = new DeliveryDriver(receiver, policy);
    await delivery.post("a");
    await delivery.rpc.end({ finish: true });
    await delivery.rpc.end({ finish: true });
    await delivery.restart();
    expect(await delivery.post("late")).toBe("taken");
    await delivery.passToAlarm();
    expect(await isEmpty(delivery)).toBe(false);
    receiver.speak();
    await delivery.passToAlarm();
    expect(await isEmpty(delivery)).toBe(true);
    expect(receiver.bodies).toEqual(["a", "a", "a"]);
  });

  test.each([
    ["that is not written down yet", true],
    ["that has its row", false],
  ])("during an attempt %s leaves nothing of it", async (_, isEarly) => {
    const receiver = new Receiver("silent");
    const delivery = new DeliveryDriver(receiver, policy);
    const posting = delivery.post("a");
    if (isEarly) await until(() => receiver.received.length === 1);
    else await posting;
    await delivery.rpc.end({ finish: false });
    expect(await posting).toBe("taken");
    receiver.speak();
    await until(() => receiver.waiting === 0);
    expect(await delivery.report()).toMatchObject({ delivered: 0, failed: 0, attempts: [] });
    expect(await isEmpty(delivery)).toBe(true);
  });

  test.each([
    ["what was given up before", 404, 1],
    ["counts alone", 200, UNWRITTEN_MAX],
  ])(
    "leaves nothing of %s, also when the object is lost in the middle of its last attempt",
    async (_, first, count) => {
      const receiver = new Receiver(...Array.from({ length: count }, () => first), "silent");
      const delivery = new DeliveryDriver(receiver, policy);
      await delivery.post(...Array.from({ length: count }, () => "a"));
      expect(await delivery.rows("history")).toHaveLength(1);
      const posting = delivery.post("b").catch(() => "lost");
      await until(() => receiver.received.length === count + 1);
      await delivery.rpc.end({ finish: true });
      expect(await delivery.alarmIn()).toBe(LOST_ATTEMPT_DELAY * 1000);
      await delivery.crash();
      expect(await posting).toBe("lost");
      await delivery.passToAlarm();
      expect(await isEmpty(delivery)).toBe(true);
    },
  );

  test("with nothing pending leaves nothing", async () => {
    const delivery = new DeliveryDriver(new Receiver());
    await delivery.post("a");
    await delivery.rpc.end({ finish: true });
    expect(await delivery.rowsWritten()).toBe(0);
    expect(await isEmpty(delivery)).toBe(true);
  });
});
