/** The figures of a DeliveryObject: in its answers to those who ask, and in its own reports at bounded intervals. */
import { describe, expect, test } from "vitest";
import type { DeliveryFigures } from "../../src/domain/figures.ts";
import { readDelivery } from "../../src/domain/packed-figures.ts";
import { clock, freezeClock, until } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { DeliveryDriver, retries } from "../support/objects/delivery-driver.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";

freezeClock();
interceptCalls();

const POLICY = { options: { _retry_policy: retries({ after5s: 20 }) } };

/** The reports of the object to the meter of its project. */
function reportsOf(delivery: DeliveryDriver): (DeliveryFigures | null)[] {
  const reports: (DeliveryFigures | null)[] = [];
  interceptObjects("METERS", delivery.project, () => ({
    async report({ session, figures, deliveries = [] }) {
      expect([session, figures]).toEqual([null, []]);
      reports.push(...deliveries.map(({ packed }) => readDelivery(packed)));
      return { era: "1", pace: 1 };
    },
  }));
  return reports;
}

/** Hands over a message and asks for figures, as a queue with so many subscriptions. */
async function told(delivery: DeliveryDriver, subscriptions = 1): Promise<DeliveryFigures | null> {
  const batch = { target: delivery.target, epoch: delivery.epoch, parcels: [delivery.nextMessage("a")] };
  const answer = await delivery.rpc.accept({ ...batch, subscriptions, withFigures: true });
  return typeof answer === "string" ? null : readDelivery(answer.figures);
}

describe("an answer to a hand-over", () => {
  test("has the figures if the queue asks for them, and is the bare acceptance for queues of older versions", async () => {
    const delivery = new DeliveryDriver(new Receiver());
    expect(await delivery.post("a")).toBe("taken");
    expect(await told(delivery)).toMatchObject({
      subscription: delivery.subscription,
      epoch: delivery.epoch,
      sequence: 2,
      pending: 0,
      kept: 0,
      counters: { delivered: 2, failed: 0, givenUp: 0 },
    });
  });

  test("counts what is pending, failed and given up, the latter also after a restart", async () => {
    const receiver = new Receiver(500);
    const delivery = new DeliveryDriver(receiver, { options: { _retry_policy: retries({}) } });
    expect(await told(delivery)).toMatchObject({ sequence: 1, pending: 1, counters: { failed: 1, givenUp: 0 } });
    await delivery.passToEnd();
    receiver.answers = [200];
    expect(await told(delivery)).toMatchObject({
      sequence: 2,
      pending: 0,
      kept: 1,
      counters: { delivered: 1, givenUp: 1 },
    });
    await delivery.restart();
    expect(await told(delivery)).toMatchObject({ kept: 1, counters: { delivered: 1, failed: 0, givenUp: 0 } });
  });
});

describe("since when attempts fail", () => {
  test("is told from the first one that fails until one arrives", async () => {
    const receiver = new Receiver(200);
    const delivery = new DeliveryDriver(receiver, POLICY);
    expect(await told(delivery)).not.toHaveProperty("failsSince");
    receiver.answers = [500];
    const since = Date.now();
    expect(await told(delivery)).toMatchObject({ pending: 1, failsSince: since });
    clock.advance({ seconds: 3 });
    expect(await told(delivery)).toMatchObject({ pending: 2, failsSince: since });
    receiver.answers = [200];
    expect(await told(delivery)).not.toHaveProperty("failsSince");
  });

  test("is told after a restart, by the attempts that were written", async () => {
    const delivery = new DeliveryDriver(new Receiver(500), POLICY);
    const since = Date.now();
    await told(delivery);
    await delivery.restart();
    clock.advance({ seconds: 2 });
    expect(await told(delivery)).toMatchObject({ failsSince: since });
  });
});

