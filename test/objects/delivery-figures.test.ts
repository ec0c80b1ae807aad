/** The figures of a DeliveryObject: in its answers to those who ask, and in reports of its alarm at bounded intervals. */
import { describe, expect, test } from "vitest";
import type { DeliveryFigures } from "../../src/domain/figures.ts";
import { readDelivery } from "../../src/domain/packed-figures.ts";
import { freezeClock } from "../support/clock.ts";
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

describe("the alarm", () => {
  test("reports what its attempts have changed, once a minute", async () => {
    const delivery = new DeliveryDriver(new Receiver(500), POLICY);
    const reports = reportsOf(delivery);
    await told(delivery);
    await delivery.passToAlarm();
    expect(reports).toMatchObject([{ pending: 1, counters: { failed: 2 } }]);
    for (let ring = 0; ring < 11; ring++) await delivery.passToAlarm();
    expect(reports.length).toBe(1);
    await delivery.passToAlarm();
    expect(reports).toMatchObject([{}, { pending: 1, counters: { failed: 14 } }]);
  });

  test("of one of 200 subscriptions reports only each 100 seconds", async () => {
    const delivery = new DeliveryDriver(new Receiver(500), { options: { _retry_policy: retries({ after5s: 40 }) } });
    const reports = reportsOf(delivery);
    await told(delivery, 200);
    for (let ring = 0; ring < 20; ring++) await delivery.passToAlarm();
    expect(reports.length).toBe(1);
    await delivery.passToAlarm();
    expect(reports.length).toBe(2);
  });
});