describe("the object reports itself", () => {
  test.each([
    ["given up", 400, { delivered: 0, failed: 1, givenUp: 1 }],
    ["delivered", 200, { delivered: 1, failed: 0, givenUp: 0 }],
  ])("what was %s at once", async (_, status, counters) => {
    const delivery = new DeliveryDriver(new Receiver(status));
    const reports = reportsOf(delivery);
    await told(delivery);
    await until(() => reports.length === 1);
    expect(reports).toMatchObject([{ sequence: 1, pending: 0, counters }]);
    expect(await delivery.alarmIn()).toBe(null);
  });

  test("at most every 8 seconds, and its alarm reports what was held back", async () => {
    const delivery = new DeliveryDriver(new Receiver());
    const reports = reportsOf(delivery);
    await told(delivery);
    await until(() => reports.length === 1);
    clock.advance({ seconds: 3 });
    await told(delivery);
    await until(async () => (await delivery.alarmIn()) !== null);
    const rows = await delivery.rowsWritten();
    await told(delivery);
    expect([reports.length, await delivery.alarmIn(), await delivery.rowsWritten()]).toEqual([1, 5000, rows]);
    await delivery.passToAlarm();
    expect(reports).toMatchObject([{}, { sequence: 3, counters: { delivered: 3 } }]);
    expect(await delivery.alarmIn()).toBe(null);
  });

  test("from its alarm nothing, if it was evicted before and knows nothing", async () => {
    const delivery = new DeliveryDriver(new Receiver());
    const reports = reportsOf(delivery);
    await told(delivery);
    await until(() => reports.length === 1);
    await told(delivery);
    await until(async () => (await delivery.alarmIn()) !== null);
    await delivery.restart();
    await delivery.passToAlarm();
    expect(reports.length).toBe(1);
  });

  test("after a report that failed, again", async () => {
    const delivery = new DeliveryDriver(new Receiver());
    let calls = 0;
    interceptObjects("METERS", delivery.project, () => ({
      async report() {
        if (++calls === 1) throw new Error("lost");
        return { era: "1", pace: 1 };
      },
    }));
    await told(delivery);
    await until(async () => (await delivery.alarmIn()) !== null);
    await delivery.passToAlarm();
    expect([calls, await delivery.alarmIn()]).toEqual([2, null]);
  });

  test("that its subscription is over, at once and once, also if it knows nothing any more", async () => {
    const delivery = new DeliveryDriver(new Receiver(500), POLICY);
    const reports = reportsOf(delivery);
    await told(delivery);
    await until(() => reports.length === 1);
    await delivery.rpc.end({ finish: false });
    await until(() => reports.length === 2);
    expect(reports).toMatchObject([
      { pending: 1, epoch: delivery.epoch },
      { pending: 0, epoch: null },
    ]);
    await delivery.restart();
    await delivery.rpc.end({ finish: false });
    await until(() => reports.length === 3);
    expect([reports.at(-1)?.epoch, await delivery.alarmIn()]).toEqual([null, null]);
  });

  test("that its subscription is over when what was pending is delivered", async () => {
    const delivery = new DeliveryDriver(new Receiver(500, 200), POLICY);
    const reports = reportsOf(delivery);
    await told(delivery);
    await until(() => reports.length === 1);
    await delivery.rpc.end({ finish: true });
    await delivery.passToAlarm();
    expect(reports.at(-1)).toMatchObject({ epoch: null, pending: 0, counters: { delivered: 1 } });
  });

  test("what a redelivery has changed", async () => {
    const receiver = new Receiver(400, 200);
    const delivery = new DeliveryDriver(receiver);
    const reports = reportsOf(delivery);
    await told(delivery);
    await until(() => reports.length === 1);
    clock.advance({ seconds: 8 });
    await delivery.rpc.redeliver();
    await until(() => reports.length === 2);
    expect(reports.at(-1)).toMatchObject({ pending: 0, kept: 0, counters: { delivered: 1 } });
  });
});

describe("the alarm", () => {
  test("reports what its attempts have changed, when a retry is due soon after the 8 seconds", async () => {
    const delivery = new DeliveryDriver(new Receiver(500), POLICY);
    const reports = reportsOf(delivery);
    await told(delivery);
    await until(() => reports.length === 1);
    await delivery.passToAlarm();
    expect(reports.length).toBe(1);
    expect(await delivery.alarmIn()).toBe(5000);
    await delivery.passToAlarm();
    expect(reports).toMatchObject([{ counters: { failed: 1 } }, { pending: 1, counters: { failed: 3 } }]);
  });

  test("of a retry is too late for a report that an eviction would lose before", async () => {
    const policy = { ...retries({ after5s: 1 }), minimum_delay: 15 };
    const delivery = new DeliveryDriver(new Receiver(500, 200), { options: { _retry_policy: policy } });
    const reports = reportsOf(delivery);
    await told(delivery);
    await until(() => reports.length === 1);
    clock.advance({ seconds: 1 });
    expect(await delivery.alarmIn()).toBe(14_000);
    await told(delivery);
    await until(async () => (await delivery.alarmIn()) === 7000);
  });

  test("of one of 200 subscriptions reports only each 100 seconds", async () => {
    const delivery = new DeliveryDriver(new Receiver(500), { options: { _retry_policy: retries({ after5s: 40 }) } });
    const reports = reportsOf(delivery);
    await told(delivery, 200);
    await until(() => reports.length === 1);
    for (let ring = 0; ring < 19; ring++) await delivery.passToAlarm();
    expect(reports.length).toBe(1);
    await delivery.passToAlarm();
    expect(reports.length).toBe(2);
  });
});
